import { expect, test } from 'vitest';
import { initials, shade, shades } from './avatar';

test.each([
  ['Ada Lovelace', 'AL'],
  ['Karen Spärck Jones', 'KJ'],
  ['ada', 'A'],
  ['  ', ''],
  ['李明', '李'],
  ['👩‍🚀 Sally', '👩‍🚀S'],
  ['Éric Ünal', 'ÉÜ'],
])('%s → %s', (name, want) => {
  expect(initials(name)).toBe(want);
});

test('a person keeps their colour, and people differ', () => {
  const ids = Array.from({ length: 64 }, (_, i) => `0192-${i}`);
  expect(ids.map(shade)).toEqual(ids.map(shade));
  expect(new Set(ids.map(shade)).size).toBe(shades);
});
