import type { AnyEvent, Binding, Joined, Kind, Participant, ParticipantLeft, Room, Slots, Waiting } from '../api/wire';
import { AUDIO_SLOTS } from '../media/peer';
import { instant } from './clock';
import type { MeetingEvent } from './model';

/** The meeting as the server told it last. Never changed in place. */
export interface Roster {
  readonly self: string;
  readonly room: Room;
  /** by id, in the order of joining */
  readonly participants: ReadonlyMap<string, Participant>;
  readonly waiting: readonly Waiting[];
  readonly slots: readonly Binding[];
}

/** What an event made of the roster, and what a person may want to hear of it. */
export interface Change {
  roster: Roster;
  events: MeetingEvent[];
}

/** The roster at the moment of entry. */
export function enter(joined: Joined): Roster {
  return {
    self: joined.self,
    room: joined.room,
    participants: ordered(joined.participants),
    waiting: joined.waiting,
    slots: joined.slots,
  };
}

/** Applies one event of the server. Pure; an event that changes nothing returns the same roster. */
export function apply(roster: Roster, event: AnyEvent): Change {
  switch (event.type) {
    case 'participant.joined':
    case 'participant.changed':
      return put(roster, event.body.participant);
    case 'participant.left':
      return drop(roster, event.body);
    case 'leg.changed': {
      const known = roster.participants.get(event.body.id);
      return known ? put(roster, { ...known, leg: event.body.leg }) : quiet(roster);
    }
    case 'room.changed':
      return room(roster, event.body.room);
    case 'lobby.changed':
      return lobby(roster, event.body.waiting);
    case 'media.slots':
      return quiet({ ...roster, slots: bound(roster.slots, event.body) });
    case 'participant.speaking': {
      const known = roster.participants.get(event.body.id);
      return known ? put(roster, { ...known, speaking: event.body.speaking }) : quiet(roster);
    }
    default:
      return quiet(roster);
  }
}

/** The name of a participant, or "" for one who is gone. */
export function nameOf(roster: Roster | null, id: string): string {
  return roster?.participants.get(id)?.name ?? '';
}

/** All bindings after an event, which may name only those that changed. */
function bound(before: readonly Binding[], { slots, partial }: Slots): readonly Binding[] {
  if (!partial) return slots;
  const named = new Set(slots.map(({ mid }) => mid));
  return [...before.filter(({ mid }) => !named.has(mid)), ...slots.filter(({ participant }) => participant !== '')];
}

function quiet(roster: Roster): Change {
  return { roster, events: [] };
}

function ordered(participants: readonly Participant[]): ReadonlyMap<string, Participant> {
  const sorted = [...participants].sort((a, b) => instant(a.joinedAt) - instant(b.joinedAt) || (a.id < b.id ? -1 : 1));
  return new Map(sorted.map((p) => [p.id, p]));
}

function put(roster: Roster, next: Participant): Change {
  const before = roster.participants.get(next.id);
  const participants = before
    ? new Map(roster.participants).set(next.id, next)
    : ordered([...roster.participants.values(), next]);
  const events = before ? differences(roster, before, next) : [{ type: 'joined', participant: next.id, name: next.name } as const];
  return { roster: { ...roster, participants }, events };
}

function differences(roster: Roster, before: Participant, next: Participant): MeetingEvent[] {
  const events: MeetingEvent[] = [];
  const who = { participant: next.id, name: next.name };
  const own = next.id === roster.self;
  if (next.hand && !before.hand && !own) events.push({ type: 'handRaised', ...who });
  if (next.role !== before.role) {
    events.push(next.role === 'host' ? { type: 'hostChanged', ...who, own } : { type: 'roleChanged', ...who, role: next.role, own });
  }
  if (isLive(next, 'screen') !== isLive(before, 'screen')) {
    if (!isLive(next, 'screen')) events.push({ type: 'screenStopped', ...who, own });
    else if (!own) events.push({ type: 'screenStarted', ...who });
  }
  return events;
}

/** Whether a participant publishes a kind, unmuted. */
export function isLive(participant: Participant, kind: Kind): boolean {
  return participant.live[kind] ?? false;
}

/**
 * Whether the server needs to be told who speaks, also while it may know nothing
 * that it does not need: more people are unmuted than a device has slots for, and
 * somebody has to choose.
 */
export function isCrowd(roster: Roster | null): boolean {
  return [...(roster?.participants.values() ?? [])].filter((p) => isLive(p, 'mic')).length > AUDIO_SLOTS;
}

function drop(roster: Roster, left: ParticipantLeft): Change {
  const gone = roster.participants.get(left.id);
  if (!gone) return quiet(roster);
  const participants = new Map(roster.participants);
  participants.delete(left.id);
  const reason = left.reason === 'removed' || left.reason === 'lost' || left.reason === 'e2ee' ? left.reason : 'left';
  return { roster: { ...roster, participants }, events: [{ type: 'left', participant: left.id, name: gone.name, reason }] };
}

function room(roster: Roster, next: Room): Change {
  const changed = JSON.stringify(next.settings) !== JSON.stringify(roster.room.settings);
  return {
    roster: { ...roster, room: next },
    events: changed ? [{ type: 'settingsChanged', settings: next.settings }] : [],
  };
}

function lobby(roster: Roster, waiting: Waiting[]): Change {
  const before = new Set(roster.waiting.map((w) => w.id));
  const events = waiting.filter((w) => !before.has(w.id)).map((w) => ({ type: 'knock', id: w.id, name: w.name }) as const);
  return { roster: { ...roster, waiting }, events };
}
