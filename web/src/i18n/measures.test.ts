import { expect, test } from 'vitest';
import { bitRate, conjunction, milliseconds, percent } from './measures';

test.each<[number, number | undefined, string]>([
  [0, undefined, '0%'],
  [0.00001, undefined, '0.1%'],
  [0.0149, undefined, '1.5%'],
  [0.124, undefined, '12%'],
  [0.031, 0, '3%'],
  [0.001, 0, '1%'],
  [1, undefined, '100%'],
])('the share %d with %s digits is %s', (share, digits, want) => expect(percent(share, digits, 'en')).toBe(want));

test.each([
  [0, '0 kb/s'],
  [480_400, '480 kb/s'],
  [1_540_000, '1.5 Mb/s'],
])('%d bit/s are %s', (bits, want) => expect(bitRate(bits, 'en')).toBe(want));

test('times and lists are as the language has them', () => {
  expect(milliseconds(23.6, 'en')).toBe('24 ms');
  expect(conjunction(['a', 'b', 'c'], 'en')).toBe('a, b, and c');
  expect(conjunction(['a', 'b', 'c'], 'de')).toBe('a, b und c');
});
