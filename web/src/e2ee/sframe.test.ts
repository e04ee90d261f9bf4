import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeHeader, parseHeader } from './header';
import { AES_128_GCM_SHA256_128, AES_256_GCM_SHA512_128, Key, headerOf, importBase, type Suite } from './sframe';

const unhex = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const hex = (bytes: ArrayBuffer | Uint8Array) => Buffer.from(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes)).toString('hex');
const concat = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

describe('the vectors of RFC 9605', () => {
  const folder = process.env['ROUNDEL_VECTORS'];
  const file = folder && join(folder, 'sframe', 'test-vectors.json');
  if (!file || !existsSync(file)) {
    it('need ROUNDEL_VECTORS, a folder with sframe/test-vectors.json', ({ skip }) => {
      if (process.env['ROUNDEL_REQUIRE'] === 'all' && folder !== 'none') throw new Error('ROUNDEL_VECTORS names no folder with the vectors');
      skip();
    });
    return;
  }
  // JSON.parse rounds numbers beyond 2^53; as text they stay what they are.
  const text = readFileSync(file, 'utf8').replace(/("(?:kid|ctr)": *)(\d+)/g, '$1"$2"');
  const vectors = JSON.parse(text) as { header: HeaderVector[]; sframe: FrameVector[] };

  it('hold for every header that can occur', () => {
    let beyond = 0;
    for (const { kid, ctr, encoded } of vectors.header) {
      const [k, c] = [Number(kid), Number(ctr)];
      if (BigInt(kid) > BigInt(Number.MAX_SAFE_INTEGER) || BigInt(ctr) > BigInt(Number.MAX_SAFE_INTEGER)) {
        beyond++;
        expect(parseHeader(unhex(encoded))).toBeNull();
        continue;
      }
      expect(hex(encodeHeader(k, c))).toBe(encoded);
      expect(parseHeader(unhex(encoded))).toEqual({ kid: k, counter: c, length: encoded.length / 2 });
    }
    expect([vectors.header.length > 200, beyond < vectors.header.length / 2]).toEqual([true, true]);
  });

  it.each([AES_128_GCM_SHA256_128, AES_256_GCM_SHA512_128] as Suite[])('hold for suite %i', async (suite) => {
    const vector = vectors.sframe.find((one) => one.cipher_suite === suite);
    if (!vector) throw new Error('the suite is not in the vectors');
    const key = await Key.derive(suite, Number(vector.kid), await importBase(unhex(vector.base_key)));
    const { header, body } = await key.seal(Number(vector.ctr), unhex(vector.metadata), unhex(vector.pt));
    expect(hex(header) + hex(body)).toBe(vector.ct);
    const sealed = unhex(vector.ct);
    const read = headerOf(sealed);
    if (!read) throw new Error('the header cannot be read');
    expect(hex(await key.open(read, unhex(vector.metadata), sealed))).toBe(vector.pt);
  });
});

interface HeaderVector {
  kid: string;
  ctr: string;
  encoded: string;
}

interface FrameVector {
  cipher_suite: number;
  kid: string;
  ctr: string;
  base_key: string;
  metadata: string;
  pt: string;
  ct: string;
}

describe('Key', () => {
  const meta = Uint8Array.of(1, 2, 3);
  const derive = async (kid = 0x1234567) => Key.derive(AES_256_GCM_SHA512_128, kid, await importBase(new Uint8Array(32).fill(7)));
  const sealed = async (key: Key, counter: number, frame: Uint8Array<ArrayBuffer>) => {
    const { header, body } = await key.seal(counter, meta, frame);
    return concat(header, body);
  };
  const open = async (key: Key, frame: Uint8Array<ArrayBuffer>, metadata = meta) => {
    const header = headerOf(frame);
    if (!header) throw new Error('too short');
    return new Uint8Array(await key.open(header, metadata, frame));
  };

  it.each([0, 7, 8, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1])('opens what it sealed under counter %i', async (counter) => {
    const key = await derive();
    const frame = Uint8Array.of(9, 8, 7);
    expect(await open(key, await sealed(key, counter, frame))).toEqual(frame);
  });

  it('takes a frame without content', async () => {
    const key = await derive();
    expect(await open(key, await sealed(key, 1, new Uint8Array()))).toEqual(new Uint8Array());
  });

  it('keeps frames apart that are in work at the same time', async () => {
    const key = await derive();
    const frames = Array.from({ length: 20 }, (_, i) => new Uint8Array(50).fill(i));
    const closed = await Promise.all(frames.map((frame, i) => sealed(key, i, frame)));
    expect(await Promise.all(closed.map((frame) => open(key, frame)))).toEqual(frames);
    expect(new Set(closed.map(hex)).size).toBe(20);
  });

  it('opens nothing in which a bit was changed, nor other metadata, nor another key', async () => {
    const key = await derive();
    const good = await sealed(key, 300, Uint8Array.of(1, 2, 3, 4));
    for (let i = 0; i < good.length; i++) {
      const bad = good.slice();
      bad[i] = (bad[i] ?? 0) ^ 1;
      await expect(open(key, bad)).rejects.toThrow();
    }
    await expect(open(key, good, Uint8Array.of(1, 2, 4))).rejects.toThrow();
    await expect(open(await derive(5), good)).rejects.toThrow();
  });
});

describe('headers', () => {
  it.each([
    ['nothing', []],
    ['a key id cut short', [0x90, 1]],
    ['a counter cut short', [0x09, 1]],
    ['a number that no sender of ours reaches', [0x0f, 0xff, 0, 0, 0, 0, 0, 0, 0]],
  ])('%s is none', (_, bytes) => expect(parseHeader(Uint8Array.from(bytes))).toBeNull());

  it('a frame without room for a tag has none', () => {
    expect(headerOf(new Uint8Array(16))).toBeNull();
    expect(headerOf(new Uint8Array(17))).toEqual({ kid: 0, counter: 0, length: 1 });
  });

  it.each([
    [-1, 0],
    [0, 2 ** 53],
    [0.5, 0],
    [0, Number.NaN],
  ])('refuses to encode %f and %f', (kid, counter) => expect(() => encodeHeader(kid, counter)).toThrow(RangeError));
});
