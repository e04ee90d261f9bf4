import { expect, test } from 'vitest';
import { hasText } from '../../i18n/text';
import type { E2EEOutlook } from '../../room/model';
import { isBarred, outlookNote } from './outlook';

const sound: E2EEOutlook = { starts: 'on', hasLink: true, card: 'verified', supported: true };

test.each<[string, Partial<E2EEOutlook>, string, string]>([
  ['always on', { starts: 'required' }, 'lock', 'lock'],
  ['on at first: no green, it may be off by now', {}, 'lock', 'neutral'],
  ['off', { starts: 'off' }, 'check', 'check'],
  ['off, and only the number', { starts: 'off', hasLink: false, card: 'unverified' }, 'check', 'check'],
  ['only the number', { hasLink: false, card: 'unverified' }, 'exclamation', 'exclamation'],
  ['a card that nobody could check', { card: 'unverified' }, 'exclamation', 'exclamation'],
  ['a forged card', { card: 'forged' }, 'doubt', 'doubt'],
  ['a forged card that says off', { starts: 'off', card: 'forged' }, 'doubt', 'doubt'],
  ['a browser that cannot', { supported: false }, 'doubt', 'doubt'],
  ['a browser that need not', { starts: 'off', supported: false }, 'check', 'check'],
])('%s', (_name, change, state, tone) => {
  const note = outlookNote({ ...sound, ...change });
  expect(note).toMatchObject({ state, tone });
  expect(hasText(note.words)).toBe(true);
});

test('a browser that cannot is kept from trying only where it matters', () => {
  expect(isBarred({ ...sound, supported: false })).toBe(true);
  expect(isBarred({ ...sound, starts: 'off', supported: false })).toBe(false);
  expect(isBarred(sound)).toBe(false);
});
