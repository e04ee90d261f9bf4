import type { Meeting as OwnMeeting } from '../src/api/wire';
import type { ChatMessage } from '../src/room/model';
import { encryptionStories } from './encryption';
import { fileStories } from './files';
import { fakeDevices } from './fake-devices';
import { scene } from './fake-meeting';
import { fakeShield } from './fake-shield';
import { networkStories } from './network';
import { people, start } from './people';
import { screenPicture } from './picture';
import { app, meeting, type Story } from './story';

const owner = { id: 'u1', name: 'Ada Lovelace', role: 'owner' };
const settings = { lobby: false, locked: false, passcode: '', joinBeforeHost: true, takeover: false };

function own(number: string, title: string): OwnMeeting {
  return { id: number, number, title, settings, createdAt: '2026-11-20T09:30:00Z', path: `/j/${number}` };
}

function message(i: number, change: Partial<ChatMessage>): ChatMessage {
  return { key: `k${i}`, from: 'p1', name: 'Grace Hopper', to: '', toName: '', own: false, at: start + i * 61_000, text: '', file: null, sealed: false, ...change };
}

const chat: ChatMessage[] = [
  message(0, { text: 'Good morning. The draft is at https://example.org/plan?v=3, comments are welcome.' }),
  message(1, { text: 'Page 4 is new.' }),
  message(5, { from: 'p0', name: 'Ada Lovelace', own: true, text: 'Thank you, I will read it during the break.\nTwo questions already:\n1. Who signs?\n2. When?' }),
  message(6, { from: 'p2', name: 'Katherine Johnson', to: 'p0', toName: 'Ada Lovelace', text: 'Can we talk after the meeting?' }),
  message(7, { from: 'p0', name: 'Ada Lovelace', own: true, to: 'p2', toName: 'Katherine Johnson', text: 'Of course.' }),
];

const sharing = () => {
  const list = people(6, { 2: { speaking: true, live: { mic: true, camera: false, screen: true, screenAudio: false }, screen: { stream: screenPicture(), paused: false } } });
  return scene({}, list);
};

const busy = () =>
  people(5, {
    1: { speaking: true, live: { mic: true, camera: true, screen: false, screenAudio: false } },
    2: { hand: start + 5000, quality: 1 },
    3: { role: 'cohost', quality: 2 },
    4: { disconnected: true, quality: 0 },
  });

const waiting = [
  { id: 'w1', name: 'Joan Clarke', guest: true, since: start },
  { id: 'w2', name: 'Maximiliane Friederike von Hohenlohe', guest: true, since: start },
];

const closed = (code: string, canRejoin: boolean) => meeting(() => scene({ phase: { name: 'closed', code, message: '', canRejoin } }));

/** Every screen by name. */
export const stories: Record<string, Story> = {
  'home-guest': app({}),
  'home-unclaimed': app({ info: { claimed: false } }),
  'home-owner': app({ info: { user: owner }, meetings: [own('1234567890', 'Weekly planning'), own('9876543210', 'Interview with a candidate for the position of a senior engineer')] }),
  'home-empty': app({ info: { user: owner, localCA: false } }),
  claim: app({ path: '/claim', info: { claimed: false } }),
  signin: app({ path: '/signin' }),
  'not-found': app({ path: '/nowhere' }),
  prejoin: app({ path: '/j/1234567890', name: 'Ada Lovelace' }),
  'prejoin-passcode': app({ path: '/j/1234567890', about: { passcodeRequired: true, lobby: true } }),
  'prejoin-denied': app({
    path: '/j/1234567890',
    devices: () => fakeDevices({ preview: null, micTrack: { state: 'failed', reason: 'denied' }, cameraTrack: { state: 'failed', reason: 'denied' }, mics: [], cameras: [], speakers: [] }, true),
  }),
  lobby: meeting(() => scene({ phase: { name: 'lobby', title: 'Weekly planning', reason: 'lobby' } })),
  passcode: meeting(() => scene({ phase: { name: 'passcode', wrong: true } })),
  left: closed('left', true),
  ended: closed('ended', false),
  removed: closed('removed', true),
  'meeting-1': meeting(() => scene({}, people(1))),
  'meeting-2': meeting(() => scene({}, people(2))),
  'meeting-3': meeting(() => scene({}, people(3))),
  'meeting-5': meeting(() => scene({}, busy())),
  'meeting-12': meeting(() => scene({}, people(12))),
  'meeting-49': meeting(() => scene({}, people(49))),
  'meeting-speaker': meeting(() => scene({}, people(8)), { mode: 'speaker' }),
  'meeting-screen': meeting(sharing),
  'meeting-chat': meeting(() => scene({ chat: { messages: chat, unread: 0 } }, busy()), { panel: 'chat' }),
  'meeting-people': meeting(() => scene({ waiting }, busy()), { panel: 'people' }),
  'meeting-guest': meeting(() => scene({}, people(4, { 0: { role: 'participant', guest: true }, 1: { role: 'host', guest: false } })), { panel: 'people' }),
  'meeting-banners': meeting(() => {
    const state = scene({ audioBlocked: true, connection: { signalling: 'lost', media: 'interrupted', lostAt: 1, seatEndsAt: 2 } }, busy());
    return { ...state, shield: fakeShield(state.participants, { connected: false }), self: { ...state.self, speakingWhileMuted: true, mic: { state: 'off' } } };
  }),
  'meeting-notices': meeting(() => scene({ waiting, chat: { messages: chat, unread: 3 } }), {}, [
    { type: 'knock', id: 'w1', name: 'Joan Clarke' },
    { type: 'askedToUnmute', by: 'p1', byName: 'Grace Hopper' },
    { type: 'chat', message: message(9, { text: 'Shall we begin?' }) },
    { type: 'reaction', participant: 'p1', name: 'Grace Hopper', emoji: '👏', own: false },
    { type: 'reaction', participant: 'p2', name: 'Katherine Johnson', emoji: '🎉', own: false },
  ]),
  'meeting-weak': meeting(() => {
    const list = people(5);
    return scene({ shield: fakeShield(list, { weak: 2 }) }, list);
  }),
  'meeting-doubt': meeting(() => {
    const list = people(5);
    return scene({ shield: fakeShield(list, { weak: 2, connected: false }), connection: { signalling: 'lost', media: 'up', lostAt: 1, seatEndsAt: 2 } }, list);
  }),
  'dialog-settings': meeting(() => scene(), { dialog: { name: 'settings' } }),
  'dialog-meeting': meeting(() => scene(), { dialog: { name: 'meeting' } }),
  'dialog-shortcuts': meeting(() => scene(), { dialog: { name: 'shortcuts' } }),
  'dialog-rename': meeting(() => scene(), { dialog: { name: 'rename' } }),
  'dialog-remove': meeting(() => scene(), { dialog: { name: 'remove', id: 'p2' } }),
  'dialog-end': meeting(() => scene(), { dialog: { name: 'endAll' } }),
  ...encryptionStories,
  ...fileStories,
  ...networkStories,
};
