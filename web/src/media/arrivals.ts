import type { EncodedFrame } from './frames';

/**
 * How long frames of the track that a slot played before may still arrive, ms.
 * The server sends none after the binding changed; these were on their way.
 */
export const SETTLED = 1000;

interface Ask {
  id: number;
  since: number;
}

/**
 * Runs in the media worker. Says when a slot that was bound to another track
 * brings the first frame that is surely of the new one: a key frame, which is
 * what a new track starts with, or any frame after SETTLED, for the key frame
 * may have come before the question.
 */
export class Arrivals {
  private readonly asks = new Map<string, Ask>();

  constructor(
    private readonly answer: (id: number, rtpTimestamp: number | null) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Asks for the first new frame of a slot; an older question of the same slot is dropped. */
  ask(label: string, id: number): void {
    this.asks.set(label, { id, since: this.now() });
  }

  /** Looks at a frame that was received in a slot. */
  frame(label: string, frame: EncodedFrame): void {
    const ask = this.asks.get(label);
    if (!ask || (frame.type !== 'key' && this.now() - ask.since < SETTLED)) return;
    this.asks.delete(label);
    this.answer(ask.id, frame.getMetadata?.().rtpTimestamp ?? null);
  }
}
