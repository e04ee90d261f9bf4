import { expect, it } from 'vitest';
import { fileName } from './file-name';

it.each([
  ['plan.pdf', 'plan.pdf'],
  ['Grüße an alle.txt', 'Grüße an alle.txt'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\Users\\ada\\plan.pdf', 'plan.pdf'],
  ['photo\u202Egpj.exe', 'photogpj.exe'],
  ['a\nb\u0000\u0085.txt', 'ab.txt'],
  ['  plan.pdf ', 'plan.pdf'],
  ['..', 'file'],
  ['', 'file'],
  ['a/', 'file'],
  ['.config', '.config'],
  ['\ud800.txt', '\ufffd.txt'],
])('%j is %j', (name, want) => expect(fileName(name)).toBe(want));

it('cuts long names and keeps their ending', () => {
  const cut = fileName(`${'ä'.repeat(300)}.tar.gz`);
  expect(cut).toMatch(/^ä+\.gz$/u);
  expect(new TextEncoder().encode(cut).length).toBeLessThanOrEqual(255);
  expect(fileName(`a.${'x'.repeat(400)}`)).toBe(`a.${'x'.repeat(253)}`);
  expect(fileName('🎉'.repeat(100))).toBe('🎉'.repeat(63));
});
