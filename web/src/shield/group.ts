/** What the meeting's group adds to the shield: the twin of core/shield/group.go. */
import type { GroupPhase, KeyNotice, Membership, Sentence, ShieldException, ShieldView, Verified } from '../room/model';
import type { ShieldInput, ShieldLeg } from './shield';

/** What this client's own end of the group knows. The server has no say in any of it. */
export interface GroupFacts {
  /** as signed in the group */
  mode: 'unknown' | 'off' | 'turningOn' | 'on' | 'turningOff';
  phase: GroupPhase;
  /** when the phase began, by this machine's clock; ms since 1970 */
  since: number;
  /** the worker that holds the group's keys; "" for a client without one */
  worker: '' | 'starting' | 'ok' | 'dead';
  /** the gravest first */
  doubts: readonly GroupDoubt[];
  /** this one included; a leaf that nobody announced as well */
  people: readonly GroupPerson[];
}

/** A reason that the group itself gives; a code that is not known here is a doubt too. */
export interface GroupDoubt {
  code:
    | 'refused' | 'cutOff' | 'disagreement' | 'silent' | 'offline'
    // shown as exceptions, not as doubt; self: this person has no link and has not compared the code
    | 'notInTree' | 'unverified' | 'self';
  /** participants that it is about */
  who: readonly string[];
  since: number;
}

/** One participant as the group knows them. */
export interface GroupPerson {
  participant: string;
  /** as they said it in the group; "" while that is not known */
  name: string;
  /** has a leaf, and with it the keys */
  inTree: boolean;
  /** of this device's own person the doubt `self` tells */
  verified: Verified;
  /** has answered this device, or sends heartbeats */
  answering: boolean;
  /** sends nothing in clear any more: said so, or came in while it was on */
  flipped: boolean;
  /** what this device remembers otherwise of their name and device, "" for nothing */
  notice?: KeyNotice['kind'] | '';
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
export function membership({ group, self }: ShieldInput, id: string, announced: boolean): Membership | undefined {
  if (!group) return undefined;
  const person = personOf(group, id);
  if (!person?.inTree) return 'outside';
  if (!announced) return 'unannounced';
  if (askedSince(group, person, self) !== null) return 'unverified';
  return person.answering ? 'member' : 'silent';
}

/** What is wrong with a participant's place in the group. While encryption is off nothing depends on it. */
export function groupExceptions({ group, now, self }: ShieldInput, who: Pick<ShieldLeg, 'participant' | 'name'> & { disconnected?: boolean }, kind: ShieldException['kind'], since: number): ShieldException[] {
  if (!group || !sealed(group)) return [];
  const base = { participant: who.participant, name: who.name, kind, suite: '' };
  const person = personOf(group, who.participant);
  if (!person?.inTree) {
    // An empty seat has neither a connection that could be weak nor keys.
    if (who.disconnected || (person && now - person.since <= ENTERING)) return [];
    return [{ ...base, grade: 'outside', part: 'group', since }];
  }
  const asked = askedSince(group, person, self);
  if (asked !== null) return [{ ...base, grade: 'unverified', part: 'identity', since: asked }];
  if (!person.notice || who.participant === self) return [];
  return [{ ...base, grade: person.notice === 'confusable' ? 'confusable' : 'newKey', part: 'identity', since: person.since }];
}

/** The first reason why the group cannot be trusted, or null. */
export function groupDoubt(input: ShieldInput): Sentence | null {
  const { group, now } = input;
  if (!group) return null;
  if (!working(group.worker) && group.worker !== 'starting') return say('shield-doubt-worker');
  const far = phaseDoubt(input, group);
  if (far) return far;
  for (const doubt of group.doubts) {
    const sentence = sentenceOf(input, group, doubt);
    if (sentence) return sentence;
  }
  if (!sealed(group)) return null;
  const silent = group.people.find((person) => person.inTree && !person.answering && person.participant !== input.self);
  return silent ? silence(now, silent.name, silent.since) : null;
}

/** What a doubt of the group means for the shield; null when exceptions say it, or when it does not matter now. */
function sentenceOf({ now }: ShieldInput, group: GroupFacts, { code, who, since }: GroupDoubt): Sentence | null {
  const name = groupName(group, who[0] ?? '', '');
  switch (code) {
    case 'notInTree':
    case 'unverified':
    case 'self':
      return null;
    case 'silent':
      // Without end-to-end encryption nobody's silence says anything.
      return sealed(group) ? silence(now, name, since) : null;
    case 'refused':
      return say('shield-doubt-refused');
    case 'cutOff':
      return say('shield-doubt-cut-off');
    case 'disagreement':
      return say('shield-doubt-disagree', { name });
    case 'offline':
      return say('shield-doubt-offline');
    default:
      return say('shield-doubt-group');
  }
}

function silence(now: number, name: string, since: number): Sentence {
  return say('shield-doubt-silent', { name, seconds: Math.max(0, Math.floor((now - since) / 1000)) });
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
      return say('shield-doubt-closed');
    default:
      return say('shield-doubt-group');
  }
  const sound = group.mode === 'off' || (sealed(group) && personOf(group, self)?.inTree === true);
  return sound ? null : say('shield-doubt-group');
}

/** What is still missing to a switch, or to this device's part in it; null when nothing is. */
export function changing({ group, own }: ShieldInput): Sentence | null {
  if (!group || !sealed(group)) return null;
  if (group.mode === 'turningOff') return say('shield-changing-off');
  const inside = group.phase === 'in' || group.phase === 'alone';
  if (!inside || !working(group.worker) || !working(own.transforms)) return say('shield-changing-joining');
  const clear = group.people.filter((person) => person.inTree && !person.flipped);
  return group.mode === 'turningOn' || clear.length > 0 ? switching(clear.map((person) => person.name)) : null;
}

/** The sentence for a list of exceptions. */
export function exclamation({ self }: ShieldInput, found: readonly ShieldException[]): Sentence {
  const unverified = found.filter(({ grade }) => grade === 'unverified');
  if (unverified.some(({ participant }) => participant === self)) return say('shield-exclamation-self');
  if (found.every(({ grade }) => grade === 'newKey' || grade === 'confusable')) return say('shield-exclamation-device', { count: found.length });
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

/** Since when it is open whether somebody is who they say they are; null when it is not. */
function askedSince(group: GroupFacts, { participant, verified, since }: GroupPerson, self: string): number | null {
  if (participant === self) return group.doubts.find(({ code }) => code === 'self')?.since ?? null;
  return verified === 'link' || verified === 'confirmed' ? null : since;
}

/** Whether encryption is on, or between on and off. */
function sealed({ mode }: GroupFacts): boolean {
  return mode === 'turningOn' || mode === 'on' || mode === 'turningOff';
}

/**
 * The last gate: who is said to be in doubt must have been shown as an exception by
 * now. Whoever has no leaf yet has no keys either.
 */
export function lock({ doubts }: GroupFacts): Pick<ShieldView, 'state' | 'sentence'> {
  const open = doubts.some(({ code }) => code !== 'notInTree');
  return open ? { state: 'doubt', sentence: say('shield-doubt-group') } : { state: 'lock', sentence: say('shield-lock') };
}

/** Names those who are waited for, as many as a sentence bears. Who has no name yet is only counted. */
function switching(names: readonly string[]): Sentence {
  const shown = names.filter((name) => name !== '').slice(0, NAMES_SHOWN);
  return say('shield-changing-on', { names: shown.join(', '), more: names.length - shown.length });
}

/** Whether a worker runs, or is not needed by this kind of client. */
function working(worker: string): boolean {
  return worker === 'ok' || worker === '';
}

function say(id: string, args: Sentence['args'] = {}): Sentence {
  return { id, args };
}
