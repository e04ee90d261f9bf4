import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CLIENT } from './client';
import { backoff, instant } from './clock';

describe('backoff', () => {
  it.each([
    [0, 0, 225],
    [0, 1, 375],
    [1, 0.5, 600],
    [4, 0.5, 4800],
    [5, 0.5, 5000],
    [1000, 1, 6250],
  ])('try %i with chance %f waits %i ms', (attempt, chance, want) => {
    expect(backoff(attempt, () => chance)).toBe(want);
  });
});

describe('instant', () => {
  it('reads RFC 3339 with nanoseconds', () => expect(instant('2026-11-22T10:00:00.123456789Z')).toBe(1795341600123));
  it('takes anything else for no time', () => expect(instant('soon')).toBe(0));
});

it('names the version of package.json', () => {
  const file = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  expect(CLIENT).toBe(`roundel-web ${file.version}`);
});
