import { expect, it } from 'vitest';
import { MAX_INSTANCE, encodeKID, metadata, parseKID, type KeyID } from './kid';

it.each<[KeyID, number]>([
  [{ epoch: 0, leaf: 0, instance: 0, kind: 'mic' }, 0],
  [{ epoch: 255, leaf: 1, instance: 0, kind: 'mic' }, 0x1ff],
  [{ epoch: 3, leaf: 0xffff, instance: 0, kind: 'screenAudio' }, 0x03_ffff_03],
  [{ epoch: 1, leaf: 2, instance: 5, kind: 'camera' }, 0x15_0002_01],
  [{ epoch: 9, leaf: 7, instance: MAX_INSTANCE, kind: 'screen' }, (MAX_INSTANCE * 4 + 2) * 2 ** 24 + 0x0709],
])('%o is %i and back', (id, kid) => {
  expect(encodeKID(id)).toBe(kid);
  expect(parseKID(kid)).toEqual(id);
});

it('carries the low eight bits of the epoch', () => {
  expect(parseKID(encodeKID({ epoch: 1000, leaf: 1, instance: 1, kind: 'mic' }))?.epoch).toBe(1000 & 0xff);
});

it('an instance out of range is no key id', () => expect(parseKID((MAX_INSTANCE + 1) * 2 ** 26)).toBeNull());

it.each([
  { epoch: 1, leaf: 0x10000, instance: 0, kind: 'mic' as const },
  { epoch: 1, leaf: 0, instance: MAX_INSTANCE + 1, kind: 'mic' as const },
])('refuses %o', (id) => expect(() => encodeKID(id)).toThrow(RangeError));

it('binds meeting and codec', () => {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
  expect(text(metadata('abc', 'vp8'))).toBe('\x08roundel1\x03abc\x03vp8');
});
