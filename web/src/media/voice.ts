import { Store, type Readable } from '../room/store';
import { METER_EVERY } from './meter';
import { SpeakingGate } from './speaking';

/**
 * Turns the loudness of the own microphone into two flags: speaking, while it is
 * on, and speaking while muted, for the hint that nobody hears it.
 */
export class Voice {
  readonly speaking: Readable<boolean>;
  readonly unheard: Readable<boolean>;
  private readonly heard = new Store(false);
  private readonly muted = new Store(false);
  private readonly gate = new SpeakingGate();
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(rms: Readable<number>, mic: Readable<unknown>) {
    this.speaking = this.heard;
    this.unheard = this.muted;
    // Looked at by the clock: digital silence changes nothing and would not be told.
    this.timer = setInterval(() => {
      const loud = this.gate.push(rms.current, Date.now());
      this.heard.set(loud && mic.current !== null);
      this.muted.set(loud && mic.current === null);
    }, METER_EVERY);
  }

  close(): void {
    clearInterval(this.timer);
    this.gate.reset();
    this.heard.set(false);
    this.muted.set(false);
  }
}
