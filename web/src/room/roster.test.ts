import { describe, expect, it } from 'vitest';
import type { AnyEvent, EventBody, EventType } from '../api/wire';
import { joinedAs, participant } from './fake-socket';
import { apply, enter, isCrowd, nameOf } from './roster';

const start = enter(
  joinedAs('me', {
    participants: [
      participant('late', { joinedAt: '2026-11-22T10:05:00Z' }),
      participant('me', { joinedAt: '2026-11-22T10:01:00Z' }),
      participant('ben', { role: 'host', hand: null }),
    ],
  }),
);

function event<T extends EventType>(type: T, body: EventBody<T>): AnyEvent {
  return { seq: 1, type, body } as AnyEvent;
}

const ids = (roster: typeof start) => [...roster.participants.keys()];

describe('roster', () => {
  it.each([[0, false], [10, false], [11, true]])('the server has to know who speaks of %d unmuted: %s', (unmuted, crowd) => {
    const participants = Array.from({ length: 14 }, (_, i) => participant(`p${i}`, { live: { mic: i < unmuted } as never }));
    expect([isCrowd(enter(joinedAs('p0', { participants }))), isCrowd(null)]).toEqual([crowd, false]);
  });

  it('is in the order of joining', () => expect(ids(start)).toEqual(['ben', 'me', 'late']));

  it('adds who joins where they belong', () => {
    const { roster, events } = apply(start, event('participant.joined', { participant: participant('eve', { joinedAt: '2026-11-22T10:02:00Z' }) }));
    expect(ids(roster)).toEqual(['ben', 'me', 'eve', 'late']);
    expect(events).toEqual([{ type: 'joined', participant: 'eve', name: 'EVE' }]);
    expect(ids(start)).toEqual(['ben', 'me', 'late']);
  });

  it('takes who speaks, but not of somebody who is gone', () => {
    const { roster, events } = apply(start, event('participant.speaking', { id: 'late', speaking: true }));
    expect([roster.participants.get('late')?.speaking, start.participants.get('late')?.speaking, events]).toEqual([true, false, []]);
    expect(apply(start, event('participant.speaking', { id: 'nobody', speaking: true })).roster).toBe(start);
  });

  it('takes all bindings, or those that changed', () => {
    const line = (mid: string, participant: string) => ({ mid, participant, kind: 'camera', paused: false }) as const;
    const slots = (before: typeof start, body: EventBody<'media.slots'>) => apply(before, event('media.slots', body)).roster;
    const all = slots(start, { slots: [line('1', 'ben'), line('2', 'late')] });
    const some = slots(all, { slots: [line('2', 'eve'), line('1', ''), line('3', 'late')], partial: true });
    expect(some.slots).toEqual([line('2', 'eve'), line('3', 'late')]);
    expect(slots(some, { slots: [] }).slots).toEqual([]);
  });

  it('takes a repeated joining for a change', () => {
    const { roster, events } = apply(start, event('participant.joined', { participant: participant('ben', { role: 'host', name: 'Ben' }) }));
    expect(nameOf(roster, 'ben')).toBe('Ben');
    expect(events).toEqual([]);
  });

  it.each([
    ['a raised hand', { hand: '2026-11-22T10:06:00Z' }, [{ type: 'handRaised', participant: 'late', name: 'LATE' }]],
    ['a new role', { role: 'cohost' }, [{ type: 'roleChanged', participant: 'late', name: 'LATE', role: 'cohost', own: false }]],
    ['a new host', { role: 'host' }, [{ type: 'hostChanged', participant: 'late', name: 'LATE', own: false }]],
    ['a shared screen', { live: { screen: true } }, [{ type: 'screenStarted', participant: 'late', name: 'LATE' }]],
    ['speech', { speaking: true }, []],
  ] as const)('tells %s', (_, change, want) => {
    const next = participant('late', { joinedAt: '2026-11-22T10:05:00Z', ...(change as object) });
    expect(apply(start, event('participant.changed', { participant: next })).events).toEqual(want);
  });

  it('does not tell a person of the own hand or screen', () => {
    const next = participant('me', { hand: '2026-11-22T10:06:00Z', live: { screen: true } });
    expect(apply(start, event('participant.changed', { participant: next })).events).toEqual([]);
  });

  it.each([
    ['removed', 'removed'],
    ['lost', 'lost'],
    ['left', 'left'],
    ['something new', 'left'],
  ])('drops who %s', (reason, want) => {
    const { roster, events } = apply(start, event('participant.left', { id: 'late', reason }));
    expect(ids(roster)).toEqual(['ben', 'me']);
    expect(events).toEqual([{ type: 'left', participant: 'late', name: 'LATE', reason: want }]);
  });

  it('puts new facts on a leg', () => {
    const leg = { ...participant('ben').leg, media: null };
    const { roster } = apply(start, event('leg.changed', { id: 'ben', leg }));
    expect(roster.participants.get('ben')?.leg.media).toBeNull();
    expect(roster.participants.get('ben')?.role).toBe('host');
  });

  it('tells changed settings but not a changed title', () => {
    const titled = apply(start, event('room.changed', { room: { ...start.room, title: 'Other' } }));
    expect([titled.roster.room.title, titled.events]).toEqual(['Other', []]);
    const settings = { ...start.room.settings, locked: true };
    expect(apply(start, event('room.changed', { room: { ...start.room, settings } })).events).toEqual([{ type: 'settingsChanged', settings }]);
  });

  it('tells only of those who are new in the lobby', () => {
    const waiting = (id: string) => ({ id, name: id, guest: true, since: '2026-11-22T10:00:00Z' });
    const one = apply(start, event('lobby.changed', { waiting: [waiting('x')] })).roster;
    const two = apply(one, event('lobby.changed', { waiting: [waiting('x'), waiting('y')] }));
    expect(two.events).toEqual([{ type: 'knock', id: 'y', name: 'y' }]);
  });

  it.each([
    ['a leg of nobody', event('leg.changed', { id: 'nobody', leg: participant('x').leg })],
    ['a leaving of nobody', event('participant.left', { id: 'nobody', reason: 'left' })],
    ['an event from a later version', { seq: 1, type: 'something.new', body: {} } as unknown as AnyEvent],
  ])('is unchanged by %s', (_, odd) => {
    expect(apply(start, odd)).toEqual({ roster: start, events: [] });
  });
});
