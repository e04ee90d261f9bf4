/** The header of an SFrame (RFC 9605, 4.3). */
export interface Header {
  kid: number;
  counter: number;
  /** bytes that the header takes */
  length: number;
}

/**
 * Encodes a header: the configuration byte, then key id and counter in as few
 * bytes as they need, each in the configuration byte itself when below 8. Both
 * must be whole numbers up to 2^53 - 1; ours never grow beyond that.
 */
export function encodeHeader(kid: number, counter: number): Uint8Array {
  if (!Number.isSafeInteger(kid) || !Number.isSafeInteger(counter) || kid < 0 || counter < 0) throw new RangeError('sframe: number out of range');
  const k = kid < 8 ? 0 : width(kid);
  const c = counter < 8 ? 0 : width(counter);
  const out = new Uint8Array(1 + k + c);
  out[0] = (k > 0 ? 0x80 | ((k - 1) << 4) : kid << 4) | (c > 0 ? 0x08 | (c - 1) : counter);
  write(out, 1, k, kid);
  write(out, 1 + k, c, counter);
  return out;
}

/**
 * Reads the header at the beginning of a frame; null when the frame ends inside
 * it or when a number is beyond 2^53 - 1, which no sender of ours reaches.
 */
export function parseHeader(frame: Uint8Array): Header | null {
  const config = frame[0];
  if (config === undefined) return null;
  const k = config & 0x80 ? ((config >> 4) & 7) + 1 : 0;
  const c = config & 0x08 ? (config & 7) + 1 : 0;
  const length = 1 + k + c;
  if (frame.length < length) return null;
  const kid = k > 0 ? read(frame, 1, k) : (config >> 4) & 7;
  const counter = c > 0 ? read(frame, 1 + k, c) : config & 7;
  return Number.isSafeInteger(kid) && Number.isSafeInteger(counter) ? { kid, counter, length } : null;
}

function width(n: number): number {
  let bytes = 1;
  for (let rest = Math.floor(n / 256); rest > 0; rest = Math.floor(rest / 256)) bytes++;
  return bytes;
}

function write(out: Uint8Array, at: number, bytes: number, n: number): void {
  for (let i = at + bytes - 1; i >= at; i--) {
    out[i] = n % 256;
    n = Math.floor(n / 256);
  }
}

function read(from: Uint8Array, at: number, bytes: number): number {
  let n = 0;
  for (let i = at; i < at + bytes; i++) n = n * 256 + (from[i] ?? 0);
  return n;
}
