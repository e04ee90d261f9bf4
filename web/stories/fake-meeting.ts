import type { ChatMessage, E2EEPerson, E2EEStop, E2EEView, Meeting, MeetingEvent, MeetingState, NetworkView, ParticipantView } from '../src/room/model';
import { Store } from '../src/room/store';
import { fakeFiles } from './fake-files';
import { fakeShield } from './fake-shield';
import { goodNetwork } from './fake-network';
import { people, start } from './people';

/** A meeting's state with some parts replaced. */
export function scene(change: Partial<MeetingState> = {}, participants: ParticipantView[] = people(5)): MeetingState {
  const self = participants[0];
  return {
    phase: { name: 'in' },
    connection: { signalling: 'up', media: 'up', lostAt: null, seatEndsAt: null },
    missing: [],
    room: {
      id: 'r1',
      number: '1234567890',
      title: 'Weekly planning',
      startedAt: start,
      settings: { lobby: false, locked: false, passcode: '', joinBeforeHost: true, takeover: false },
      spotlight: '',
    },
    self: {
      id: 'p0',
      name: self?.name ?? '',
      role: self?.role ?? 'host',
      moderates: self?.role !== 'participant',
      mic: { state: self?.live.mic ? 'on' : 'off' },
      camera: { state: self?.live.camera ? 'on' : 'off' },
      screen: { state: 'off' },
      canShareScreen: true,
      speakingWhileMuted: false,
    },
    participants,
    activeSpeaker: participants[1]?.id ?? '',
    waiting: [],
    chat: { messages: [], unread: 0 },
    files: { sending: [], fetching: new Map() },
    audioBlocked: false,
    videoSlots: 16,
    shield: fakeShield(participants),
    e2ee: null,
    ...change,
  };
}

export type FakeMeeting = Meeting & { tell: (event: MeetingEvent) => void; store: Store<MeetingState> };

/** A meeting that only changes its own state, enough to click through the screens. */
export function fakeMeeting(first: MeetingState, stops: E2EEStop[] = [], network: NetworkView = goodNetwork): FakeMeeting {
  const store = new Store(first);
  const listeners = new Set<(event: MeetingEvent) => void>();
  const tell = (event: MeetingEvent) => listeners.forEach((run) => run(event));
  const patch = (part: Partial<MeetingState>) => store.update((old) => ({ ...old, ...part }));
  const own = (change: Partial<MeetingState['self']>) => patch({ self: { ...store.current.self, ...change } });
  const group = (change: Partial<E2EEView>) => store.current.e2ee && patch({ e2ee: { ...store.current.e2ee, ...change } });
  const person = (id: string, change: Partial<E2EEPerson>) =>
    group({ people: (store.current.e2ee?.people ?? []).map((p) => (p.participant === id ? { ...p, ...change } : p)) });
  const nothing = async () => {};
  const closed = (code: string) => patch({ phase: { name: 'closed', code, message: '', canRejoin: code === 'left' } });
  return {
    state: store,
    network: new Store(network),
    store,
    tell,
    onEvent: (run) => {
      listeners.add(run);
      return () => listeners.delete(run);
    },
    join: nothing,
    retryWithPasscode: nothing,
    rejoin: async () => patch({ phase: { name: 'in' } }),
    leave: async () => closed('left'),
    close: () => {},
    setMic: async (on) => own({ mic: { state: on ? 'on' : 'off' } }),
    setCamera: async (on) => own({ camera: { state: on ? 'on' : 'off' } }),
    startScreen: async () => own({ screen: { state: 'on' } }),
    stopScreen: async () => own({ screen: { state: 'off' } }),
    setDevices: nothing,
    unblockAudio: async () => patch({ audioBlocked: false }),
    setWants: () => {},
    sendChat: async (text, to = '') => {
      const { chat, self, participants } = store.current;
      const toName = participants.find((p) => p.id === to)?.name ?? '';
      const message: ChatMessage = { key: `own${chat.messages.length}`, from: self.id, name: self.name, to, toName, own: true, at: Date.now(), text, file: null, sealed: store.current.e2ee?.mode === 'on' };
      patch({ chat: { ...chat, messages: [...chat.messages, message] } });
    },
    files: fakeFiles(patch, store),
    setChatOpen: (open) => open && patch({ chat: { ...store.current.chat, unread: 0 } }),
    react: async (emoji) => tell({ type: 'reaction', participant: 'p0', name: store.current.self.name, emoji, own: true }),
    raiseHand: nothing,
    rename: async (name) => own({ name }),
    admit: async (id) => patch({ waiting: store.current.waiting.filter((w) => id !== undefined && w.id !== id) }),
    deny: async (id) => patch({ waiting: store.current.waiting.filter((w) => id !== undefined && w.id !== id) }),
    mute: nothing,
    muteAll: nothing,
    askUnmute: nothing,
    stopVideo: nothing,
    stopScreenOf: nothing,
    lowerHand: nothing,
    remove: nothing,
    setRole: nothing,
    transferHost: nothing,
    updateSettings: async (change) => {
      const { room } = store.current;
      if (room) patch({ room: { ...room, settings: { ...room.settings, ...change } } });
    },
    spotlight: nothing,
    endForAll: async () => closed('ended'),
    previewE2EE: async () => stops,
    setE2EE: async (on) => {
      group({ mode: on ? 'on' : 'off' });
      tell({ type: on ? 'e2eeOn' : 'e2eeOff', name: store.current.self.name, own: true });
    },
    confirmPerson: async (id) => void person(id, { verified: 'confirmed', digits: [] }),
    markVerified: async (id, marked) => void person(id, { marked }),
    rememberPerson: async (id) => void person(id, { notice: null, remembered: true }),
    knownPeople: async () =>
      (store.current.e2ee?.people ?? []).filter((p) => p.remembered && !p.self).map(({ name, device, marked, participant }) => ({ name, device, verified: marked, key: participant })),
    forgetPerson: async (key) => void person(key, { remembered: false, marked: false }),
    setRules: async (rules) => {
      const { e2ee } = store.current;
      if (e2ee) group({ rules: { ...e2ee.rules, ...rules }, required: rules.required ?? e2ee.required });
    },
    hostLink: async () => (store.current.e2ee?.hostLink ? 'https://meet.example.org/j/1234567890#1.c2VjcmV0.cm9vdA.h.c2VlZA' : ''),
    confirmCode: nothing,
    answerOffer: async () => void group({ offer: null }),
    inviteLink: async () => {
      const secret = store.current.e2ee?.hasLink ?? false;
      return { url: `https://meet.example.org/j/1234567890${secret ? '#1.c2VjcmV0.cm9vdA' : ''}`, secret };
    },
  };
}
