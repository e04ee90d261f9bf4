/**
 * Which key seals and which frames are accepted: the keys of a meeting's epochs
 * and the rules of both directions. The twin of the ring in e2ee/sframe; both
 * run e2ee/sframe/testdata/ring.json. Nothing here waits: the operations on
 * frames are asynchronous and ask again when they are done (Sender, Receiver).
 */
import { Epochs, type NewEpoch } from './epochs';
import { Incoming, type Arrived, type Opening, type Verdict } from './incoming';
import { metadata, type MediaKind } from './kid';
import { Outgoing, type Leaving, type Sealing } from './outgoing';
import type { ReceiveMode, SendMode } from './protocol';
import { CODECS, type Codec } from './shell';

/** What is told of every change, after it took effect. */
export interface Held {
  /** held frames may have their key now */
  offer(): void;
  /** those that waited too long end */
  expire(now: number): void;
}

export class Ring {
  private readonly epochs: Epochs;
  private readonly outgoing: Outgoing;
  private readonly incoming: Incoming;
  private readonly held = new Set<Held>();
  private readonly bindings: ReadonlyMap<Codec, Uint8Array>;

  /** For one media worker: instance must be one that no other of this leaf had. */
  constructor(
    meeting: string,
    instance: number,
    private readonly now: () => number,
  ) {
    this.epochs = new Epochs(instance);
    this.outgoing = new Outgoing(this.epochs);
    this.incoming = new Incoming(this.epochs);
    this.bindings = new Map(CODECS.map((codec) => [codec, metadata(meeting, codec)]));
  }

  /** A new epoch, which becomes the newest; its base key is taken over. */
  epoch(input: NewEpoch): void {
    this.tick();
    if (!this.epochs.add(this.now(), input)) return;
    this.incoming.changed();
    for (const held of this.held) held.offer();
  }

  send(mode: SendMode, epoch: number): void {
    this.tick();
    this.outgoing.send(mode, epoch);
  }

  /** until: when a grace ends at the latest, by this ring's clock. */
  receive(mode: ReceiveMode, until: number, from: readonly string[]): void {
    this.tick();
    this.incoming.receive(this.now(), mode, until, from);
  }

  /** Ends what has had its time. */
  tick(): void {
    const now = this.now();
    this.epochs.expire(now);
    for (const held of this.held) held.expire(now);
  }

  /** Whether the keys of an epoch are there. */
  knows(epoch: number): boolean {
    this.tick();
    return this.epochs.byNumber(epoch) !== undefined;
  }

  /** What becomes of the next own frame of a kind. */
  leaving(kind: MediaKind): Leaving {
    this.tick();
    return this.outgoing.next(kind);
  }

  /** Whether a frame that is sealed now may leave. */
  sealed(sealing: Sealing): 'leave' | 'again' | 'hold' {
    this.tick();
    return this.outgoing.after(sealing);
  }

  /** What becomes of a frame that came. */
  judge(arrived: Arrived): Verdict | Opening {
    this.tick();
    return this.incoming.judge(this.now(), arrived);
  }

  /** What becomes of a frame that opened. */
  opened(opening: Opening): Verdict {
    this.tick();
    return this.incoming.accept(this.now(), opening);
  }

  /** What is sealed into every frame of a codec beside its header. */
  binding(codec: Codec): Uint8Array {
    return this.bindings.get(codec) as Uint8Array;
  }

  watch(held: Held): void {
    this.held.add(held);
  }
}
