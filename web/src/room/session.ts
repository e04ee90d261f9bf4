import type { AnyEvent, Joined, JoinReply, Lobby, ReplyBody, RequestBody, RequestType, Welcome } from '../api/wire';
import { backoff, sleep } from './clock';
import { RoundelError } from './model';
import { SignalConnection, type OpenSocket } from './signal-connection';

/** What happens to the seat, in order. */
export interface SessionListener {
  welcomed(welcome: Welcome): void;
  lobby(lobby: Lobby): void;
  /** a seat, fresh or (joined.resumed) the one from before */
  joined(joined: Joined): void;
  event(event: AnyEvent): void;
  /** seatEndsAt: until when the server keeps the seat, or null without one */
  lost(seatEndsAt: number | null): void;
  /** no way back by itself; code of core/meeting or offline */
  ended(code: string, message: string): void;
}

export interface SessionOptions {
  url: string;
  number: string;
  client: string;
  /** what this client can do beside the common */
  features?: () => string[];
  open: OpenSocket;
  listener: SessionListener;
  /** Where the seat's secret outlives a reload of the page; the tab's sessionStorage. */
  storage?: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
}

/** How long a lost connection is tried again before the person must decide, ms. */
export const GIVE_UP_AFTER = 5 * 60_000;

/** Refusals that trying again cannot change. */
const FINAL = new Set(['removed', 'banned', 'denied', 'ended', 'replaced', 'version', 'locked', 'full', 'passcode_wrong', 'passcode_required', 'e2ee_required']);

/**
 * Keeps one seat in one meeting over as many connections as it takes: hello,
 * join, and after a loss the same seat again with what was missed. Events reach
 * the listener in order and once; a gap is healed by resuming.
 */
export class Session {
  private connection: SignalConnection | null = null;
  private seat: string | null = null;
  private seatMs = 60_000;
  private seq = 0;
  private name = '';
  private passcode: string | undefined;
  /** none before join and after the end */
  private state: 'none' | 'joining' | 'lobby' | 'in' | 'lost' = 'none';
  private wake: (() => void) | null = null;

  constructor(private readonly options: SessionOptions) {}

  /** Connects and asks for a seat; rejects with the refusal. May be called again after a rejection. */
  async join(name: string, passcode?: string): Promise<void> {
    this.name = name;
    this.passcode = passcode;
    this.seat = this.options.storage?.getItem(this.key) ?? null;
    this.seq = 0;
    this.state = 'joining';
    try {
      await this.connect();
    } catch (error) {
      this.drop();
      throw error;
    }
  }

  private get key(): string {
    return `roundel.seat.${this.options.number}`;
  }

  private forget(): void {
    this.seat = null;
    this.options.storage?.removeItem(this.key);
  }

  /** The name to knock with, should the seat be gone after a loss. */
  rename(name: string): void {
    this.name = name;
  }

  /** Rejects with offline while there is no connection. */
  request<T extends RequestType>(type: T, body: RequestBody<T>): Promise<ReplyBody<T>> {
    if (!this.connection) return Promise.reject(new RoundelError('offline', 'There is no connection to the server.'));
    return this.connection.request(type, body);
  }

  /** Gives the seat up and closes; waits for the server's word at most two seconds. */
  async leave(): Promise<void> {
    const connection = this.connection;
    this.state = 'none';
    this.forget();
    this.wake?.();
    try {
      await connection?.request('leave', {}, 2000);
    } catch {
      // The server notices the closed connection; the seat then ends by itself.
    }
    this.drop();
  }

  /** Closes without a word; the server keeps the seat for a while. */
  drop(): void {
    this.state = 'none';
    this.connection?.close();
    this.connection = null;
    this.wake?.();
  }

  /** The network or the page came back: look at the connection now, or try the next one now. */
  nudge(): void {
    if (this.state === 'lost') this.wake?.();
    else void this.connection?.probe(3000);
  }

  private async connect(): Promise<void> {
    const connection = await SignalConnection.connect(this.options.open, this.options.url, {
      event: (event) => this.receive(event),
      lost: () => this.lost(),
    });
    // leave() or drop() may have come while the socket was opening.
    if (this.state === 'none') {
      connection.close();
      throw new RoundelError('offline', 'The meeting was left.');
    }
    this.connection = connection;
    const welcome = await connection.request('hello', { kind: 'web', client: this.options.client, features: this.options.features?.() ?? [] });
    this.options.listener.welcomed(welcome);
    this.enter(await this.ask(connection));
  }

  private async ask(connection: SignalConnection): Promise<JoinReply> {
    const fresh = { number: this.options.number, name: this.name, ...(this.passcode ? { passcode: this.passcode } : {}) };
    if (!this.seat) return connection.request('join', fresh);
    try {
      return await connection.request('join', { ...fresh, seat: this.seat, seq: this.seq });
    } catch (error) {
      if (!(error instanceof RoundelError) || error.code !== 'not_found') throw error;
      // The seat is gone, the meeting may not be: knock like anybody.
      this.forget();
      return connection.request('join', fresh);
    }
  }

  private enter(reply: JoinReply): void {
    if (reply.joined) this.take(reply.joined);
    else if (reply.lobby) {
      this.state = 'lobby';
      this.options.listener.lobby(reply.lobby);
    } else throw new RoundelError('internal', 'The server answered without a seat.');
  }

  private take(joined: Joined): void {
    this.state = 'in';
    this.seat = joined.seat;
    this.options.storage?.setItem(this.key, joined.seat);
    this.seatMs = joined.graceSeconds * 1000;
    this.seq = joined.seq;
    this.options.listener.joined(joined);
  }

  private receive(event: AnyEvent): void {
    if (event.type === 'lobby.admitted') {
      this.take(event.body);
      return;
    }
    if (event.type === 'closed') {
      if (event.body.code !== 'unavailable') this.forget();
      this.drop();
      this.options.listener.ended(event.body.code, event.body.message);
      return;
    }
    // The group tells those in the lobby too; their events are not counted.
    if (this.state === 'lobby' && event.type.startsWith('group.')) this.options.listener.event(event);
    if (this.state !== 'in' || event.seq <= this.seq) return;
    if (event.seq !== this.seq + 1) {
      this.connection?.lose();
      return;
    }
    this.seq = event.seq;
    this.options.listener.event(event);
  }

  private lost(): void {
    this.connection = null;
    // While joining, the rejected request tells join() itself.
    if (this.state !== 'in' && this.state !== 'lobby') return;
    const seatEndsAt = this.state === 'in' ? Date.now() + this.seatMs : null;
    this.state = 'lost';
    this.options.listener.lost(seatEndsAt);
    void this.comeBack(Date.now() + GIVE_UP_AFTER);
  }

  private async comeBack(until: number): Promise<void> {
    for (let attempt = 0; this.state === 'lost'; attempt++) {
      const wait = sleep(backoff(attempt));
      this.wake = wait.now;
      await wait.done;
      this.wake = null;
      if (this.state !== 'lost') return;
      const failure = await this.tryAgain();
      if (!failure) return;
      if (FINAL.has(failure.code) || Date.now() > until) {
        this.drop();
        this.options.listener.ended(failure.code, failure.message);
      }
    }
  }

  /** One attempt; returns why it failed, or null. */
  private async tryAgain(): Promise<RoundelError | null> {
    try {
      await this.connect();
      return null;
    } catch (error) {
      this.connection?.close();
      this.connection = null;
      return error instanceof RoundelError ? error : new RoundelError('internal', 'The connection failed.');
    }
  }
}
