import type { FrameCount, TransformOptions, Verdicts } from './protocol';

/** The part of an encoded frame (WebRTC Encoded Transform, 4) that is used. */
export interface EncodedFrame {
  data: ArrayBuffer;
  /** key, delta or empty; absent for audio */
  readonly type?: string;
  /** absent only in tests */
  getMetadata?(): { rtpTimestamp?: number; synchronizationSource?: number; mimeType?: string };
}

/** Counts what passes through every transform of one worker. */
export class FrameCounter {
  private readonly totals: FrameCount[] = [];

  /** A row for one transform: count adds a frame, verdicts begins what a group says of them. */
  row({ side, media, label }: TransformOptions): { count(frame: EncodedFrame): void; verdicts(): Verdicts } {
    const total: FrameCount = { side, media, label, frames: 0, keyFrames: 0, bytes: 0 };
    this.totals.push(total);
    const count = (frame: EncodedFrame) => {
      total.frames += 1;
      total.bytes += frame.data.byteLength;
      if (frame.type === 'key') total.keyFrames += 1;
    };
    return { count, verdicts: () => (total.e2ee ??= { sealed: 0, clear: 0, held: 0, dropped: {}, owner: null }) };
  }

  /** A copy of all rows, in the order of their making. */
  snapshot(): FrameCount[] {
    return this.totals.map((total) => structuredClone(total));
  }
}

/** An RTCRtpScriptTransformer as far as it is used. */
export interface FrameStreams {
  readonly readable: ReadableStream<EncodedFrame>;
  readonly writable: WritableStream<EncodedFrame>;
  /** only on a sender, and not in every browser; of the first encoding, or that with the RID */
  generateKeyFrame?(rid?: string): Promise<unknown>;
  /** only on a receiver */
  sendKeyFrameRequest?(): Promise<unknown>;
}

/** Where frames go on. */
export interface Out {
  enqueue(frame: EncodedFrame): void;
}

/**
 * Gives every frame to `step`, which lets it go on now, later or not at all. The
 * promise rejects when the pipe breaks; it resolves when the sender or receiver
 * is stopped.
 */
export function through(streams: FrameStreams, step: (frame: EncodedFrame, out: Out) => void): Promise<void> {
  const stream = new TransformStream<EncodedFrame, EncodedFrame>({ transform: step });
  return streams.readable.pipeThrough(stream).pipeTo(streams.writable);
}
