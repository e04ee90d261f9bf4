import { drop, type Arrived, type Opening, type Verdict } from './incoming';
import type { Held, Ring } from './ring';
import type { Codec } from './shell';

/** How long a frame of an unknown epoch waits for it, ms, and how many do in one track. */
const HOLD = 1000;
const MOST = 64;
/** Frames of one track that may wait for the ones before them; a worker that is so far behind is of no use. */
const LINE = 512;

/** What becomes of one frame of a track: told once, or twice when it is held first. */
export type Outcome<F> = (frame: F, verdict: Verdict, plain: ArrayBuffer | null) => void;

interface Entry<F> {
  frame: F;
  arrived: Arrived;
  /** ms, by the ring's clock */
  since: number;
  /** it was said to be held */
  told: boolean;
}

/**
 * The frames of one receive track on their way through the ring: one after the
 * other, so that none overtakes another, except that frames of an epoch that is
 * still to come wait aside.
 */
export class Receiver<F> implements Held {
  private line: Entry<F>[] = [];
  private held: Entry<F>[] = [];
  private working = false;
  private done: Promise<void> = Promise.resolve();

  constructor(
    private readonly ring: Ring,
    private readonly outcome: Outcome<F>,
    private readonly now: () => number,
  ) {
    ring.watch(this);
  }

  push(frame: F, arrived: Arrived): void {
    this.line.push({ frame, arrived, since: this.now(), told: false });
    while (this.line.length > LINE) this.end(this.line.shift(), drop('full'));
    this.work();
  }

  offer(): void {
    this.line.unshift(...this.held.splice(0));
    this.work();
  }

  expire(now: number): void {
    while (this.held[0] && now - this.held[0].since > HOLD) this.end(this.held.shift(), drop('expired'));
  }

  /** Resolves when nothing is on its way but what is held. */
  idle(): Promise<void> {
    return this.done;
  }

  private work(): void {
    if (this.working) return;
    this.working = true;
    this.done = this.drain();
  }

  /** Without a frame to open this ends before it returns to its caller. outcome must not throw. */
  private async drain(): Promise<void> {
    for (let entry = this.line.shift(); entry; entry = this.line.shift()) {
      const verdict = this.ring.judge(entry.arrived);
      if (verdict.act === 'open') await this.open(entry, verdict);
      else if (verdict.act === 'held') this.hold(entry);
      else this.end(entry, verdict);
    }
    this.working = false;
  }

  private async open(entry: Entry<F>, opening: Opening): Promise<void> {
    let plain: ArrayBuffer;
    try {
      const key = await opening.instance.key;
      plain = await key.open(opening.header, this.ring.binding(entry.arrived.codec as Codec), opening.sealed);
    } catch {
      this.end(entry, drop('forged'));
      return;
    }
    this.end(entry, this.ring.opened(opening), plain);
  }

  private hold(entry: Entry<F>): void {
    if (this.held.length >= MOST) {
      this.end(entry, drop('full'));
      return;
    }
    this.held.push(entry);
    if (!entry.told) this.outcome(entry.frame, { act: 'held' }, null);
    entry.told = true;
  }

  private end(entry: Entry<F> | undefined, verdict: Verdict, plain: ArrayBuffer | null = null): void {
    if (entry) this.outcome(entry.frame, verdict, plain);
  }
}
