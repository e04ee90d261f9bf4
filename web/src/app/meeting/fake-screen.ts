import type { Devices, Meeting, MeetingState, ParticipantView } from '../../room/model';
import { Store } from '../../room/store';
import { PreferenceStore } from '../../settings/preferences';
import { Notices } from '../../ui/notices';
import { MeetingScreen } from './screen';

/** A participant for tests. */
export function fakePerson(id: string, change: Partial<ParticipantView> = {}): ParticipantView {
  return {
    id,
    name: id,
    role: 'participant',
    guest: false,
    self: id === 'me',
    joinedAt: 0,
    hand: null,
    live: { mic: true, camera: true, screen: false, screenAudio: false },
    speaking: false,
    disconnected: false,
    quality: 3,
    qualityReason: '',
    camera: { stream: null, paused: false },
    screen: { stream: null, paused: false },
    ...change,
  };
}

/**
 * A screen over a meeting that records what is asked of it: "mute a", "setMic true".
 * `fail` makes every action fail with that error.
 */
export function fakeScreen(change: Partial<MeetingState> = {}, fail?: Error) {
  const calls: string[] = [];
  const state = new Store({
    phase: { name: 'in' },
    self: { id: 'me', name: 'me', role: 'host', moderates: true, mic: { state: 'off' }, camera: { state: 'on' }, screen: { state: 'off' }, canShareScreen: true, speakingWhileMuted: false },
    participants: [fakePerson('me', { role: 'host' }), fakePerson('a')],
    room: { number: '1234567890', spotlight: '' },
    e2ee: null,
    ...change,
  } as unknown as MeetingState);
  const meeting = new Proxy({ state } as unknown as Meeting, {
    get: (target, name) =>
      name in target
        ? target[name as keyof Meeting]
        : (...args: unknown[]) => {
            calls.push([name, ...args.map((arg) => (typeof arg === 'object' ? JSON.stringify(arg) : String(arg)))].join(' '));
            return fail ? Promise.reject(fail) : Promise.resolve();
          },
  });
  const preferences = new PreferenceStore({ getItem: () => null, setItem: () => {} });
  const notices = new Notices();
  const screen = new MeetingScreen(meeting, {} as Devices, preferences, notices, 'https://meet.example');
  return { screen, calls, state, notices, preferences };
}
