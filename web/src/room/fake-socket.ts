/** Stands in for the server's end of websockets in tests. */
import { Protocol, type EventType, type EventBody, type Joined, type Message, type Participant, type Kind } from '../api/wire';
import type { OpenSocket, SocketLike } from './signal-connection';

/** One socket as the client opened it; the test plays the server. */
export class FakeSocket implements SocketLike {
  protocol = '';
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  readonly sent: Message[] = [];
  closed = false;

  constructor(
    readonly url: string,
    private readonly answer: (request: Message, socket: FakeSocket) => void,
  ) {}

  open(protocol: string): void {
    this.protocol = protocol;
    this.onopen?.(undefined as never);
  }

  send(data: string): void {
    const message = JSON.parse(data) as Message;
    this.sent.push(message);
    // Like a real server, never before send() has returned.
    queueMicrotask(() => this.answer(message, this));
  }

  close(): void {
    this.closed = true;
  }

  /** The network cuts the connection. */
  cut(): void {
    this.onclose?.({ code: 1006 });
  }

  say(message: Message): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  ok(request: Message, body: unknown = {}): void {
    this.say({ id: request.id ?? 0, type: 'ok', body });
  }

  refuse(request: Message, code: string): void {
    this.say({ id: request.id ?? 0, type: 'error', body: { code, message: code } });
  }

  event<T extends EventType>(seq: number, type: T, body: EventBody<T>): void {
    this.say({ seq, type, body });
  }

  /** The requests of one type, oldest first. */
  requests(type: string): Message[] {
    return this.sent.filter((message) => message.type === type);
  }
}

/** A server that remembers the sockets and answers by a table; what it has no entry for is answered ok. */
export class FakeServer {
  readonly sockets: FakeSocket[] = [];
  /** false: connections are refused */
  up = true;
  protocol = Protocol as string;
  readonly answers: Record<string, (request: Message, socket: FakeSocket) => void> = {
    hello: (request, socket) =>
      socket.ok(request, { server: 'roundel 0', signalling: { version: 'TLS 1.3', suite: 'TLS_AES_128_GCM_SHA256' }, user: null }),
    join: (request, socket) => socket.ok(request, { joined: joinedAs('me') }),
  };

  readonly connect: OpenSocket = (url) => {
    const socket = new FakeSocket(url, (request, s) => (this.answers[request.type] ?? ((r, t) => t.ok(r)))(request, s));
    this.sockets.push(socket);
    queueMicrotask(() => (this.up ? socket.open(this.protocol) : socket.cut()));
    return socket;
  };

  get last(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('no socket was opened');
    return socket;
  }
}

/** A participant as the server would describe one. */
export function participant(id: string, change: Partial<Participant> = {}): Participant {
  return {
    id,
    name: id.toUpperCase(),
    role: 'participant',
    guest: true,
    joinedAt: '2026-11-22T10:00:00Z',
    hand: null,
    live: {} as Record<Kind, boolean>,
    speaking: false,
    disconnected: false,
    quality: 0,
    leg: {
      kind: 'web',
      client: 'roundel-web 0.1.0',
      since: '2026-11-22T10:00:00Z',
      signalling: { version: 'TLS 1.3', suite: 'TLS_AES_128_GCM_SHA256' },
      media: {
        dtls: 'DTLS 1.2',
        suite: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
        srtp: 'SRTP_AEAD_AES_256_GCM',
        candidate: 'host',
        protocol: 'udp',
      },
    },
    ...change,
  };
}

/** The state of a meeting at the moment of entry. */
export function joinedAs(self: string, change: Partial<Joined> = {}): Joined {
  return {
    self,
    seat: `seat of ${self}`,
    graceSeconds: 60,
    seq: 0,
    resumed: false,
    room: {
      id: 'room',
      number: '0123456789',
      title: 'Standup',
      startedAt: '2026-11-22T10:00:00Z',
      settings: { lobby: false, locked: false, passcode: '', joinBeforeHost: true, takeover: false },
      spotlight: '',
    },
    participants: [participant(self)],
    waiting: [],
    history: [],
    slots: [],
    ...change,
  };
}

/** A tab's sessionStorage. */
export function fakeTab() {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
}
