import { expect, test } from 'vitest';
import { clock, duration, fileSize, groupDigits } from './format';
import { direction, pickLocale } from './locale';
import { codeText, problemText } from './problem';
import { RoundelError } from '../room/model';

test.each([
  [0, '0:00'],
  [-5000, '0:00'],
  [65_000, '1:05'],
  [3_600_000, '1:00:00'],
  [3_725_999, '1:02:05'],
])('%i ms is %s', (ms, want) => {
  expect(duration(ms)).toBe(want);
});

test('a number is grouped as it is read aloud', () => {
  expect(groupDigits('1234567890')).toBe('123\u00a0456\u00a07890');
  expect(groupDigits('12')).toBe('12');
});

test('the clock follows the language', () => {
  const at = new Date(2026, 0, 1, 14, 5).getTime();
  expect(clock(at, 'de')).toBe('14:05');
  expect(clock(at, 'en-US').replace(/\s/u, ' ')).toBe('2:05 PM');
});

test.each([
  [['de-AT', 'en'], 'en'],
  [['en-GB'], 'en'],
  [[], 'en'],
] as const)('%j is answered in %s', (wanted, want) => {
  expect(pickLocale(wanted)).toBe(want);
});

test('Arabic and Hebrew run from right to left', () => {
  expect(['ar-EG', 'he', 'en', 'zh-Hant'].map(direction)).toEqual(['rtl', 'rtl', 'ltr', 'ltr']);
});

test.each<[string, unknown, string]>([
  ['our own words for a known code', new RoundelError('locked', 'x'), 'The meeting is locked.'],
  ['the server’s words where they say more', new RoundelError('invalid', 'The title is empty.'), 'The title is empty.'],
  ['our words where the server has none', new RoundelError('invalid', ''), 'The server did not understand that.'],
  ['the server’s words for a code of the future', new RoundelError('paused', 'The meeting pauses.'), 'The meeting pauses.'],
  ['nothing internal of a fault of ours', new TypeError('x is not a function'), 'Something failed on the server. Try again.'],
])('%s', (_name, error, want) => {
  expect(problemText(error)).toBe(want);
});

test('every code has words', () => {
  expect(codeText('no_such', '')).toBe('Something failed on the server. Try again.');
});

test.each([[1, '1 byte'], [812, '812 bytes'], [1536, '1.5 kB'], [100 * 1024 * 1024, '100 MB']])('a file of %d bytes is %s', (bytes, want) => {
  expect(fileSize(bytes, 'en')).toBe(want);
});
