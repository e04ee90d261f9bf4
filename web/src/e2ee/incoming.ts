import type { Epoch, Epochs, Instance, Stream } from './epochs';
import { MAX_COUNTER, parseKID, type MediaKind } from './kid';
import type { Header } from './header';
import type { Bound, DropReason, ReceiveMode } from './protocol';
import { headerOf } from './sframe';
import { marked, unwrap, type Codec } from './shell';

/** The longest that clear frames pass after a switch on, ms. */
const GRACE = 2000;
/** What the derivation of a key for an unknown instance costs, and the most credit there is for it, ms. */
const COST = 125;
const CREDIT = 1000;

/** A frame as it came. */
export interface Arrived {
  /** the RTP timeline it is part of */
  track: string;
  /** whose it is by the server's word; counts for clear frames only */
  bound: Bound | null;
  codec: Codec | null;
  /** RTP timestamp */
  time: number;
  data: Uint8Array<ArrayBuffer>;
}

/** What becomes of a frame that came. */
export type Verdict =
  | { act: 'play'; participant: string; kind: MediaKind; sealed: boolean }
  | { act: 'held' }
  | { act: 'drop'; reason: DropReason };

/** A frame that is worth trying its key. */
export interface Opening {
  act: 'open';
  epoch: Epoch;
  leaf: number;
  kind: MediaKind;
  participant: string;
  instance: Instance;
  header: Header;
  sealed: Uint8Array<ArrayBuffer>;
  arrived: Arrived;
}

/** What is known of a participant as long as it is in the tree. */
interface Person {
  credit: number;
  since: number;
  /** the highest instance that opened a frame, of any kind in any epoch */
  proven: number;
  /** the serial of the latest epoch in which a frame of the kind was opened */
  opened: Map<MediaKind, number>;
  /** kinds of which a frame was opened in the running grace */
  sealed: Set<MediaKind>;
}

/** A clear stretch's end: who may still be heard in the clear, and until when. */
interface Grace {
  until: number;
  from: ReadonlySet<string>;
  /** serial of the epoch that was newest when it began */
  serial: number;
}

/** The receiver's rule: which frames are opened, and which clear ones pass. */
export class Incoming {
  private mode: ReceiveMode = 'sealed';
  private grace: Grace | null = null;
  private readonly people = new Map<string, Person>();
  /** who is in the newest tree; null before the first */
  private present: ReadonlySet<string> | null = null;

  constructor(private readonly epochs: Epochs) {}

  /** until counts in grace only: never later than GRACE after it began. */
  receive(now: number, mode: ReceiveMode, until: number, from: readonly string[]): void {
    if (mode !== 'grace' || this.mode === 'sealed') {
      this.mode = mode === 'grace' ? 'sealed' : mode;
      this.grace = null;
      return;
    }
    const { grace } = this;
    if (!grace) for (const person of this.people.values()) person.sealed.clear();
    this.grace = grace
      ? { until: Math.min(until, grace.until), from: new Set(from.filter((who) => grace.from.has(who))), serial: grace.serial }
      : { until: Math.min(until, now + GRACE), from: new Set(from), serial: this.epochs.newest?.serial ?? 0 };
    this.mode = 'grace';
  }

  /** A new epoch took effect: whoever has left the tree is forgotten. */
  changed(): void {
    this.present = new Set(this.epochs.newest?.leaves.values());
    for (const who of this.people.keys()) if (!this.present.has(who)) this.people.delete(who);
  }

  judge(now: number, arrived: Arrived): Verdict | Opening {
    return marked(arrived.data) ? this.judgeMarked(now, arrived, null) : this.judgeClear(now, arrived);
  }

  /**
   * The frame authenticated. Everything is judged once more, for the world may
   * have moved while it was opened; only then state changes.
   */
  accept(now: number, opening: Opening): Verdict {
    const again = this.judgeMarked(now, opening.arrived, opening);
    if (again.act !== 'open') return again.act === 'held' ? drop('epoch') : again;
    if (again.epoch !== opening.epoch || again.instance !== opening.instance) return drop('epoch');
    const { epoch, leaf, kind, participant, instance, header, arrived } = opening;
    const stream = epoch.stream(leaf, kind);
    // Another frame may have proven the same instance meanwhile; its counters are the ones that count.
    if (stream.proven?.number !== instance.number) stream.proven = instance;
    if (stream.candidate?.number === instance.number) stream.candidate = null;
    if (stream.known?.number === instance.number) stream.known = null;
    stream.proven.counters.take(header.counter, arrived.time, arrived.track);
    const person = this.person(now, participant);
    person.proven = Math.max(person.proven, instance.number);
    person.sealed.add(kind);
    person.opened.set(kind, Math.max(person.opened.get(kind) ?? -1, epoch.serial));
    return { act: 'play', participant, kind, sealed: true };
  }

  private judgeClear(now: number, { bound }: Arrived): Verdict {
    const passes = this.mode === 'clear' || (this.grace !== null && bound !== null && this.graceFor(now, this.grace, bound));
    return passes ? { act: 'play', participant: bound?.participant ?? '', kind: bound?.kind ?? 'mic', sealed: false } : drop('clear');
  }

  private graceFor(now: number, grace: Grace, { participant, kind }: Bound): boolean {
    const person = this.people.get(participant);
    const opened = person?.sealed.has(kind) ? Infinity : (person?.opened.get(kind) ?? -1);
    const there = grace.from.has(participant) && (this.present?.has(participant) ?? true);
    return now <= grace.until && there && opened < grace.serial;
  }

  private judgeMarked(now: number, arrived: Arrived, tried: Opening | null): Verdict | Opening {
    const sealed = tried?.sealed ?? (arrived.codec && unwrap(arrived.codec, arrived.data));
    const header = tried?.header ?? (sealed && headerOf(sealed));
    const id = header && parseKID(header.kid);
    if (!sealed || !id || header.counter >= MAX_COUNTER) return drop('malformed');
    const epoch = this.epochs.byField(id.epoch);
    if (!epoch) return this.unknown(id.epoch);
    const { leaf, kind } = id;
    if (leaf === epoch.self) return drop('own');
    const participant = epoch.leaves.get(leaf);
    if (participant === undefined) return drop('leaf');
    if (this.epochs.newest?.leaves.get(leaf) !== participant) return drop('removed');
    if ((this.people.get(participant)?.opened.get(kind) ?? -1) > epoch.serial) return drop('old');
    const stream = epoch.stream(leaf, kind);
    const wrong = misplaced(stream, id.instance, header.counter, tried && arrived);
    if (wrong) return drop(wrong);
    const instance = tried?.epoch === epoch ? tried.instance : this.instance(now, epoch, { leaf, kind, number: id.instance, participant });
    if (!instance) return drop('busy');
    return { act: 'open', epoch, leaf, kind, participant, instance, header, sealed, arrived };
  }

  /** Held when it may be of an epoch that is still to come. */
  private unknown(field: number): Verdict {
    const { newest } = this.epochs;
    const ahead = newest ? (field - newest.number) & 255 : 1;
    return ahead >= 1 && ahead <= 127 ? { act: 'held' } : drop('epoch');
  }

  /** The key to try, or null when this participant's credit for unknown ones is used up. */
  private instance(now: number, epoch: Epoch, of: { leaf: number; kind: MediaKind; number: number; participant: string }): Instance | null {
    const stream = epoch.stream(of.leaf, of.kind);
    if (stream.proven?.number === of.number) return stream.proven;
    if (stream.candidate?.number === of.number) return stream.candidate;
    if (stream.known?.number === of.number) return stream.known;
    const person = this.person(now, of.participant);
    if (person.proven === of.number) {
      stream.known = epoch.instance(of.leaf, of.number, of.kind);
      return stream.known;
    }
    if (person.credit < COST) return null;
    person.credit -= COST;
    stream.candidate = epoch.instance(of.leaf, of.number, of.kind);
    return stream.candidate;
  }

  private person(now: number, participant: string): Person {
    let person = this.people.get(participant);
    if (!person) this.people.set(participant, (person = { credit: CREDIT, since: now, proven: -1, opened: new Map(), sealed: new Set() }));
    person.credit = Math.min(CREDIT, person.credit + now - person.since);
    person.since = now;
    return person;
  }
}

/** What is wrong with a frame's place in its stream; its timestamp counts once it has been opened. */
function misplaced({ proven }: Stream, instance: number, counter: number, opened: Arrived | null): DropReason | null {
  if (!proven || instance > proven.number) return null;
  if (instance < proven.number) return 'instance';
  if (!proven.counters.fresh(counter)) return 'replay';
  return !opened || proven.counters.ordered(counter, opened.time, opened.track) ? null : 'order';
}

/** A frame that goes no further. */
export function drop(reason: DropReason): Verdict {
  return { act: 'drop', reason };
}
