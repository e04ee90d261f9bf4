import { describe, expect, it } from 'vitest';
import { videoKey } from '../media/bindings';
import type { VideoView } from './model';
import { joinedAs, participant } from './fake-socket';
import { enter } from './roster';
import { ParticipantViews, type OwnView } from './view';

const stream = (id: string) => ({ id }) as MediaStream;
const silent: OwnView = { live: { mic: false, camera: false, screen: false, screenAudio: false }, speaking: false, camera: null, screen: null };
const roster = (...changes: Parameters<typeof participant>[1][]) =>
  enter(joinedAs('me', { participants: [participant('me'), ...changes.map((change, i) => participant(`p${i}`, change))] }));
const none = new Map<string, VideoView>();

describe('ParticipantViews', () => {
  it('shows a video only while it is live', () => {
    const videos = new Map([[videoKey('p0', 'camera'), { stream: stream('s'), paused: true }]]);
    const views = new ParticipantViews();
    expect(views.build(roster({ live: { camera: true } }), videos, null, silent)[1]?.camera).toEqual({ stream: { id: 's' }, paused: true });
    expect(views.build(roster({ live: {} }), videos, null, silent)[1]?.camera).toEqual({ stream: null, paused: false });
  });

  it('shows the own side as it is here, not as the server last heard', () => {
    const own: OwnView = { ...silent, live: { ...silent.live, mic: true }, speaking: true, camera: stream('mine') };
    const view = new ParticipantViews().build(roster(), none, null, own)[0];
    expect(view).toMatchObject({ self: true, speaking: true, live: { mic: true, camera: false }, camera: { stream: { id: 'mine' } } });
  });

  it('lets nobody speak with a muted microphone', () => {
    const views = new ParticipantViews().build(roster({ speaking: true }, { speaking: true, live: { mic: true } }), none, null, silent);
    expect(views.map((view) => view.speaking)).toEqual([false, false, true]);
  });

  it('believes what is heard on this device before the server’s word', () => {
    const live = { mic: true };
    const views = (heard: string[]) => new ParticipantViews().build(roster({ speaking: true, live }), none, new Set(heard), silent);
    expect(views([])[1]?.speaking).toBe(false);
    const id = views([])[1]?.id ?? '';
    expect(views([id])[1]?.speaking).toBe(true);
  });

  it('keeps the identity of what did not change', () => {
    const views = new ParticipantViews();
    const first = views.build(roster({}, { quality: 1 }), none, null, silent);
    expect(views.build(roster({}, { quality: 1 }), none, null, silent)).toBe(first);
    const second = views.build(roster({}, { quality: 3 }), none, null, silent);
    expect(second).not.toBe(first);
    expect([second[1] === first[1], second[2] === first[2]]).toEqual([true, false]);
  });

  it.each([
    [0, 0],
    [3, 3],
    [9, 0],
    [-1, 0],
  ])('takes quality %i for %i', (given, want) => {
    expect(new ParticipantViews().build(roster({ quality: given }), none, null, silent)[1]?.quality).toBe(want);
  });

  it.each([
    [1, 'lossUp', 'lossUp'],
    [2, 'roundTrip', 'roundTrip'],
    [2, 'weather', ''],
    [2, undefined, ''],
    [3, 'lossUp', ''],
    [0, 'silent', ''],
  ])('takes for a quality of %i the reason %s as %s', (quality, given, want) => {
    const change = given === undefined ? { quality } : { quality, qualityReason: given };
    expect(new ParticipantViews().build(roster(change), none, null, silent)[1]?.qualityReason).toBe(want);
  });
});
