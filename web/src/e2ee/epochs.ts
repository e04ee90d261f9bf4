import { encodeKID, type MediaKind, KINDS } from './kid';
import { AES_256_GCM_SHA512_128, Key, importBase } from './sframe';
import { Counters } from './counters';

/** How long keys of an older epoch stay after the next one came, ms: one that only adds, one that removes. */
const OLD = 10_000;
const OLD_AFTER_REMOVAL = 2000;
/** Epochs kept at most, however fast they come. */
const MOST = 64;

/** What the mls worker says of a new epoch. */
export interface NewEpoch {
  epoch: number;
  /** the base key; taken over, not copied */
  base: Uint8Array<ArrayBuffer>;
  /** own leaf */
  self: number;
  leaves: readonly (readonly [leaf: number, participant: string])[];
  /** somebody has left the tree with it */
  removes: boolean;
}

/** What one media worker of a sender uses for one kind in one epoch: a key of its own. */
export interface Instance {
  readonly number: number;
  readonly key: Promise<Key>;
  readonly counters: Counters;
}

/** One kind of one leaf in one epoch, as it is received. */
export interface Stream {
  /** the highest instance that opened a frame */
  proven: Instance | null;
  /** the one that the sender had last elsewhere; nothing opened here yet */
  known: Instance | null;
  /** the last other one that was tried */
  candidate: Instance | null;
}

/** Own key of one kind in one epoch. */
export interface OwnKey {
  readonly key: Promise<Key>;
  counter: number;
}

/** The keys of one epoch. */
export class Epoch {
  readonly number: number;
  readonly self: number;
  readonly leaves: ReadonlyMap<number, string>;
  /** until when it is good, inclusive */
  dies = Infinity;
  private readonly own = new Map<MediaKind, OwnKey>();
  private readonly streams = new Map<number, Stream>();
  private readonly material: Promise<CryptoKey>;
  private readonly base: Uint8Array<ArrayBuffer>;

  /** serial: counts all epochs of a ring, because two groups may have the same numbers. */
  constructor(
    readonly serial: number,
    input: NewEpoch,
    instance: number,
  ) {
    this.number = input.epoch;
    this.self = input.self;
    this.leaves = new Map(input.leaves);
    this.base = input.base;
    this.material = importBase(input.base);
    for (const kind of KINDS) this.own.set(kind, { key: this.derive(input.self, instance, kind), counter: 0 });
  }

  has(base: Uint8Array): boolean {
    return base.length === this.base.length && base.every((byte, i) => byte === this.base[i]);
  }

  sender(kind: MediaKind): OwnKey {
    return this.own.get(kind) as OwnKey;
  }

  stream(leaf: number, kind: MediaKind): Stream {
    const at = leaf * KINDS.length + KINDS.indexOf(kind);
    let stream = this.streams.get(at);
    if (!stream) this.streams.set(at, (stream = { proven: null, known: null, candidate: null }));
    return stream;
  }

  instance(leaf: number, number: number, kind: MediaKind): Instance {
    return { number, key: this.derive(leaf, number, kind), counters: new Counters() };
  }

  erase(): void {
    this.base.fill(0);
    this.own.clear();
    this.streams.clear();
  }

  private derive(leaf: number, instance: number, kind: MediaKind): Promise<Key> {
    const kid = encodeKID({ epoch: this.number, leaf, instance, kind });
    const key = this.material.then((material) => Key.derive(AES_256_GCM_SHA512_128, kid, material));
    key.catch(() => undefined); // whoever waits for it hears of it
    return key;
  }
}

/** The epochs whose keys are there, oldest first. */
export class Epochs {
  private readonly all: Epoch[] = [];
  private made = 0;

  constructor(private readonly instance: number) {}

  get newest(): Epoch | undefined {
    return this.all.at(-1);
  }

  /** Adds an epoch; null when its base key is there already, for no counter may start again. */
  add(now: number, input: NewEpoch): Epoch | null {
    if (this.all.some((epoch) => epoch.has(input.base))) return null;
    const end = now + (input.removes ? OLD_AFTER_REMOVAL : OLD);
    for (const epoch of this.all) if (input.removes || epoch.dies === Infinity) epoch.dies = Math.min(epoch.dies, end);
    const added = new Epoch(this.made++, input, this.instance);
    this.all.push(added);
    if (this.all.length > MOST) this.all.shift()?.erase();
    return added;
  }

  /** Forgets what is over. */
  expire(now: number): void {
    for (let i = this.all.length - 1; i >= 0; i--) {
      const epoch = this.all[i];
      if (!epoch || now <= epoch.dies) continue;
      this.all.splice(i, 1);
      epoch.erase();
    }
  }

  /** The newest one with this number. */
  byNumber(number: number): Epoch | undefined {
    return this.all.findLast((epoch) => epoch.number === number);
  }

  /** The newest one whose low eight bits are these. */
  byField(field: number): Epoch | undefined {
    return this.all.findLast((epoch) => epoch.number % 256 === field);
  }

  alive(epoch: Epoch): boolean {
    return this.all.includes(epoch);
  }
}
