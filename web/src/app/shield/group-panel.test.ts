import { expect, test } from 'vitest';
import type { E2EEPerson, E2EEView, Membership } from '../../room/model';
import { codeText, groupCell, groupFacts, verifiedText } from './group-panel';
import { gradeText, sentenceText } from './words';

function member(change: Partial<E2EEPerson> = {}): E2EEPerson {
  return {
    participant: 'a', name: 'Ann', self: false, host: false, verified: 'link', marked: false, markedAs: '', remembered: false, device: [], digits: [],
    inTree: true, signalled: true, answering: true, flipped: true, notice: null, ...change,
  };
}

test.each<[Membership, Partial<E2EEPerson>, E2EEView['mode'], boolean, string, string]>([
  ['member', {}, 'on', true, 'End-to-end encrypted', 'strong'],
  ['member', {}, 'turningOn', true, 'Ready', 'unconfirmed'],
  ['member', { flipped: false }, 'turningOn', true, 'Switching…', 'unconfirmed'],
  ['member', { flipped: false }, 'on', true, 'Switching…', 'unconfirmed'],
  ['member', {}, 'turningOff', true, 'Switching…', 'unconfirmed'],
  ['member', {}, 'on', false, 'Not confirmed', 'unconfirmed'],
  ['silent', {}, 'on', true, 'Not answering', 'weaker'],
  ['unverified', {}, 'on', true, 'Not verified', 'weaker'],
  ['unannounced', {}, 'on', true, 'Not announced by the server', 'weaker'],
  ['outside', {}, 'on', true, 'Not end-to-end encrypted', 'weaker'],
  ['outside', {}, 'on', false, 'Not end-to-end encrypted', 'unconfirmed'],
])('%s %j while %s, confirmed %s: %s', (place, person, mode, confirmed, text, tone) => {
  expect(groupCell(place, member(person), mode, confirmed)).toEqual({ text, tone });
});

test('green needs a person who has flipped', () => {
  expect(groupCell('member', undefined, 'on', true).tone).toBe('unconfirmed');
});

test.each<[Partial<E2EEPerson>, string]>([
  [{}, 'Had the link'],
  [{ verified: 'confirmed' }, 'Confirmed by a host'],
  [{ marked: true }, 'Verified by you'],
  [{ verified: 'unverified', marked: true }, 'Not verified'],
  [{ inTree: false }, ''],
  [{ marked: true, markedAs: 'Bob' }, 'Verified by you as Bob'],
  [{ notice: { kind: 'newKey' } }, 'Another device than before'],
  [{ notice: { kind: 'confusable', like: 'Bob' } }, 'Looks like Bob, another device'],
])('verified %j: %s', (person, want) => {
  expect(verifiedText(member(person))).toBe(want);
});

test('the details name suite, keys and who answered', () => {
  const view = { mode: 'off', suite: 'X-Wing', epoch: 7, hostAnswered: true } as E2EEView;
  expect(groupFacts(view).map((fact) => fact.value)).toEqual(['X-Wing', '7', 'Yes']);
  expect(groupFacts({ ...view, hostAnswered: false }).at(-1)?.value).toBe('Not yet');
  expect(groupFacts({ ...view, hostAnswered: null }).map((fact) => fact.id)).toEqual(['suite', 'epoch']);
  expect(groupFacts({ ...view, mode: 'on' }).at(-1)?.value).toBe('This device, by itself. The server is told only while more than 10 people are unmuted.');
});

test('the code is copied as it is read', () => {
  expect(codeText(['48213', '90574'])).toBe('48213 90574');
});

test.each<[string, Record<string, string | number>, string]>([
  ['shield-lock', {}, 'Only the people listed here can hear, see and read this. The server cannot.'],
  ['shield-changing-on', { names: 'Ann, Bob', more: 0 }, 'End-to-end encryption is being turned on. Waiting for: Ann, Bob.'],
  ['shield-changing-on', { names: 'Ann, Bob', more: 3 }, 'End-to-end encryption is being turned on. Waiting for: Ann, Bob and 3 more.'],
  ['shield-changing-on', { names: '', more: 0 }, 'End-to-end encryption is being turned on. This takes a moment.'],
  ['shield-changing-off', {}, 'End-to-end encryption is being turned off. This takes a moment.'],
  ['shield-doubt-silent', { name: 'Ann', seconds: 40 }, 'Ann has not confirmed for 40 s. Wait a moment; if it stays so, compare the security code with Ann.'],
  ['shield-doubt-disagree', { name: '' }, 'Devices in this meeting do not agree on who takes part. Compare the security code.'],
  ['shield-exclamation-device', { count: 1 }, '1 person is here with a device that this one does not know by that name. See Exceptions.'],
  ['shield-exclamation-unverified', { count: 1 }, '1 person joined without the link and is not verified yet. See Exceptions.'],
])('%s %j', (id, args, want) => {
  expect(sentenceText({ id, args })).toBe(want);
});

test('exceptions of the group have words', () => {
  expect(gradeText('outside')).toBe('Not end-to-end encrypted, gets no keys');
  expect(gradeText('unverified')).toBe('Joined without the link, not verified');
});
