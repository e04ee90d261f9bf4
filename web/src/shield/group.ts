/** What the meeting's group adds to the shield: the twin of core/shield/group.go. */
import type { GroupPhase, Membership, Sentence, ShieldException, Verified } from '../room/model';
import type { ShieldInput, ShieldLeg } from './shield';

/** What this client's own end of the group knows. The server has no say in any of it. */
export interface GroupFacts {
  /** as signed in the group */
  mode: 'off' | 'turningOn' | 'on' | 'turningOff' | '';
  phase: GroupPhase;
  /** when the phase began, by this machine's clock; ms since 1970 */
  since: number;
  /** the worker that holds the group's keys; "" for a client without one */
  worker: '' | 'starting' | 'ok' | 'dead';
  /** names of those whom a switch waits for */
  waiting: readonly string[];
  /** the gravest first; a code without a sentence of its own is a doubt too */
  doubts: readonly { code: string; name: string; since: number }[];
  /** this one included; a leaf that nobody announced as well */
  people: readonly GroupPerson[];
}

/** One participant as the group knows them. */
export interface GroupPerson {
  participant: string;
  /** as they said it in the group; "" while that is not known */
  name: string;
  /** has a leaf, and with it the keys */
  inTree: boolean;
  verified: Verified;
  /** has answered this device, or sends heartbeats */
  answering: boolean;
  /** sends nothing in clear any more: said so, or came in while it was on */
  flipped: boolean;
  /** when this client saw them first; ms since 1970 */
  since: number;
}

/** How long the others may take to answer a newcomer, ms. */
export const FRESH = 3000;

/**
 * How long somebody whom the server announced may stay without a leaf before that
 * is an exception, ms. There are no keys for them meanwhile.
 */
export const ENTERING = 5000;

/** How long the way into the group may take, ms. */
const WAY_IN = 10_000;

/** More people than these are counted, not named. */
const NAMES_SHOWN = 5;

/** How the group calls a participant; the server's word counts only for those who have not said their name in it. */
export function groupName(group: GroupFacts | null, id: string, reported: string): string {
  const person = personOf(group, id);
  return person?.inTree && person.name !== '' ? person.name : reported;
}

/** The leaves that no leg belongs to. They have the keys, so they are shown. */
export function unannounced({ group, legs }: ShieldInput): GroupPerson[] {
  const announced = new Set(legs.map((leg) => leg.participant));
  return (group?.people ?? []).filter((person) => person.inTree && !announced.has(person.participant));
}

/** A participant's place in the group, or undefined without a group. */
export function membership(group: GroupFacts | null, id: string, announced: boolean): Membership | undefined {
  if (!group) return undefined;
  const person = personOf(group, id);
  if (!person?.inTree) return 'outside';
  if (!announced) return 'unannounced';
  if (!known(person)) return 'unverified';
  return person.answering ? 'member' : 'silent';
}

/** What is wrong with a participant's place in the group. While encryption is off nothing depends on it. */
export function groupExceptions({ group, now }: ShieldInput, who: Pick<ShieldLeg, 'participant' | 'name'>, kind: ShieldException['kind'], since: number): ShieldException[] {
  if (!group || group.mode === 'off') return [];
  const base = { participant: who.participant, name: who.name, kind, suite: '' };
  const person = personOf(group, who.participant);
  if (!person?.inTree) {
    if (person && now - person.since <= ENTERING) return [];
    return [{ ...base, grade: 'outside', part: 'group', since }];
  }
  return known(person) ? [] : [{ ...base, grade: 'unverified', part: 'identity', since: person.since }];
}

/** The first reason why the group cannot be trusted, or null. */
export function groupDoubt(input: ShieldInput): Sentence | null {
  const { group, now } = input;
  if (!group) return null;
  if (!working(group.worker) && group.worker !== 'starting') return say('shield-doubt-worker');
  const far = phaseDoubt(input, group);
  if (far) return far;
  for (const { code, name, since } of group.doubts) {
    if (code === 'unanswered') return say('shield-doubt-unanswered');
    if (code === 'disagree') return say('shield-doubt-disagree', { name });
    if (code === 'stopped') return say('shield-doubt-stopped');
    if (code !== 'silent') return say('shield-doubt-group');
    // Without end-to-end encryption nobody's silence says anything.
    if (group.mode !== 'off') return say('shield-doubt-silent', { name, seconds: Math.max(0, Math.floor((now - since) / 1000)) });
  }
  return null;
}

/** Judges how far this device has come, and the words that it does not know. */
function phaseDoubt({ now, self }: ShieldInput, group: GroupFacts): Sentence | null {
  const waited = now - group.since;
  switch (group.phase) {
    case 'joining':
    case 'knocking':
    case 'waiting':
      return waited > WAY_IN ? say('shield-doubt-outside') : null;
    case 'proving':
      return waited > FRESH ? say('shield-doubt-unanswered') : null;
    case 'in':
    case 'alone':
      break;
    case 'refused':
      return say('shield-doubt-refused');
    default:
      return say('shield-doubt-group');
  }
  if (group.mode === 'off') return null;
  const sound = ['turningOn', 'on', 'turningOff'].includes(group.mode) && personOf(group, self)?.inTree === true;
  return sound ? null : say('shield-doubt-group');
}

/** What is still missing to a switch, or to this device's part in it; null when nothing is. */
export function changing({ group, own }: ShieldInput): Sentence | null {
  if (!group || group.mode === 'off') return null;
  if (group.mode === 'turningOff') return switching('shield-changing-off', group.waiting);
  const inside = group.phase === 'in' || group.phase === 'alone';
  if (!inside || !working(group.worker) || !working(own.transforms)) return say('shield-changing-joining');
  if (group.mode === 'turningOn') return switching('shield-changing-on', group.waiting);
  const clear = group.people.filter((person) => person.inTree && !person.flipped);
  return clear.length > 0 ? switching('shield-changing-on', clear.map((person) => person.name)) : null;
}

/** The sentence for a list of exceptions. */
export function exclamation({ self }: ShieldInput, found: readonly ShieldException[]): Sentence {
  const unverified = found.filter(({ grade }) => grade === 'unverified');
  if (unverified.some(({ participant }) => participant === self)) return say('shield-exclamation-self');
  if (unverified.length === found.length) return say('shield-exclamation-unverified', { count: found.length });
  return say('shield-exclamation', { count: found.length });
}

/** People by id, made once for each list: a large meeting asks for every one of them. */
const indices = new WeakMap<readonly GroupPerson[], Map<string, GroupPerson>>();

function personOf(group: GroupFacts | null, id: string): GroupPerson | undefined {
  if (!group) return undefined;
  let index = indices.get(group.people);
  if (!index) {
    index = new Map(group.people.map((person) => [person.participant, person]));
    indices.set(group.people, index);
  }
  return index.get(id);
}

function known({ verified }: GroupPerson): boolean {
  return verified === 'link' || verified === 'confirmed';
}

/** Names those who are waited for, as many as a sentence bears. Who has no name yet is only counted. */
function switching(id: string, names: readonly string[]): Sentence {
  const shown = names.filter((name) => name !== '').slice(0, NAMES_SHOWN);
  return say(id, { names: shown.join(', '), more: names.length - shown.length });
}

/** Whether a worker runs, or is not needed by this kind of client. */
function working(worker: string): boolean {
  return worker === 'ok' || worker === '';
}

function say(id: string, args: Sentence['args'] = {}): Sentence {
  return { id, args };
}
