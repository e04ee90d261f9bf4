import { FluentResource } from '@fluent/bundle';
import { expect, test } from 'vitest';
import cases from '../../../core/shield/testdata/cases.json';
import english from './en.ftl?raw';
import { hasText, t } from './text';

const sources = import.meta.glob<string>(['../**/*.{ts,svelte}', '!../**/*.test.ts', '!../api/**'], { query: '?raw', import: 'default', eager: true });
const locales = import.meta.glob<string>('./*.ftl', { query: '?raw', import: 'default', eager: true });

const ids = new FluentResource(english).body.map((entry) => entry.id);
const code = Object.values(sources).join('\n');
const quoted = new Set([...code.matchAll(/(['"])([a-z][a-z-]*)\1/g)].map((match) => match[2]));
const shieldIds: string[] = cases.sentences;

test('every message is parsed: none is lost to a slip of syntax', () => {
  const written = [...english.matchAll(/^([a-z][a-z-]*) =/gm)].map((match) => match[1]);
  expect(ids).toEqual(written);
});

test('no message is defined twice', () => {
  expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
});

test('every message that the screens ask for exists', () => {
  const asked = [...code.matchAll(/\bt\(\s*'([^']+)'/g)].map((match) => match[1] ?? '');
  expect(asked.length).toBeGreaterThan(100);
  expect([...new Set(asked)].filter((id) => !hasText(id))).toEqual([]);
});

test('every sentence of the shield exists', () => {
  expect(shieldIds.filter((id) => !hasText(id))).toEqual([]);
});

test('no message is left over', () => {
  expect(ids.filter((id) => !quoted.has(id) && !shieldIds.includes(id))).toEqual([]);
});

test('every argument of a message is filled in', () => {
  const args = Object.fromEntries(['page', 'name', 'grade', 'title', 'number', 'count', 'time', 'word', 'emoji', 'text', 'label', 'pages', 'own', 'reported', 'named', 'names', 'more', 'waits', 'seconds', 'what', 'by', 'like', 'digits', 'epoch', 'size', 'most', 'share', 'why'].map((key) => [key, 1]));
  expect(ids.map((id) => t(id, args)).filter((text) => text.includes('{'))).toEqual([]);
});

test('the words are calm', () => {
  expect(english.split('\n').filter((line) => /!|\boops\b|\bsorry\b/i.test(line) && !line.startsWith('#'))).toEqual([]);
});

test('the other languages have the same messages', () => {
  for (const [file, source] of Object.entries(locales)) {
    const own = new FluentResource(source).body.map((entry) => entry.id);
    expect(new Set(own), file).toEqual(new Set(ids));
  }
});

test('a right-to-left name does not reorder its sentence', () => {
  expect(t('say-joined', { name: 'عمر' })).toBe('\u2068عمر\u2069 joined.');
  expect(t('say-joined', { name: 'Ada' })).toBe('Ada joined.');
});

test('an unknown id is shown as it is', () => {
  expect(t('no-such-id')).toBe('no-such-id');
});
