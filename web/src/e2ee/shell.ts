/**
 * The constant shell around a sealed frame. A browser's packetizer and the
 * server see through it "key frame or delta" and nothing else; the other side
 * takes it off again. It is the same for every frame of a codec.
 */
import { escape, escapes, unescape } from './h264';

/** The codecs a frame can be of, by the names that are sealed into its metadata. */
export const CODECS = ['opus', 'vp8', 'vp9', 'av1', 'h264'] as const;
export type Codec = (typeof CODECS)[number];

/** The codec of a media type like video/VP8, or null for one that is not ours. */
export function codecOf(mimeType: string): Codec | null {
  const name = mimeType.slice(mimeType.indexOf('/') + 1).toLowerCase();
  return CODECS.find((codec) => codec === name) ?? null;
}

/** The end of every sealed frame. */
const MARKER = Uint8Array.of(0x52, 0x4e, 0x44);
/** What H.264 ends with: a NAL unit must not end in a zero byte, and this one never does. */
const TRAILER = 0x80;

const NONE = new Uint8Array();
const VP8_KEY = Uint8Array.of(0x10, 0x00, 0x00, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01);
const VP8_DELTA = Uint8Array.of(0x11);
const AV1_SEQUENCE = Uint8Array.of(0x0a, 0x0a, 0x00, 0x00, 0x00, 0x0c, 0xc4, 0xff, 0x67, 0x00, 0x68, 0x02);
const AV1_FRAME = 0x32;
/** Constrained baseline 3.1, 640 × 368, then a picture set, then the header of an IDR slice. */
const H264_SETS = [0, 0, 0, 1, 0x67, 0x42, 0xe0, 0x1f, 0xda, 0x02, 0x80, 0xbe, 0x40, 0, 0, 0, 1, 0x68, 0xce, 0x38, 0x80];
const H264_IDR = [0x65, 0x88, 0x80];
const H264_SLICE = [0x41, 0x9a, 0x80];
const H264_KEY = Uint8Array.of(...H264_SETS, 0, 0, 0, 1, ...H264_IDR);
const H264_DELTA = Uint8Array.of(0, 0, 0, 1, ...H264_SLICE);
/** How far into a frame the slice may begin: browsers rewrite the parameter sets before it. */
const H264_SEARCH = 128;

/** Puts header and body of a sealed frame into the shell of the codec; key: a key frame. */
export function wrap(codec: Codec, key: boolean, header: Uint8Array, body: Uint8Array): ArrayBuffer {
  const size = header.length + body.length + MARKER.length;
  switch (codec) {
    case 'vp8':
      return join(key ? VP8_KEY : VP8_DELTA, header, body, MARKER);
    case 'av1':
      return join(key ? AV1_SEQUENCE : NONE, Uint8Array.of(AV1_FRAME, ...leb128(size)), header, body, MARKER);
    case 'h264': {
      const start = key ? H264_KEY : H264_DELTA;
      const parts = [header, body, MARKER];
      const out = new Uint8Array(start.length + size + escapes(parts) + 1);
      out.set(start);
      escape(parts, out.subarray(start.length));
      out[out.length - 1] = TRAILER;
      return out.buffer;
    }
    default:
      return join(header, body, MARKER);
  }
}

/**
 * Whether a frame ends as sealed frames do, whatever codec it is said to be of.
 * Such a frame is opened or dropped, never played as it is.
 */
export function marked(frame: Uint8Array): boolean {
  return ends(frame, frame.length) || (frame[frame.length - 1] === TRAILER && ends(frame, frame.length - 1));
}

/** The sealed frame inside the shell, without its marker; null when the shell is none of ours. */
export function unwrap(codec: Codec, frame: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null {
  if (!ends(frame, codec === 'h264' ? frame.length - 1 : frame.length)) return null;
  const inside = within(codec, frame);
  return inside && inside.length > MARKER.length ? inside.subarray(0, inside.length - MARKER.length) : null;
}

function within(codec: Codec, frame: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null {
  switch (codec) {
    case 'vp8':
      if (starts(frame, 0, VP8_DELTA)) return frame.subarray(VP8_DELTA.length);
      return starts(frame, 0, VP8_KEY) ? frame.subarray(VP8_KEY.length) : null;
    case 'av1':
      return av1(frame);
    case 'h264': {
      const at = slice(frame);
      return at > 0 && frame[frame.length - 1] === TRAILER ? unescape(frame.subarray(at, frame.length - 1)) : null;
    }
    default:
      return frame;
  }
}

/** AV1 5.3: the payload of the frame OBU, which must be the last one. */
function av1(frame: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null {
  const at = starts(frame, 0, AV1_SEQUENCE) ? AV1_SEQUENCE.length : 0;
  if (frame[at] !== AV1_FRAME) return null;
  let size = 0;
  for (let i = 0; i < 4; i++) {
    const byte = frame[at + 1 + i];
    if (byte === undefined) return null;
    size += (byte & 0x7f) * 2 ** (7 * i);
    if (byte & 0x80) continue;
    const begin = at + 2 + i;
    return begin + size === frame.length ? frame.subarray(begin) : null;
  }
  return null;
}

/** Where the payload of the first slice begins, or 0. */
function slice(frame: Uint8Array): number {
  const end = Math.min(frame.length - 6, H264_SEARCH);
  for (let at = 0; at <= end; at++) {
    if (frame[at] !== 0 || frame[at + 1] !== 0 || frame[at + 2] !== 1) continue;
    if (starts(frame, at + 3, H264_IDR) || starts(frame, at + 3, H264_SLICE)) return at + 6;
  }
  return 0;
}

function ends(frame: Uint8Array, end: number): boolean {
  return end >= MARKER.length && MARKER.every((byte, i) => frame[end - MARKER.length + i] === byte);
}

function starts(frame: Uint8Array, at: number, with_: ArrayLike<number>): boolean {
  for (let i = 0; i < with_.length; i++) if (frame[at + i] !== with_[i]) return false;
  return true;
}

/** AV1 4.10.5. */
function leb128(n: number): number[] {
  const out: number[] = [];
  for (; n >= 0x80; n = Math.floor(n / 0x80)) out.push((n % 0x80) | 0x80);
  return [...out, n];
}

function join(...parts: Uint8Array[]): ArrayBuffer {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out.buffer;
}
