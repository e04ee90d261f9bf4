import type { MediaKind } from './kid';
import type { Sealing } from './outgoing';
import type { Ring } from './ring';
import { wrap, type Codec } from './shell';

/** Frames of one track that may wait for the ones before them. */
const LINE = 512;

/** What became of one frame of a track. */
export type Left =
  | { act: 'hold' }
  | { act: 'clear' }
  | { act: 'sealed'; data: ArrayBuffer; epoch: number; counter: number };

/** A frame that wants to leave. */
export interface Ready {
  /** null: of a kind that cannot be sealed, so it is not sent once the meeting has a group */
  codec: Codec | null;
  key: boolean;
  data: ArrayBuffer;
}

/**
 * The frames of one sent track on their way through the ring, one after the
 * other. Between begin and end of sealing the rules may change; a frame leaves
 * only as the rules at its end allow, and clear only if it was never sealed.
 */
export class Sender<F> {
  private readonly line: { frame: F; ready: Ready }[] = [];
  private working = false;
  private done: Promise<void> = Promise.resolve();

  constructor(
    private readonly ring: Ring,
    private readonly kind: MediaKind,
    private readonly outcome: (frame: F, left: Left) => void,
  ) {}

  push(frame: F, ready: Ready): void {
    this.line.push({ frame, ready });
    while (this.line.length > LINE) this.end(this.line.shift()?.frame, { act: 'hold' });
    if (this.working) return;
    this.working = true;
    this.done = this.drain();
  }

  /** Resolves when nothing is on its way. */
  idle(): Promise<void> {
    return this.done;
  }

  /** Without a frame to seal this ends before it returns to its caller. outcome must not throw. */
  private async drain(): Promise<void> {
    for (let next = this.line.shift(); next; next = this.line.shift()) {
      const { frame, ready } = next;
      const leaving = ready.codec ? this.ring.leaving(this.kind) : ({ act: 'hold' } as const);
      if (leaving.act !== 'seal') this.end(frame, leaving);
      else this.end(frame, await this.seal(leaving, ready, ready.codec as Codec));
    }
    this.working = false;
  }

  private async seal(first: Sealing, ready: Ready, codec: Codec): Promise<Left> {
    for (let sealing = first; ; ) {
      let data: ArrayBuffer;
      try {
        const key = await sealing.own.key;
        const { header, body } = await key.seal(sealing.counter, this.ring.binding(codec), ready.data);
        data = wrap(codec, ready.key, header, body);
      } catch {
        return { act: 'hold' };
      }
      const after = this.ring.sealed(sealing);
      if (after === 'hold') return { act: 'hold' };
      if (after === 'leave') return { act: 'sealed', data, epoch: sealing.epoch.number, counter: sealing.counter };
      const again = this.ring.leaving(this.kind);
      if (again.act !== 'seal') return { act: 'hold' };
      sealing = again;
    }
  }

  private end(frame: F | undefined, left: Left): void {
    if (frame !== undefined) this.outcome(frame, left);
  }
}
