import type { FrameCount, TransformOptions } from './protocol';

/** The part of an encoded frame (WebRTC Encoded Transform, 4) that is used. */
export interface EncodedFrame {
  readonly data: ArrayBuffer;
  /** key, delta or empty; absent for audio */
  readonly type?: string;
  /** absent only in tests */
  getMetadata?(): { rtpTimestamp?: number };
}

/** Counts what passes through every transform of one worker. */
export class FrameCounter {
  private readonly totals: FrameCount[] = [];

  /** A row for one transform; the returned function counts a frame into it. */
  row(options: TransformOptions): (frame: EncodedFrame) => void {
    const total: FrameCount = { ...options, frames: 0, keyFrames: 0, bytes: 0 };
    this.totals.push(total);
    return (frame) => {
      total.frames += 1;
      total.bytes += frame.data.byteLength;
      if (frame.type === 'key') total.keyFrames += 1;
    };
  }

  /** A copy of all rows, in the order of their making. */
  snapshot(): FrameCount[] {
    return this.totals.map((total) => ({ ...total }));
  }
}

/** The streams of an RTCRtpScriptTransformer. */
export interface FrameStreams {
  readonly readable: ReadableStream<EncodedFrame>;
  readonly writable: WritableStream<EncodedFrame>;
}

/**
 * Passes every frame on unchanged after counting it. The promise rejects when
 * the pipe breaks; it resolves when the sender or receiver is stopped.
 */
export function pass(streams: FrameStreams, count: (frame: EncodedFrame) => void): Promise<void> {
  const step = new TransformStream<EncodedFrame, EncodedFrame>({
    transform(frame, out) {
      count(frame);
      out.enqueue(frame);
    },
  });
  return streams.readable.pipeThrough(step).pipeTo(streams.writable);
}
