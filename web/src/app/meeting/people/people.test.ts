import { expect, test } from 'vitest';
import type { ParticipantView, Role } from '../../../room/model';
import { fakePerson, fakeScreen } from '../fake-screen';
import { peopleOrder } from './order';
import { personActions } from './person-actions';
import { peerText } from './quality';

function actionsOf(role: Role, person: ParticipantView, spotlight = '') {
  const { screen, state } = fakeScreen();
  const self = { ...state.current.self, role, moderates: role !== 'participant' };
  const room = state.current.room;
  if (room) state.set({ ...state.current, room: { ...room, spotlight } });
  return personActions(person, self, screen).map((action) => action.id);
}

test.each<[string, Role, ParticipantView, string[]]>([
  ['a guest about another', 'participant', fakePerson('a'), ['chat']],
  ['a guest about the host', 'participant', fakePerson('a', { role: 'host' }), ['chat']],
  ['a guest about themselves', 'participant', fakePerson('me'), ['rename']],
  ['a co-host about a guest', 'cohost', fakePerson('a'), ['chat', 'mute', 'stopVideo', 'spotlight', 'remove']],
  ['a co-host about the host', 'cohost', fakePerson('a', { role: 'host' }), ['chat', 'spotlight']],
  ['a co-host about another co-host', 'cohost', fakePerson('a', { role: 'cohost' }), ['chat', 'mute', 'stopVideo', 'spotlight']],
  ['the host about a guest', 'host', fakePerson('a'), ['chat', 'mute', 'stopVideo', 'spotlight', 'cohost', 'transfer', 'remove']],
  ['the host about a co-host', 'host', fakePerson('a', { role: 'cohost' }), ['chat', 'mute', 'stopVideo', 'spotlight', 'uncohost', 'transfer', 'remove']],
  ['the host about themselves', 'host', fakePerson('me'), ['rename', 'spotlight']],
])('%s', (_name, role, person, want) => {
  expect(actionsOf(role, person)).toEqual(want);
});

test('what can be done follows what is live', () => {
  const live = { mic: false, camera: false, screen: true, screenAudio: false };
  expect(actionsOf('host', fakePerson('a', { live, hand: 3 }), 'a')).toEqual([
    'chat', 'askUnmute', 'stopScreen', 'lowerHand', 'unspotlight', 'cohost', 'transfer', 'remove',
  ]);
});

test('only removal is dangerous, and asks first', () => {
  const { screen, state, calls } = fakeScreen();
  const actions = personActions(fakePerson('a'), state.current.self, screen);
  expect(actions.filter((a) => a.danger).map((a) => a.id)).toEqual(['remove']);
  actions.find((a) => a.id === 'remove')?.run();
  expect(screen.ui.current.dialog).toEqual({ name: 'remove', id: 'a' });
  expect(calls).toEqual([]);
});

test('oneself, then hands by time, then those who moderate, then by name', () => {
  const list = [
    fakePerson('zoe'),
    fakePerson('ben', { hand: 20 }),
    fakePerson('ann', { role: 'host' }),
    fakePerson('cat', { hand: 10 }),
    fakePerson('me'),
    fakePerson('dan', { role: 'cohost' }),
    fakePerson('eve'),
  ];
  expect(peopleOrder(list).map((p) => p.id)).toEqual(['me', 'cat', 'ben', 'ann', 'dan', 'eve', 'zoe']);
});

test.each([
  [fakePerson('a', { quality: 1, qualityReason: 'lossUp' }), 'What they send gets lost'],
  [fakePerson('a', { quality: 2, qualityReason: 'roundTrip' }), 'Long delay'],
  [fakePerson('a', { quality: 2 }), 'Fair connection'],
  [fakePerson('a', { quality: 3 }), ''],
  [fakePerson('a', { quality: 0 }), ''],
  [fakePerson('a', { quality: 1, qualityReason: 'silent', disconnected: true }), ''],
])('tells those who moderate %#', (person, want) => expect(peerText(person)).toBe(want));
