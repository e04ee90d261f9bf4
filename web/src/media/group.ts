import type { Verdict } from '../e2ee/incoming';
import type { MediaKind } from '../e2ee/kid';
import type { Bound, DropReason, FromMedia, ToMedia } from '../e2ee/protocol';
import { Ring } from '../e2ee/ring';
import type { Left } from '../e2ee/sender';

/** The part of a MessagePort that is used. */
export interface Port {
  onmessage: ((event: MessageEvent<ToMedia>) => void) | null;
  onmessageerror: ((event: never) => void) | null;
  postMessage(message: FromMedia): void;
}

/** How long after its last frame a kind counts as live, ms. */
const LIVE = 500;
/**
 * How long the first sealed frame of a live kind is waited for at a switch, ms, as in
 * the SDK. Nothing clear leaves from the switch on; the wait is for what left before.
 */
const WAIT = 250;
const LOOK_EVERY = 50;
/** How often keys and held frames whose time is over end at the latest, ms. */
const TICK_EVERY = 250;
const REPORT_EVERY = 1000;

/**
 * The media worker's side of the port to the mls worker: makes the ring, feeds
 * it with keys and rules, and reports back. There is no ring until the mls
 * worker has given this worker an instance of its own; until then nothing passes.
 */
export class Group {
  ring: Ring | null = null;
  /** whose track each slot plays by the server's word */
  readonly bound = new Map<string, Bound>();
  private readonly lastLeft = new Map<MediaKind, number>();
  private switching: { epoch: number; since: number; waiting: Set<MediaKind> } | null = null;
  private looking: ReturnType<typeof setInterval> | undefined;
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

  /** An own frame of a kind has left or was held back. */
  left(kind: MediaKind, left: Left): void {
    if (left.act === 'hold') return;
    this.lastLeft.set(kind, this.now());
    if (left.act !== 'sealed') return;
    const { epoch, counter, flipped } = left;
    if (flipped) this.port.postMessage({ type: 'flipped', kind, epoch, counter, clear: flipped.clear });
    // The last kind that was waited for: the others' locks wait for the word.
    if (this.switching?.waiting.delete(kind)) this.look();
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
    this.settle(null);
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
        break;
      case 'send':
        ring.send(message.mode, message.epoch);
        this.settle(message.mode === 'seal' ? message.epoch : null);
        break;
      case 'receive':
        ring.receive(message.mode, this.now() + message.until - Date.now(), message.from);
        break;
    }
  }

  /** After a switch to seal: waits until what is live has flipped, then says so. */
  private settle(epoch: number | null): void {
    clearInterval(this.looking);
    if (epoch === null) {
      this.switching = null;
      return;
    }
    const since = this.now();
    const live = [...this.lastLeft].filter(([, last]) => since - last <= LIVE).map(([kind]) => kind);
    this.switching = { epoch, since, waiting: this.switching ? this.switching.waiting : new Set(live) };
    this.looking = setInterval(() => this.look(), LOOK_EVERY);
    this.look();
  }

  private look(): void {
    const { switching, ring } = this;
    if (!switching || !ring?.knows(switching.epoch)) return;
    if (switching.waiting.size > 0 && this.now() - switching.since <= WAIT) return;
    clearInterval(this.looking);
    switching.waiting.clear();
    this.port.postMessage({ type: 'sealing', epoch: switching.epoch });
  }

  private report(): void {
    const { opened, clear, dropped } = this;
    if (opened + clear + Object.keys(dropped).length === 0) return;
    this.port.postMessage({ type: 'received', opened, clear, dropped });
    this.opened = this.clear = 0;
    this.dropped = {};
  }
}
