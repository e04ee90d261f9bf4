import type { E2EEPerson, E2EEStop, E2EEView, MeetingState, ParticipantView, SecurityCode } from '../src/room/model';
import type { GroupFacts } from '../src/shield/group';
import { scene } from './fake-meeting';
import { fakeShield } from './fake-shield';
import { people, start } from './people';

const emoji = [
  ['🐢', 'Turtle'], ['🌻', 'Sunflower'], ['🎈', 'Balloon'], ['🔑', 'Key'], ['🦊', 'Fox'], ['⛵', 'Sailboat'], ['🍋', 'Lemon'], ['🧭', 'Compass'],
] as const;

function code(shift: number): SecurityCode {
  const digits = ['48213', '90574', '16632', '77018', '25469', '03851'];
  const turned = <T>(list: readonly T[]) => list.map((_, i) => list[(i + shift) % list.length] as T);
  return { digits: turned(digits), emoji: turned(emoji).map(([char, name]) => ({ char, name })) };
}

/** A member of the group as the participant of a story. */
export function member(participant: Pick<ParticipantView, 'id' | 'name' | 'self' | 'role'>, change: Partial<E2EEPerson> = {}): E2EEPerson {
  return {
    participant: participant.id,
    name: participant.name,
    self: participant.self,
    host: participant.role !== 'participant',
    verified: 'link',
    marked: false,
    markedAs: '',
    remembered: true,
    device: ['7f3a', '91c0', 'e4d2', '08b7', '5c61', 'aa1e', '3390', 'd6f4'],
    digits: [],
    inTree: true,
    signalled: true,
    answering: true,
    flipped: true,
    notice: null,
    ...change,
  };
}

/** A group of a story's participants; `members` changes some of them by index. */
export function fakeGroup(participants: readonly ParticipantView[], change: Partial<E2EEView> = {}, members: Record<number, Partial<E2EEPerson>> = {}): E2EEView {
  return {
    mode: 'on',
    by: participants[0]?.name ?? '',
    phase: 'in',
    suite: 'MLS_256_MLKEM768X25519_AES256GCM_SHA384_Ed25519',
    epoch: 12,
    code: code(0),
    earlier: [{ epoch: 11, code: code(3) }],
    hostAnswered: true,
    people: participants.map((p, i) => member(p, members[i])),
    waiting: [],
    digits: [],
    stopped: false,
    canSwitch: true,
    whyNot: null,
    required: false,
    host: participants[0]?.role !== 'participant',
    hostLink: true,
    rules: { required: false, admit: 'hosts', takeover: false, offerToEnd: false },
    hasLink: true,
    offer: null,
    ...change,
  };
}

/** What the shield takes from a group. */
export function groupFacts(e2ee: E2EEView, change: Partial<GroupFacts> = {}): GroupFacts {
  return {
    mode: e2ee.mode,
    phase: e2ee.phase,
    since: start,
    worker: 'ok',
    doubts: [],
    people: e2ee.people.map((p) => ({ ...p, notice: p.notice?.kind ?? '', since: start })),
    ...change,
  };
}

/** What a story says of a meeting with a group. */
export interface Sealed {
  list?: ParticipantView[];
  e2ee?: Partial<E2EEView>;
  members?: Record<number, Partial<E2EEPerson>>;
  facts?: Partial<GroupFacts>;
  state?: Partial<MeetingState>;
}

/** The state of a meeting with a group, its shield computed from it. */
export function sealed({ list = people(5), e2ee = {}, members = {}, facts = {}, state = {} }: Sealed = {}): MeetingState {
  const group = fakeGroup(list, e2ee, members);
  return scene({ e2ee: group, shield: fakeShield(list, { group: groupFacts(group, facts) }), ...state }, list);
}

/** What would end, of every kind. */
export const stops: E2EEStop[] = [
  { kind: 'phone', name: '+49 30 ••• 12', since: start },
  { kind: 'phone', name: '+44 20 ••• 88', since: start },
  { kind: 'sip', name: 'Meeting room 4.12', since: start },
  { kind: 'recording', name: 'Ada Lovelace', since: start },
  { kind: 'stream', name: 'youtube.com', since: start },
  { kind: 'participant', name: 'Alan Turing', since: start },
];
