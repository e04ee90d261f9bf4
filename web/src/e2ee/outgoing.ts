import type { Epoch, Epochs, OwnKey } from './epochs';
import type { MediaKind } from './kid';
import type { SendMode } from './protocol';

/** What becomes of a frame that is about to leave. */
export type Leaving = { act: 'hold' } | { act: 'clear' } | Sealing;

/** It leaves sealed under this key and counter. */
export interface Sealing {
  act: 'seal';
  epoch: Epoch;
  own: OwnKey;
  counter: number;
}

/** The sender's rule: hold until told otherwise, and seal only with a key that is there. */
export class Outgoing {
  private mode: SendMode = 'hold';
  private number = 0;

  constructor(private readonly epochs: Epochs) {}

  send(mode: SendMode, epoch: number): void {
    this.mode = mode;
    this.number = epoch;
  }

  /** Decides on the next frame of a kind; a counter that is given out is never given again. */
  next(kind: MediaKind): Leaving {
    if (this.mode === 'clear') return { act: 'clear' };
    const epoch = this.mode === 'seal' ? this.epochs.byNumber(this.number) : undefined;
    if (!epoch) return { act: 'hold' };
    const own = epoch.sender(kind);
    return { act: 'seal', epoch, own, counter: own.counter++ };
  }

  /**
   * Whether a frame that was being sealed may leave as it is. What was begun
   * sealed never leaves clear: after a switch off it still leaves sealed.
   */
  after(sealing: Sealing): 'leave' | 'again' | 'hold' {
    if (this.mode === 'hold' || !this.epochs.alive(sealing.epoch)) return 'hold';
    return this.mode === 'seal' && this.epochs.byNumber(this.number) !== sealing.epoch ? 'again' : 'leave';
  }
}
