import { drop, type Arrived, type Opening, type Verdict } from './incoming';
import type { Held, Ring } from './ring';
import type { Codec } from './shell';

/** How long a frame of an unknown epoch waits for it, ms, and how many do in one track. */
const HOLD = 1000;
const MOST = 64;
/** Frames of one track that may be opened at a time; a worker that is so far behind is of no use. */
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
 * The frames of one receive track on their way through the ring. Each is judged
 * when it comes, so that what is not worth a key takes no good frame's place; they
 * are opened at the same time and end one after the other, so that none overtakes
 * another. Frames of an epoch that is still to come wait aside.
 */
export class Receiver<F> implements Held {
  private held: Entry<F>[] = [];
  /** how many are being opened, and how many wait for their turn to end in all */
  private opening = 0;
  private underway = 0;
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly ring: Ring,
    private readonly outcome: Outcome<F>,
    private readonly now: () => number,
  ) {
    ring.watch(this);
  }

  /** Without a frame to open before it this ends before it returns to its caller. outcome must not throw. */
  push(frame: F, arrived: Arrived): void {
    this.take({ frame, arrived, since: this.now(), told: false });
  }

  offer(): void {
    for (const entry of this.held.splice(0)) this.take(entry);
  }

  expire(now: number): void {
    while (this.held[0] && now - this.held[0].since > HOLD) this.end(this.held.shift(), drop('expired'));
  }

  /** Resolves when nothing that came so far is on its way but what is held. */
  idle(): Promise<void> {
    return this.last;
  }

  private take(entry: Entry<F>): void {
    const verdict = this.ring.judge(entry.arrived);
    if (verdict.act === 'held') this.hold(entry);
    else if (verdict.act === 'open' && this.opening < LINE) this.inTurn(this.open(entry, verdict, this.last));
    else if (verdict.act === 'open') this.inTurn(this.follow(entry, drop('full'), this.last));
    else if (this.underway > 0) this.inTurn(this.follow(entry, verdict, this.last));
    else this.end(entry, verdict);
  }

  private inTurn(step: Promise<void>): void {
    this.underway += 1;
    this.last = step;
  }

  /** Begins at once, and ends after the one before. */
  private async open(entry: Entry<F>, opening: Opening, before: Promise<void>): Promise<void> {
    this.opening += 1;
    const opened = this.decrypt(entry, opening);
    await before;
    const plain = await opened;
    this.opening -= 1;
    this.underway -= 1;
    if (plain) this.end(entry, this.ring.opened(opening), plain);
    else this.end(entry, drop('forged'));
  }

  private async follow(entry: Entry<F>, verdict: Verdict, before: Promise<void>): Promise<void> {
    await before;
    this.underway -= 1;
    // What passes in the clear does so only if the rules still say so.
    this.end(entry, verdict.act === 'play' ? (this.ring.judge(entry.arrived) as Verdict) : verdict);
  }

  private async decrypt(entry: Entry<F>, opening: Opening): Promise<ArrayBuffer | null> {
    try {
      const key = await opening.instance.key;
      return await key.open(opening.header, this.ring.binding(entry.arrived.codec as Codec), opening.sealed);
    } catch {
      return null;
    }
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
