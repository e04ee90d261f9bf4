/** Loudness (root mean square) at which speech begins: -42 dBFS. */
const BEGIN = 0.008;
/** Loudness under which it may be a pause: -48 dBFS. */
const PAUSE = 0.004;
/** How long it must be loud, so that a key stroke is no speech, ms. */
const BEGIN_FOR = 120;
/** How long it must be quiet, so that words are not cut apart, ms. */
const PAUSE_FOR = 900;

/**
 * Decides from loudness whether somebody is speaking, slowly enough that the
 * flag may be told to others: it says "speaks", never how loud or which words.
 */
export class SpeakingGate {
  private on = false;
  private since: number | null = null;

  /** Takes one measurement at time `now` in ms; returns the flag. */
  push(loudness: number, now: number): boolean {
    const turning = this.on ? loudness < PAUSE : loudness > BEGIN;
    if (!turning) {
      this.since = null;
      return this.on;
    }
    this.since ??= now;
    if (now - this.since >= (this.on ? PAUSE_FOR : BEGIN_FOR)) {
      this.on = !this.on;
      this.since = null;
    }
    return this.on;
  }

  /** Back to silence, for a muted or closed microphone. */
  reset(): void {
    this.on = false;
    this.since = null;
  }
}

/** How long a speaker keeps the stage at least, ms. */
export const STAGE_FOR = 1500;

/**
 * Chooses whom to show large from the participants' speaking flags: who began
 * last, kept while silent, and not changed more often than every STAGE_FOR.
 */
export class ActiveSpeaker {
  private current = '';
  private since = 0;

  /** `speaking`: ids whose flag is up, oneself left out; `present`: all ids. Returns the id or "". */
  update(speaking: readonly string[], present: (id: string) => boolean, now: number): string {
    if (this.current && !present(this.current)) this.current = '';
    const challenger = speaking.find((id) => id !== this.current);
    const free = !this.current || (!speaking.includes(this.current) && now - this.since >= STAGE_FOR);
    if (challenger !== undefined && free) {
      this.current = challenger;
      this.since = now;
    }
    return this.current;
  }
}
