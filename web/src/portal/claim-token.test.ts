import { expect, test } from 'vitest';
import { passwordProblem, takeToken } from './claim-token';

test('the token leaves the address as soon as it is read', () => {
  const urls: string[] = [];
  const bar = { location: { hash: '#secret', pathname: '/claim' }, history: { replaceState: (_d: unknown, _u: string, url: string) => void urls.push(url) } };
  expect(takeToken(bar)).toBe('secret');
  expect(urls).toEqual(['/claim']);
});

test('without a token nothing is touched', () => {
  const bar = { location: { hash: '', pathname: '/claim' }, history: { replaceState: () => expect.unreachable() } };
  expect(takeToken(bar)).toBe('');
});

test.each([
  ['123456789', 'password-short'],
  ['1234567890', ''],
  ['пароль-ключ', ''],
  ['😀😀😀😀😀😀😀😀😀', 'password-short'],
])('%s', (password, want) => {
  expect(passwordProblem(password)).toBe(want);
});
