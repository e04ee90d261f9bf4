import { expect, describe, it } from 'vitest';
import { CODECS, codecOf, marked, unwrap, wrap, type Codec } from './shell';

const hex = (bytes: ArrayBuffer | Uint8Array) => Buffer.from(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes)).toString('hex');
const unhex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
const empty = new Uint8Array();
const put = (codec: Codec, key: boolean, sealed: Uint8Array) => new Uint8Array(wrap(codec, key, empty, sealed));

describe('the shells', () => {
  // 01 02 00 00 01 05 stands for a sealed frame; the third and fourth byte need an escape in H.264.
  it.each<[Codec, boolean, string]>([
    ['opus', true, '010200000105 524e44'],
    ['vp8', true, '1000009d012a80026801 010200000105 524e44'],
    ['vp8', false, '11 010200000105 524e44'],
    ['vp9', true, '010200000105 524e44'],
    ['av1', true, '0a0a0000000cc4ff67006802 3209 010200000105 524e44'],
    ['av1', false, '3209 010200000105 524e44'],
    ['h264', true, '000000016742e01fda0280be40 0000000168ce3880 00000001658880 01020000030105 524e44 80'],
    ['h264', false, '00000001419a80 01020000030105 524e44 80'],
  ])('%s, key frame %s', (codec, key, want) => {
    const sealed = unhex('010200000105');
    expect(hex(wrap(codec, key, sealed.subarray(0, 2), sealed.subarray(2)))).toBe(want.replaceAll(' ', ''));
  });

  it.each(CODECS.flatMap((codec) => [true, false].map((key) => [codec, key] as const)))('%s, key frame %s, come off again', (codec, key) => {
    for (const size of [1, 17, 127, 128, 300, 70_000]) {
      const sealed = Uint8Array.from({ length: size }, (_, i) => (i % 5 ? (i * 7) & 3 : 0));
      const wrapped = put(codec, key, sealed);
      expect(marked(wrapped)).toBe(true);
      expect(unwrap(codec, wrapped)).toEqual(sealed);
    }
  });

  it('of H.264 hold no start code inside and do not end in zero', () => {
    for (let i = 0; i < 256; i++) {
      const wrapped = hex(put('h264', false, Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 0, 0, i)).subarray(4));
      expect(wrapped).not.toMatch(/^(..)*00000[012]/);
      expect(wrapped.endsWith('80')).toBe(true);
    }
  });

  it('of H.264 come off behind parameter sets that the browser has rewritten', () => {
    const wrapped = hex(put('h264', true, Uint8Array.of(1, 2, 3)));
    const rewritten = wrapped.replace('da0280be40', 'da0280bf3010101401');
    expect(rewritten).not.toBe(wrapped);
    expect(unwrap('h264', unhex(rewritten))).toEqual(Uint8Array.of(1, 2, 3));
  });
});

describe('what is no sealed frame', () => {
  it.each<[string, Codec, string]>([
    ['nothing', 'vp8', ''],
    ['a clear frame', 'vp8', '1000009d012a8002680101020304'],
    ['half a marker', 'opus', '4e44'],
    ['the marker alone', 'opus', '524e44'],
    ['the marker alone in its shell', 'vp8', '11524e44'],
    ['another first byte', 'vp8', '12aabb524e44'],
    ['a key frame of another size', 'vp8', '1000009d012a80026701aabb524e44'],
    ['a length that does not fit', 'av1', '3207aabb524e44'],
    ['a length without end', 'av1', '32ffffffffffff524e44'],
    ['another OBU', 'av1', '2a05aabb524e44'],
    ['no trailer', 'h264', '00000001419a80aabb524e44'],
    ['no slice', 'h264', '0000000167aabb524e4480'],
    ['H.264 that ends early', 'h264', '524e4480'],
  ])('%s', (_, codec, frame) => expect(unwrap(codec, unhex(frame))).toBeNull());

  it('is still known by its marker when the shell is broken', () => {
    expect(marked(unhex('12aabb524e44'))).toBe(true);
    expect(marked(unhex('aabb524e4480'))).toBe(true);
    expect(marked(unhex('aabb524e4481'))).toBe(false);
  });

  it('no prefix of a frame makes trouble', () => {
    for (const codec of CODECS)
      for (const key of [true, false]) {
        const whole = put(codec, key, Uint8Array.from({ length: 40 }, (_, i) => i & 3));
        for (let n = 0; n < whole.length; n++) expect(unwrap(codec, whole.slice(0, n))).toBeNull();
      }
  });
});

it.each([
  ['video/VP8', 'vp8'],
  ['video/H264', 'h264'],
  ['audio/opus', 'opus'],
  ['video/rtx', null],
])('%s is %s', (mimeType, want) => expect(codecOf(mimeType)).toBe(want));
