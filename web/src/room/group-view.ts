/** The machine's picture of the group in the words of the screens and of the shield. */
import type { CodeView, KnownDevice, MachineView, PersonView } from '../e2ee/mls';
import type { WorkerState } from '../media/transforms';
import type { GroupFacts } from '../shield/group';
import type { E2EEOffer, E2EEView, GroupRules, KeyNotice, KnownPerson, SecurityCode, WhyNot } from './e2ee-view';

const SUITES: Record<number, string> = {
  1: 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519',
  2: 'MLS_128_DHKEMP256_AES128GCM_SHA256_P256',
  7: 'MLS_256_DHKEMP384_AES256GCM_SHA384_P384',
  0xf0d1: 'MLS_256_MLKEM768X25519_AES256GCM_SHA384_Ed25519',
};

/** Bytes of a device key that are shown: enough that nobody finds another one like it. */
const SHOWN_KEY = 16;

/** Since when something is so: the machine does not say, and the shield shows it. */
export class Since {
  private known = new Map<string, number>();

  /** Keeps what is in keys and forgets the rest. */
  look(keys: readonly string[], now: number): void {
    this.known = new Map(keys.map((key) => [key, this.known.get(key) ?? now]));
  }

  of(key: string): number {
    return this.known.get(key) ?? Date.now();
  }
}

/** What `Since` is to follow of a view. */
export function sinceKeys(view: MachineView): string[] {
  return [
    `phase ${view.phase}`,
    ...view.waiting.map(({ id }) => `waiting ${id}`),
    ...view.doubts.map(({ kind }) => `doubt ${kind}`),
    ...view.people.flatMap(({ id, answering, hand }) => [`person ${id}`, ...(answering ? [] : [`silent ${id}`]), ...(hand ? [`hand ${id}`] : [])]),
  ];
}

/** What the shield is to know. A machine that was never made has refused. */
export function factsOf(view: MachineView | null, worker: WorkerState, failed: boolean, since: Since): GroupFacts {
  const phase = failed ? 'refused' : (view?.phase ?? 'joining');
  return {
    mode: view?.mode ?? 'unknown',
    phase,
    since: since.of(`phase ${phase}`),
    worker,
    doubts: (view?.doubts ?? []).map(({ kind, who }) => ({ code: kind, who, since: since.of(`doubt ${kind}`) })),
    people: (view?.people ?? []).map((person) => ({
      participant: person.id,
      name: person.name,
      inTree: person.inTree,
      verified: person.standing,
      answering: person.answering,
      flipped: person.flipped,
      notice: noticeOf(person)?.kind ?? '',
      since: since.of(person.answering ? `person ${person.id}` : `silent ${person.id}`),
    })),
  };
}

/** Who knocks at the group and has to be let in by hand: those with the link come in by themselves while the door is open. */
export function knocksOf(view: MachineView | null): MachineView['waiting'] {
  if (!view?.canAdmit) return [];
  const shut = view.lobby || view.locked;
  return view.waiting.filter(({ lobby, link, failed }) => !failed && (lobby || !link || shut));
}

/** What the screens are to know. */
export function viewOf(view: MachineView | null, failed: boolean, hasLink: boolean, offer: E2EEOffer | null): E2EEView {
  const [code, ...earlier] = view?.codes ?? [];
  const whyNot = whyNotOf(view, failed);
  const people = view?.people ?? [];
  return {
    mode: !view || view.mode === 'unknown' ? 'off' : view.mode,
    by: people.find(({ id }) => id === view?.by)?.name ?? '',
    phase: failed ? 'refused' : (view?.phase ?? 'joining'),
    suite: SUITES[view?.suite ?? 0] ?? '',
    epoch: view?.epoch ?? 0,
    code: code ? codeOf(code) : null,
    earlier: earlier.map((one) => ({ epoch: one.epoch, code: codeOf(one) })),
    hostAnswered: hasLink ? (view?.hostAnswers ?? false) : null,
    people: people.map(personOf),
    waiting: (view?.waiting ?? []).map(({ id, digits, oldLink }) => ({ id, digits: groups(digits), oldLink })),
    digits: groups(view?.digits ?? ''),
    stopped: view?.doubts.some(({ kind }) => kind === 'cutOff') ?? false,
    canSwitch: whyNot === null,
    whyNot,
    required: view?.required ?? false,
    host: view?.host ?? false,
    hostLink: view?.seed ?? false,
    rules: rulesOf(view),
    hasLink: hasLink || Boolean(view?.fragment),
    offer,
  };
}

/** The rules as they are signed. */
export function rulesOf(view: MachineView | null): GroupRules {
  return {
    required: view?.required ?? false,
    admit: view?.admitMembers ? 'members' : 'hosts',
    takeover: view?.takeover ?? false,
    offerToEnd: view?.offerToEnd ?? false,
  };
}

function whyNotOf(view: MachineView | null, failed: boolean): WhyNot | null {
  if (!view || failed || (view.phase !== 'in' && view.phase !== 'alone')) return { code: 'outside' };
  if (!view.host) return { code: 'host' };
  if (view.required && view.mode !== 'off') return { code: 'required' };
  return view.canSwitch && view.mode !== 'turningOff' ? null : { code: 'busy' };
}

function personOf(person: PersonView): E2EEView['people'][number] {
  const { id, name, self, host, standing, inTree, signalled, answering, flipped, known } = person;
  const marked = known?.seen === 'known' && known.verified;
  return {
    participant: id, name, self, host, verified: standing, marked, markedAs: marked && known.as !== name ? known.as : '',
    remembered: known?.as === name, device: fingerprint(person.device),
    digits: [], inTree, signalled, answering, flipped, notice: noticeOf(person),
  };
}

/** What this device's memory warns of. */
export function noticeOf({ known }: Pick<PersonView, 'known'>): KeyNotice | null {
  if (known?.seen === 'changed') return { kind: 'newKey' };
  return known?.seen === 'confused' ? { kind: 'confusable', like: known.like } : null;
}

/** The entries of this device's memory, by name. */
export function knownOf(list: readonly KnownDevice[]): KnownPerson[] {
  return list
    .map(({ name, device, verified }) => ({ name, verified, device: fingerprint(device), key: hex(device) }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

export function hex(key: Uint8Array): string {
  return [...key].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function codeOf({ digits, emoji }: CodeView): SecurityCode {
  return { digits, emoji: emoji.map(({ symbol, name }) => ({ char: symbol, name })) };
}

function fingerprint(key: Uint8Array): string[] {
  return hex(key.subarray(0, SHOWN_KEY)).match(/.{4}/g) ?? [];
}

function groups(digits: string): string[] {
  return digits === '' ? [] : digits.split(' ');
}
