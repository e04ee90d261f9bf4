import { expect, test } from 'vitest';
import { dropSeed, fragmentOf, inviteOf, keepInvite, takeInvite, type Tab } from './invite-link';

const GOOD = `1.${'s'.repeat(43)}.${'r'.repeat(22)}`;
const HOST = `${GOOD}.h.${'-_'.repeat(21)}x`;

function tab(address: string): Tab & { address: string } {
  const url = new URL(address, 'https://meet.example');
  const kept = new Map<string, string>();
  const made = {
    address,
    location: { hash: url.hash, pathname: url.pathname, search: url.search },
    history: {
      replaceState: (_data: unknown, _unused: string, to: string) => {
        made.address = to;
        made.location.hash = '';
      },
    },
    sessionStorage: {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, value: string) => void kept.set(name, value),
      removeItem: (name: string) => void kept.delete(name),
    },
  };
  return made;
}

test.each([
  [`/j/1234567890#${GOOD}`, '/j/1234567890', GOOD],
  [`/j/1234567890?x=1#${HOST}`, '/j/1234567890?x=1', HOST],
  [`/j/123%20456%207890/#${GOOD}`, '/j/123%20456%207890/', GOOD],
  ['/j/1234567890#damaged', '/j/1234567890', ''],
  [`/j/1234567890#${GOOD}x`, '/j/1234567890', ''],
  ['/j/1234567890', '/j/1234567890', ''],
  [`/claim#${GOOD}`, `/claim#${GOOD}`, ''],
])('%s', (address, left, kept) => {
  const page = tab(address);
  takeInvite(page);
  expect(page.address).toBe(left);
  expect(inviteOf(page.sessionStorage, '1234567890')).toBe(kept);
});

test('an invitation belongs to its meeting, and the newest counts', () => {
  const { sessionStorage } = tab('/');
  keepInvite(sessionStorage, '1234567890', GOOD);
  expect(inviteOf(sessionStorage, '0987654321')).toBe('');
  keepInvite(sessionStorage, '1234567890', HOST);
  expect(inviteOf(sessionStorage, '1234567890')).toBe(HOST);
});

test('what is kept is checked again when it is read', () => {
  const { sessionStorage } = tab('/');
  keepInvite(sessionStorage, '1234567890', 'edited by hand');
  expect(inviteOf(sessionStorage, '1234567890')).toBe('');
});

test('a pasted link gives its fragment', () => {
  expect(fragmentOf(` https://meet.example/j/1234567890#${GOOD} `)).toBe(GOOD);
  expect(fragmentOf('1234567890')).toBe('');
});

test('of a host link the seed is dropped once the worker has it', () => {
  const { sessionStorage } = tab('/');
  for (const fragment of [HOST, GOOD]) {
    keepInvite(sessionStorage, '1234567890', fragment);
    dropSeed(sessionStorage, '1234567890');
    expect(inviteOf(sessionStorage, '1234567890')).toBe(fragment.split('.').slice(0, 3).join('.'));
  }
  dropSeed(sessionStorage, '0987654321');
  expect(inviteOf(sessionStorage, '0987654321')).toBe('');
});
