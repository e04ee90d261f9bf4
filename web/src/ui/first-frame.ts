/** What a video element tells of a frame that it shows (requestVideoFrameCallback). */
interface Shown {
  /** only where the browser knows it: Chromium and Safari */
  rtpTimestamp?: number;
}

/** The part of a video element that is used. */
export interface FrameSource {
  requestVideoFrameCallback?(call: (now: number, shown: Shown) => void): number;
  cancelVideoFrameCallback?(handle: number): void;
}

/** The first frame of a video, as an RTP timestamp (32 bits, wrapping); null where the browser does not tell. */
export type From = number | null;

/** A fresh element may first repeat the frame that its track showed last. */
const REPEATED = 1;
/** So many frames are surely past the one that was waited for, whatever their timestamps say. */
const ENOUGH = 4;

/**
 * Calls `ready` once the element shows the frame `from` or a later one; the
 * returned function gives up. Without timestamps it is the first frame after the
 * one that may be a repetition.
 */
export function onFrame(video: FrameSource, from: From, ready: () => void): () => void {
  if (!video.requestVideoFrameCallback) {
    ready();
    return () => {};
  }
  let seen = 0;
  let handle = 0;
  const look = (_: number, { rtpTimestamp }: Shown) => {
    seen += 1;
    const timed = from !== null && rtpTimestamp !== undefined;
    if (seen >= ENOUGH || (timed ? notBefore(rtpTimestamp, from) : seen > REPEATED)) ready();
    else wait();
  };
  const wait = () => {
    handle = video.requestVideoFrameCallback?.(look) ?? 0;
  };
  wait();
  return () => video.cancelVideoFrameCallback?.(handle);
}

/** Serial number arithmetic over 32 bits (RFC 1982). */
function notBefore(timestamp: number, from: number): boolean {
  return ((timestamp - from) | 0) >= 0;
}
