/** Stands in for the browser's RTCPeerConnection and capture in tests. */
import type { FromMediaWorker, ToMediaWorker } from './protocol';
import { Transforms, type WorkerLike } from './transforms';
import type { Browser } from './peer';

export class FakeTrack {
  readyState: 'live' | 'ended' = 'live';
  onended: (() => void) | null = null;
  contentHint = '';
  readonly label: string;

  constructor(
    readonly kind: 'audio' | 'video',
    readonly id: string = kind,
  ) {
    this.label = `label of ${id}`;
  }

  stop(): void {
    this.readyState = 'ended';
  }

  getSettings(): { deviceId: string } {
    return { deviceId: this.id };
  }

  /** As the real type, which has more than any test needs. */
  get real(): MediaStreamTrack {
    return this as unknown as MediaStreamTrack;
  }
}

class FakeSender {
  transform: unknown = null;
  track: unknown = null;
  constructor(private encodings: { active: boolean }[]) {}
  getParameters() {
    return { encodings: this.encodings.map((encoding) => ({ ...encoding })) };
  }
  async setParameters(parameters: { encodings: { active: boolean }[] }): Promise<void> {
    this.encodings = parameters.encodings;
  }
  async replaceTrack(track: unknown): Promise<void> {
    this.track = track;
  }
  /** Whether packets would leave. */
  get sends(): boolean {
    return this.track !== null && this.encodings.every((encoding) => encoding.active);
  }
}

export class FakeTransceiver {
  mid: string | null = null;
  codecs: { mimeType: string }[] = [];
  readonly sender: FakeSender;
  readonly receiver: { transform: unknown; track: FakeTrack };

  constructor(
    readonly kind: 'audio' | 'video',
    readonly init: { direction: string; sendEncodings?: { active: boolean }[] },
  ) {
    this.sender = new FakeSender(init.sendEncodings ?? []);
    this.receiver = { transform: null, track: new FakeTrack(kind, 'remote') };
  }

  setCodecPreferences(codecs: { mimeType: string }[]): void {
    this.codecs = codecs;
  }
}

export class FakePeerConnection {
  connectionState = 'new';
  signalingState = 'stable';
  onconnectionstatechange: (() => void) | null = null;
  localDescription: { sdp: string } | null = null;
  remoteDescription: { sdp: string } | null = null;
  readonly transceivers: FakeTransceiver[] = [];
  readonly restarts: boolean[] = [];
  stats: object[] = [];

  addTransceiver(kind: 'audio' | 'video', init: { direction: string }): FakeTransceiver {
    const transceiver = new FakeTransceiver(kind, init);
    this.transceivers.push(transceiver);
    return transceiver;
  }

  async createOffer({ iceRestart }: { iceRestart: boolean }): Promise<{ sdp: string }> {
    this.restarts.push(iceRestart);
    return { sdp: `offer with ${this.transceivers.length} lines` };
  }

  async setLocalDescription(description: { sdp: string }): Promise<void> {
    this.localDescription = description;
    this.transceivers.forEach((transceiver, i) => (transceiver.mid ??= String(i)));
  }

  async setRemoteDescription(description: { sdp: string }): Promise<void> {
    this.remoteDescription = description;
  }

  async getStats(): Promise<Map<string, object>> {
    return new Map(this.stats.map((row, i) => [String(i), row]));
  }

  close(): void {
    this.connectionState = 'closed';
    this.signalingState = 'closed';
  }

  /** The connection moves by itself. */
  move(state: string): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

/** A browser that remembers its connections. */
export class FakeBrowser implements Browser {
  readonly connections: FakePeerConnection[] = [];

  connection(): RTCPeerConnection {
    const connection = new FakePeerConnection();
    this.connections.push(connection);
    return connection as unknown as RTCPeerConnection;
  }

  codecs(_: 'send' | 'receive', media: 'audio' | 'video'): RTCRtpCodec[] {
    const names = media === 'audio' ? ['audio/opus', 'audio/red'] : ['video/VP8', 'video/VP9', 'video/rtx', 'video/red'];
    return names.map((mimeType) => ({ mimeType, clockRate: 1 }));
  }

  get last(): FakePeerConnection {
    const connection = this.connections.at(-1);
    if (!connection) throw new Error('no connection was made');
    return connection;
  }
}

/** A media worker that lives and answers. */
export class FakeMediaWorker implements WorkerLike {
  onmessage: ((event: MessageEvent<FromMediaWorker>) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  onmessageerror: ((event: never) => void) | null = null;
  terminated = false;
  /** slots that were asked for their first new frame */
  readonly awaited: { label: string; id: number }[] = [];
  /** what it was told of slots: label and participant */
  readonly bound: [string, string | null][] = [];
  postMessage(message: ToMediaWorker): void {
    if (message.type === 'ping') this.say({ type: 'pong', id: message.id });
    else if (message.type === 'report') this.say({ type: 'counts', counts: [] });
    else if (message.type === 'await') this.awaited.push(message);
    else if (message.type === 'bound') this.bound.push([message.label, message.bound?.participant ?? null]);
  }
  say(message: FromMediaWorker): void {
    this.onmessage?.({ data: message } as MessageEvent<FromMediaWorker>);
  }
  terminate(): void {
    this.terminated = true;
  }
}

/** Puts what a page has into the global scope of a test; the returned function takes it away. */
export function installBrowserGlobals(): () => void {
  const scope = globalThis as Record<string, unknown>;
  const added: Record<string, unknown> = {
    RTCRtpScriptTransform: class {
      constructor(
        readonly worker: unknown,
        readonly options: unknown,
      ) {}
    },
    MediaStream: class {
      constructor(readonly tracks: unknown[] = []) {}
      getTracks() {
        return this.tracks;
      }
    },
    Audio: class {
      srcObject = null;
      autoplay = false;
      async play() {}
      pause() {}
    },
  };
  const before = Object.fromEntries(Object.keys(added).map((name) => [name, scope[name]]));
  Object.assign(scope, added);
  return () => Object.assign(scope, before);
}

/** Transforms on a worker that lives. */
export function fakeTransforms(group: MessagePort | null = null): { transforms: Transforms; worker: FakeMediaWorker } {
  const worker = new FakeMediaWorker();
  const transforms = new Transforms(worker, group);
  worker.say({ type: 'ready' });
  return { transforms, worker };
}
