import { expect, test } from 'vitest';
import { hasText } from '../../i18n/text';
import { browserFamily, permissionHelp } from './browser';
import { closedWords, readLeftNote } from './closed';

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36', 'chromium'],
  ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36 Edg/150.0', 'chromium'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0', 'firefox'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15', 'safari'],
  ['Something else', 'other'],
] as const)('%s', (agent, want) => {
  expect(browserFamily(agent)).toBe(want);
  expect(hasText(permissionHelp[want])).toBe(true);
});

test.each(['left', 'ended', 'removed', 'banned', 'denied', 'locked', 'not_found', 'replaced', 'full', 'unsupported', 'e2ee_required', 'unavailable'])('the end by %s has words', (code) => {
  const { title, text } = closedWords(code);
  expect(hasText(title)).toBe(true);
  expect(text === '' || hasText(text)).toBe(true);
});

test.each([
  [{ number: '1', code: 'ended', message: '', canRejoin: false }, { number: '1', code: 'ended', message: '', canRejoin: false }],
  [{ number: '1', code: 'left', canRejoin: 'yes' }, { number: '1', code: 'left', message: '', canRejoin: false }],
  [{ code: 'left' }, null],
  ['text', null],
  [null, null],
])('a note of %j', (kept, want) => {
  expect(readLeftNote(kept)).toEqual(want);
});
