import type { Verdict } from '../e2ee/incoming';
import type { Bound, DropReason, FromMedia, ToMedia } from '../e2ee/protocol';
import { Ring } from '../e2ee/ring';

/** The part of a MessagePort that is used. */
export interface Port {
  onmessage: ((event: MessageEvent<ToMedia>) => void) | null;
  onmessageerror: ((event: never) => void) | null;
  postMessage(message: FromMedia): void;
}

/**
 * How long after the switch of the senders the others are told, ms, as in the SDK.
 * Nothing clear leaves from the switch on; the last clear frames are on their way and
 * shall arrive before the word does, which ends the time in which they play.
 */
const FLIP_AFTER = 100;
/** How often keys and held frames whose time is over end at the latest, ms. */
const TICK_EVERY = 250;
const REPORT_EVERY = 1000;

/** A stretch in which own frames are sealed, and whether the others are to be told, or were. */
interface Sealing {
  epoch: number;
  due: boolean;
  told: boolean;
}

/**
 * The media worker's side of the port to the mls worker: makes the ring, feeds
 * it with keys and rules, and reports back. There is no ring until the mls
 * worker has given this worker an instance of its own; until then nothing passes.
 */
export class Group {
  ring: Ring | null = null;
  /** whose track each slot plays by the server's word */
  readonly bound = new Map<string, Bound>();
  private sealing: Sealing | null = null;
  private telling: ReturnType<typeof setTimeout> | undefined;
  private readonly timers: ReturnType<typeof setInterval>[] = [];
  private opened = 0;
  private clear = 0;
  private dropped: Partial<Record<DropReason, number>> = {};

  constructor(
    private readonly port: Port,
    readonly now: () => number = () => performance.now(),
  ) {
    port.onmessage = ({ data }) => this.receive(data);
    // What could not be read may have been the word to stop.
    port.onmessageerror = () => this.stop();
    this.timers.push(setInterval(() => this.ring?.tick(), TICK_EVERY));
    this.timers.push(setInterval(() => this.report(), REPORT_EVERY));
    port.postMessage({ type: 'need-instance' });
  }

  /** A frame has come and was judged. */
  came(verdict: Verdict): void {
    if (verdict.act === 'drop') this.dropped[verdict.reason] = (this.dropped[verdict.reason] ?? 0) + 1;
    else if (verdict.act === 'play' && verdict.sealed) this.opened++;
    else if (verdict.act === 'play') this.clear++;
  }

  /** Nothing leaves any more and nothing clear plays. */
  stop(): void {
    this.ring?.send('hold', 0);
    this.ring?.receive('sealed', 0, []);
    this.seal(null);
  }

  close(): void {
    this.stop();
    for (const timer of this.timers) clearInterval(timer);
    this.port.onmessage = this.port.onmessageerror = null;
  }

  private receive(message: ToMedia): void {
    // A second instance would begin a second ring with the same counters under other rules.
    if (message.type === 'instance') this.ring ??= new Ring(message.meeting, message.instance, this.now);
    else if (this.ring) this.rule(this.ring, message);
  }

  private rule(ring: Ring, message: Exclude<ToMedia, { type: 'instance' }>): void {
    switch (message.type) {
      case 'epoch':
        ring.epoch({ ...message, base: new Uint8Array(message.base) });
        this.tell();
        break;
      case 'send':
        ring.send(message.mode, message.epoch);
        this.seal(message.mode === 'seal' ? message.epoch : null);
        break;
      case 'receive':
        ring.receive(message.mode, this.now() + message.until - Date.now(), message.from);
        break;
    }
  }

  /** The ring seals for an epoch, or no longer. A later epoch is the same switch. */
  private seal(epoch: number | null): void {
    if (epoch === null) {
      clearTimeout(this.telling);
      this.sealing = null;
      return;
    }
    if (!this.sealing) {
      const sealing: Sealing = { epoch, due: false, told: false };
      this.sealing = sealing;
      this.telling = setTimeout(() => {
        sealing.due = true;
        this.tell();
      }, FLIP_AFTER);
    }
    this.sealing.epoch = epoch;
    this.tell();
  }

  /** Tells, when it is time, that nothing clear leaves any more. Without the key it waits for that. */
  private tell(): void {
    const { sealing, ring } = this;
    if (!sealing?.due || sealing.told || !ring?.knows(sealing.epoch)) return;
    sealing.told = true;
    this.port.postMessage({ type: 'sealing', epoch: sealing.epoch });
  }

  private report(): void {
    const { opened, clear, dropped } = this;
    if (opened + clear + Object.keys(dropped).length === 0) return;
    this.port.postMessage({ type: 'received', opened, clear, dropped });
    this.opened = this.clear = 0;
    this.dropped = {};
  }
}
