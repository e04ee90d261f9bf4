import { expect, test } from 'vitest';
import type { ChatMessage } from '../../../room/model';
import { continues } from './lines';
import { linkify, type Piece } from './linkify';

test.each<[string, Piece[]]>([
  ['no link', [{ text: 'no link' }]],
  ['', []],
  ['see https://a.example/x.', [{ text: 'see ' }, { text: 'https://a.example/x', href: 'https://a.example/x' }, { text: '.' }]],
  ['(https://a.example)', [{ text: '(' }, { text: 'https://a.example', href: 'https://a.example/' }, { text: ')' }]],
  ['https://a.example/x_(y)', [{ text: 'https://a.example/x_(y)', href: 'https://a.example/x_(y)' }]],
  ['https://a.example/?q=1&r=<b>', [{ text: 'https://a.example/?q=1&r=', href: 'https://a.example/?q=1&r=' }, { text: '<b>' }]],
  ['javascript:alert(1)', [{ text: 'javascript:alert(1)' }]],
  ['data:text/html,x', [{ text: 'data:text/html,x' }]],
  ['http://', [{ text: 'http://' }]],
  // An address that hides where it goes stays text.
  ['https://bank.example@evil.example', [{ text: 'https://bank.example@evil.example' }]],
])('%s', (text, want) => {
  expect(linkify(text)).toEqual(want);
});

test('no character is lost or added', () => {
  const text = 'a https://x.example, b (http://y.example/z) c';
  expect(linkify(text).map((piece) => piece.text).join('')).toBe(text);
});

test('messages of one person within minutes share a heading', () => {
  const first: ChatMessage = { key: '1', from: 'a', name: 'A', to: '', toName: '', own: false, at: 0, text: '', file: null, sealed: false };
  const next = (change: Partial<ChatMessage>) => continues({ ...first, at: 60_000, ...change }, first);
  expect(next({})).toBe(true);
  expect(next({ at: 200_000 })).toBe(false);
  expect(next({ from: 'b' })).toBe(false);
  expect(next({ to: 'b' })).toBe(false);
  expect(next({ name: 'Renamed' })).toBe(false);
  expect(next({ sealed: true })).toBe(false);
  expect(continues(first, undefined)).toBe(false);
  expect(continues(first, { key: 't', turn: 'on', at: 0, name: '', own: false })).toBe(false);
});
