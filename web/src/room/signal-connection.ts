import { Protocol, type AnyEvent, type ErrorBody, type Message, type ReplyBody, type RequestBody, type RequestType } from '../api/wire';
import { RoundelError } from './model';

/** The part of WebSocket that is used, so that tests can stand in for it. */
export interface SocketLike {
  readonly protocol: string;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  onerror: ((event: never) => void) | null;
  send(data: string): void;
  close(code?: number): void;
}

export type OpenSocket = (url: string, protocol: string) => SocketLike;

/** The browser's own. */
export const openWebSocket: OpenSocket = (url, protocol) => new WebSocket(url, protocol) as unknown as SocketLike;

/** What a connection tells its owner. `lost` comes once, and not after close(). */
export interface SignalListener {
  event(event: AnyEvent): void;
  lost(): void;
}

/** Milliseconds until a request without a reply is given up. */
export const REQUEST_TIMEOUT = 10_000;
const PING_EVERY = 10_000;
const PING_TIMEOUT = 5_000;

interface Pending {
  resolve: (body: unknown) => void;
  reject: (error: RoundelError) => void;
  timer: ReturnType<typeof setTimeout>;
}

/**
 * One websocket that speaks roundel.v1: requests with replies, events, and a
 * ping that notices a connection that died without a word. It knows nothing of
 * seats and does not reconnect; Session does.
 */
export class SignalConnection {
  private readonly pending = new Map<number, Pending>();
  private lastId = 0;
  private open = true;
  private readonly pinger: ReturnType<typeof setInterval>;

  private constructor(
    private readonly socket: SocketLike,
    private readonly listener: SignalListener,
  ) {
    socket.onmessage = (event) => this.receive(event.data);
    socket.onclose = () => this.lose();
    this.pinger = setInterval(() => void this.probe(), PING_EVERY);
  }

  /** Opens the socket. Rejects with code offline, or version when the server does not speak roundel.v1. */
  static connect(open: OpenSocket, url: string, listener: SignalListener): Promise<SignalConnection> {
    return new Promise((resolve, reject) => {
      const socket = open(url, Protocol);
      const fail = (error: RoundelError) => {
        clearTimeout(timer);
        socket.onopen = socket.onclose = socket.onmessage = null;
        socket.close();
        reject(error);
      };
      const timer = setTimeout(() => fail(new RoundelError('timeout', 'The server did not answer.')), REQUEST_TIMEOUT);
      socket.onclose = () => fail(new RoundelError('offline', 'There is no connection to the server.'));
      socket.onopen = () => {
        if (socket.protocol !== Protocol) {
          fail(new RoundelError('version', 'The server speaks another protocol version.'));
          return;
        }
        clearTimeout(timer);
        resolve(new SignalConnection(socket, listener));
      };
    });
  }

  /** Sends a request and waits for its reply. Rejects with the server's code, timeout or offline. */
  request<T extends RequestType>(type: T, body: RequestBody<T>, timeout = REQUEST_TIMEOUT): Promise<ReplyBody<T>> {
    if (!this.open) return Promise.reject(offline());
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.pending.delete(id);
        reject(new RoundelError('timeout', 'The server did not answer.'));
      }, timeout);
      this.pending.set(id, { resolve: resolve as (body: unknown) => void, reject, timer });
      this.socket.send(JSON.stringify({ id, type, body } satisfies Message));
    });
  }

  /** Asks for a sign of life now; without one the connection counts as lost. */
  async probe(timeout = PING_TIMEOUT): Promise<void> {
    try {
      await this.request('ping', {}, timeout);
    } catch (error) {
      // Any answer, even a refusal, proves that the connection lives.
      if (error instanceof RoundelError && error.code === 'timeout') this.lose();
    }
  }

  /** Closes without telling the listener. */
  close(): void {
    this.shut();
    this.socket.close(1000);
  }

  /** Gives the connection up as lost. */
  lose(): void {
    if (!this.open) return;
    this.shut();
    this.socket.close();
    this.listener.lost();
  }

  private shut(): void {
    this.open = false;
    clearInterval(this.pinger);
    this.socket.onmessage = this.socket.onclose = null;
    for (const { reject, timer } of this.pending.values()) {
      clearTimeout(timer);
      reject(offline());
    }
    this.pending.clear();
  }

  private receive(data: unknown): void {
    const message = parse(data);
    if (!message) return;
    if (message.id !== undefined) {
      this.settle(message.id, message);
    } else if (message.seq !== undefined) {
      // The types of events are the server's promise; what is unknown is ignored where it is applied.
      this.listener.event({ seq: message.seq, type: message.type, body: message.body } as AnyEvent);
    }
  }

  private settle(id: number, message: Message): void {
    const waiting = this.pending.get(id);
    if (!waiting) return;
    this.pending.delete(id);
    clearTimeout(waiting.timer);
    if (message.type === 'ok') {
      waiting.resolve(message.body ?? {});
      return;
    }
    const { code, message: text } = (message.body ?? { code: 'internal', message: '' }) as ErrorBody;
    waiting.reject(new RoundelError(code, text));
  }
}

function offline(): RoundelError {
  return new RoundelError('offline', 'There is no connection to the server.');
}

function parse(data: unknown): Message | null {
  if (typeof data !== 'string') return null;
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null && 'type' in value ? (value as Message) : null;
  } catch {
    return null;
  }
}
