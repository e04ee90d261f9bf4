/**
 * What the shield of a meeting says: the twin of core/shield, driven by the same
 * core/shield/testdata/cases.json. Change both, and the cases first.
 */
import type { Leg, Signalling } from '../api/wire';
import type { Grade, Sentence, ShieldException, ShieldFact, ShieldRow, ShieldView } from '../room/model';
import { exceptionsOf } from './grade';
import { changing, exclamation, groupDoubt, groupExceptions, groupName, lock, membership, unannounced, type GroupFacts, type GroupPerson } from './group';

/** Everything the shield depends on. */
export interface ShieldInput {
  /** by this machine's clock, like every missingSince; ms since 1970 */
  now: number;
  /** own participant id */
  self: string;
  /** the signalling connection stands */
  connected: boolean;
  own: OwnChecks;
  /** in the order of the rows */
  legs: readonly ShieldLeg[];
  /** null while the meeting has no group */
  group: GroupFacts | null;
}

/** What this client sees itself; "" for what the browser does not tell. */
export interface OwnChecks {
  transforms: '' | 'starting' | 'ok' | 'dead';
  dtls: string;
  suite: string;
  srtp: string;
}

/** One participant's leg as the server reports it. */
export interface ShieldLeg {
  participant: string;
  name: string;
  /** the seat waits for somebody whose connection is lost */
  disconnected: boolean;
  /**
   * when this client first saw the leg connected with a live track but without
   * facts of its media; null while nothing is missing
   */
  missingSince: number | null;
  leg: Leg;
}

/** How long the facts of a leg with live media may be missing, ms. */
export const PATIENCE = 10_000;

/** What a client knows of itself before it has a media connection. */
export const NOTHING_SEEN: OwnChecks = { transforms: '', dtls: '', suite: '', srtp: '' };

/** The shield of a meeting. */
export function shieldOf(input: ShieldInput): ShieldView {
  const { group } = input;
  const facts = factsOf(input);
  const rows: ShieldRow[] = [];
  const exceptions: ShieldException[] = [];
  for (const reported of input.legs) {
    const leg = { ...reported, name: groupName(group, reported.participant, reported.name) };
    const found = exceptionsOf(leg);
    rows.push(rowOf(input, leg, found));
    exceptions.push(...found, ...groupExceptions(input, leg, leg.leg.kind, Date.parse(leg.leg.since)));
  }
  for (const person of unannounced(input)) {
    rows.push(leafRow(input, person));
    exceptions.push(...groupExceptions(input, person, '', person.since));
  }
  return { ...decide(input, facts, exceptions), exceptions, facts, rows };
}

/**
 * The one decision. Doubt goes before exceptions: a list that cannot be confirmed
 * is not shown as a complete one. A switch under way goes before them too, as it is
 * what changes next. Lock is what is left when nothing speaks against it.
 */
function decide(input: ShieldInput, facts: readonly ShieldFact[], exceptions: readonly ShieldException[]): Pick<ShieldView, 'state' | 'sentence'> {
  const doubt = doubtOf(input, facts) ?? groupDoubt(input);
  if (doubt) return { state: 'doubt', sentence: doubt };
  const switching = changing(input);
  if (switching) return { state: 'changing', sentence: switching };
  if (exceptions.length > 0) return { state: 'exclamation', sentence: exclamation(input, exceptions) };
  if (input.group?.mode === 'on') return lock(input.group);
  return { state: 'check', sentence: sentence('shield-check') };
}

/**
 * The shield of a screen outside a meeting: only the connection to the server is
 * there to be judged, and the sentence claims no more; null when there is none.
 */
export function shieldOfConnection(signalling: Signalling | null): ShieldView {
  const leg: Leg = { kind: 'web', client: '', since: '', signalling: signalling ?? { version: '', suite: '' }, media: null };
  const legs = signalling ? [{ participant: '', name: '', disconnected: false, missingSince: null, leg }] : [];
  const view = shieldOf({ now: 0, self: '', connected: signalling !== null, own: NOTHING_SEEN, legs, group: null });
  const words = view.state === 'check' ? sentence('shield-connection') : view.sentence;
  return { ...view, sentence: words, rows: [] };
}

/** The first reason why this client cannot confirm the picture, or null. */
function doubtOf(input: ShieldInput, facts: readonly ShieldFact[]): Sentence | null {
  if (!input.connected) return sentence('shield-doubt-offline');
  if (input.own.transforms === 'dead') return sentence('shield-doubt-transforms');
  for (const { differs, own, reported } of facts) {
    if (differs && own !== null && reported !== null) return sentence('shield-doubt-mismatch', { own, reported });
  }
  if (!ownLeg(input)) return sentence('shield-doubt-missing', { name: '' });
  const silent = input.legs.find(({ missingSince }) => missingSince !== null && input.now - missingSince > PATIENCE);
  return silent ? sentence('shield-doubt-missing', { name: groupName(input.group, silent.participant, silent.name) }) : null;
}

function rowOf(input: ShieldInput, { participant, name, leg }: ShieldLeg, found: readonly ShieldException[]): ShieldRow {
  const self = participant === input.self;
  const place = membership(input, participant, true);
  return {
    participant,
    name,
    self,
    kind: leg.kind,
    client: leg.client,
    since: Date.parse(leg.since),
    grade: gradeOf(leg, found),
    signalling: leg.signalling,
    media: leg.media,
    source: self && input.own.srtp !== '' && leg.media?.srtp === input.own.srtp ? 'self' : 'server',
    ...(place ? { group: place } : {}),
  };
}

/** The worst of a leg's connections. */
function gradeOf(leg: Leg, found: readonly ShieldException[]): Grade {
  if (found.some(({ grade }) => grade === 'unknown')) return 'unknown';
  if (found.length > 0) return 'weaker';
  return leg.media ? 'strong' : 'pending';
}

/** The row of a leaf that the server does not announce. */
function leafRow(input: ShieldInput, { participant, name, since }: GroupPerson): ShieldRow {
  const place = membership(input, participant, false);
  return {
    participant,
    name,
    self: participant === input.self,
    kind: '',
    client: '',
    since,
    grade: 'pending',
    signalling: { version: '', suite: '' },
    media: null,
    source: 'server',
    ...(place ? { group: place } : {}),
  };
}

/** The own connection's facts in a fixed order. */
function factsOf(input: ShieldInput): ShieldFact[] {
  const leg = ownLeg(input)?.leg;
  const { own } = input;
  return [
    fact('signalling.version', '', leg?.signalling.version),
    fact('signalling.suite', '', leg?.signalling.suite),
    fact('media.dtls', own.dtls, leg?.media?.dtls),
    fact('media.suite', own.suite, leg?.media?.suite),
    fact('media.srtp', own.srtp, leg?.media?.srtp),
    fact('transforms', own.transforms, ''),
  ];
}

function fact(name: ShieldFact['fact'], own: string, reported = ''): ShieldFact {
  const both = own !== '' && reported !== '';
  return { fact: name, own: own || null, reported: reported || null, differs: both && own !== reported };
}

function ownLeg(input: ShieldInput): ShieldLeg | undefined {
  return input.legs.find(({ participant }) => participant === input.self);
}

function sentence(id: string, args: Sentence['args'] = {}): Sentence {
  return { id, args };
}
