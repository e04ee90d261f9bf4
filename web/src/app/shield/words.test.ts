import { expect, test } from 'vitest';
import type { Grade, ShieldRow } from '../../room/model';
import { gradeCell, sentenceText, sortRows, sourceText, valueText } from './words';

function row(name: string, grade: Grade): ShieldRow {
  return { participant: name, name, self: false, kind: 'web', client: '', since: 0, grade, signalling: { version: '', suite: '' }, media: null, source: 'server' };
}

test('rows sort by name, or the worst first', () => {
  const rows = [row('Cleo', 'strong'), row('Ann', 'strong'), row('Bob', 'weaker'), row('Dan', 'unknown')];
  expect(sortRows(rows, 'name').map((r) => r.name)).toEqual(['Ann', 'Bob', 'Cleo', 'Dan']);
  expect(sortRows(rows, 'grade').map((r) => r.name)).toEqual(['Dan', 'Bob', 'Ann', 'Cleo']);
});

test.each<[string, Record<string, string | number>, string]>([
  ['shield-exclamation', { count: 1 }, '1 connection is weaker than the rest. See Exceptions.'],
  ['shield-exclamation', { count: 3 }, '3 connections are weaker than the rest. See Exceptions.'],
  ['shield-doubt-missing', { name: '' }, 'The server has not said how you are connected. Wait a moment; if it stays so, leave and join again.'],
  ['shield-doubt-missing', { name: 'Ann' }, 'The server has not said how Ann is connected. Wait a moment; if it stays so, ask Ann to join again.'],
])('%s %j', (id, args, want) => {
  expect(sentenceText({ id, args })).toBe(want);
});

test('suites keep their names, the own stage is said in words', () => {
  expect(valueText('media.srtp', 'SRTP_AEAD_AES_256_GCM')).toBe('SRTP_AEAD_AES_256_GCM');
  expect(valueText('transforms', 'ok')).toBe('Running');
  expect(valueText('media.srtp', null)).toBe('');
});

test.each<[Grade, boolean, string, string]>([
  ['strong', true, 'Encrypted', 'strong'],
  ['weaker', true, 'Weaker encryption', 'weaker'],
  ['strong', false, 'Last reported: Encrypted', 'unconfirmed'],
  ['weaker', false, 'Last reported: Weaker encryption', 'unconfirmed'],
  ['unknown', false, 'Last reported: Unknown encryption', 'unconfirmed'],
  ['pending', false, 'Not known yet', 'unconfirmed'],
])('grade %s, confirmed %s: %s', (grade, confirmed, text, tone) => {
  expect(gradeCell(grade, confirmed)).toEqual({ text, tone });
});

test('in doubt nobody vouches for a row', () => {
  expect(sourceText('self', true)).toBe('Checked by this device');
  expect(sourceText('server', true)).toBe('Reported by the server');
  expect(sourceText('self', false)).toBe('Not confirmed');
  expect(sourceText('server', false)).toBe('Not confirmed');
});
