import { expect, test } from 'vitest';
import { Router, parseNumber, parseRoute, type Browser, type Route } from './router';

test.each<[string, string, Route]>([
  ['/', '', { page: 'home' }],
  ['/j/1234567890', '', { page: 'join', number: '1234567890' }],
  ['/j/1234567890/', '', { page: 'join', number: '1234567890' }],
  ['/j/123%20456%207890', '', { page: 'join', number: '1234567890' }],
  ['/j/123', '', { page: 'unknown' }],
  ['/j/%E0%A4%A', '', { page: 'unknown' }],
  ['/claim', '', { page: 'claim' }],
  ['/signin', '', { page: 'signin', next: '/' }],
  ['/signin', '?next=/j/1234567890', { page: 'signin', next: '/j/1234567890' }],
  ['/signin', '?next=https://evil.example', { page: 'signin', next: '/' }],
  ['/signin', '?next=//evil.example', { page: 'signin', next: '/' }],
  ['/signin', '?next=/\\evil.example', { page: 'signin', next: '/' }],
  ['/left', '', { page: 'left' }],
  ['/elsewhere', '', { page: 'unknown' }],
])('%s%s', (path, search, want) => {
  expect(parseRoute(path, search)).toEqual(want);
});

test.each([
  ['1234567890', '1234567890'],
  ['123 456 7890', '1234567890'],
  ['123-456-7890', '1234567890'],
  ['https://meet.example.org/j/1234567890#secret', '1234567890'],
  ['123456789', ''],
  ['12345678901', ''],
  ['hello', ''],
  ['', ''],
])('the number in %j', (typed, want) => {
  expect(parseNumber(typed)).toBe(want);
});

function fakeBrowser(path: string) {
  const entries = [{ path, note: null as unknown }];
  const location = { pathname: path, search: '' };
  let back = () => {};
  const show = () => {
    const url = new URL(entries.at(-1)?.path ?? '/', 'https://x.example');
    Object.assign(location, { pathname: url.pathname, search: url.search });
  };
  const browser: Browser = {
    location,
    history: {
      get state() {
        return entries.at(-1)?.note;
      },
      pushState: (note, _unused, url) => {
        entries.push({ path: url, note });
        show();
      },
      replaceState: (note, _unused, url) => {
        entries[entries.length - 1] = { path: url, note };
        show();
      },
    },
    addEventListener: (_type, run) => {
      back = run;
    },
  };
  return {
    browser,
    entries,
    back: () => {
      entries.pop();
      show();
      back();
    },
  };
}

test('the page follows links and the back button', () => {
  const fake = fakeBrowser('/');
  const router = new Router(fake.browser);
  router.go('/j/1234567890');
  expect(router.route.current.page).toBe('join');
  fake.back();
  expect(router.route.current.page).toBe('home');
});

test('replace forgets the page before', () => {
  const fake = fakeBrowser('/claim');
  new Router(fake.browser).go('/', { replace: true });
  expect(fake.entries.map((e) => e.path)).toEqual(['/']);
});

test('renaming keeps the page and a note for the reload', () => {
  const fake = fakeBrowser('/j/1234567890');
  const router = new Router(fake.browser);
  router.rename('/left', { code: 'ended' });
  expect(router.route.current.page).toBe('join');
  expect(router.note()).toEqual({ code: 'ended' });
  expect(fake.entries.map((e) => e.path)).toEqual(['/left']);
});
