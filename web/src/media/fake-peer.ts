/** Stands in for the browser's RTCPeerConnection and capture in tests. */
import type { FromMediaWorker, ToMediaWorker } from './protocol';
import { Transforms, type WorkerLike } from './transforms';
import type { Browser, Relay } from './peer';

export class FakeTrack {
  readyState: 'live' | 'ended' = 'live';
  onended: (() => void) | null = null;
  contentHint = '';
  /** what its settings tell of its size; empty: nothing */
  size: { width?: number; height?: number } = {};
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

  getSettings(): { deviceId: string; width?: number; height?: number } {
    return { deviceId: this.id, ...this.size };
  }

  /** As the real type, which has more than any test needs. */
  get real(): MediaStreamTrack {
    return this as unknown as MediaStreamTrack;
  }
}

interface FakeEncoding {
  active: boolean;
  rid?: string;
  scaleResolutionDownBy?: number;
  maxBitrate?: number;
}

class FakeSender {
  transform: unknown = null;
  track: unknown = null;
  /** parameters that were handed out and not yet set again */
  private open: object | null = null;
  constructor(private encodings: FakeEncoding[]) {}
  getParameters() {
    const parameters = { encodings: this.encodings.map((encoding) => ({ ...encoding })) };
    this.open = parameters;
    return parameters;
  }
  /** As the real one (WebRTC, 5.2), it takes only what was handed out last. */
  async setParameters(parameters: { encodings: FakeEncoding[] }): Promise<void> {
    if (parameters !== this.open) throw new Error('InvalidStateError');
    this.open = null;
    this.encodings = parameters.encodings;
  }
  /** The answer takes no simulcast: the first encoding is left, and has no RID. */
  refuseSimulcast(): void {
    const { rid: _, ...first } = this.encodings[0] ?? { active: false };
    this.encodings = [first];
  }
  private offered: boolean[] = [];
  noteOffered(): void {
    this.offered = this.encodings.map(({ active }) => active);
  }
  /** As in Chromium: which layers are sent follows from the answer, and that from the offer. */
  takeOffered(): void {
    if (this.encodings.length > 1) this.encodings.forEach((encoding, i) => (encoding.active = this.offered[i] ?? false));
  }
  async replaceTrack(track: unknown): Promise<void> {
    this.track = track;
  }
  /** Whether packets would leave. */
  get sends(): boolean {
    return this.track !== null && this.encodings.some((encoding) => encoding.active);
  }
  /** What leaves, one text for each encoding. */
  get sent(): string[] {
    const active = this.track === null ? [] : this.encodings.filter((encoding) => encoding.active);
    return active.map(({ rid = 'all', scaleResolutionDownBy = 1, maxBitrate = 0 }) => `${rid} 1/${scaleResolutionDownBy} ${maxBitrate / 1000}k`);
  }
}

export class FakeTransceiver {
  mid: string | null = null;
  codecs: { mimeType: string }[] = [];
  readonly sender: FakeSender;
  readonly receiver: { transform: unknown; track: FakeTrack };

  constructor(
    readonly kind: 'audio' | 'video',
    readonly init: { direction: string; sendEncodings?: FakeEncoding[] },
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
  /** whether the answer takes simulcast */
  simulcast = true;

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
    for (const { sender } of this.transceivers) sender.noteOffered();
  }

  async setRemoteDescription(description: { sdp: string }): Promise<void> {
    this.remoteDescription = description;
    if (!this.simulcast) for (const { sender } of this.transceivers) if (sender.getParameters().encodings.length > 1) sender.refuseSimulcast();
    for (const { sender } of this.transceivers) sender.takeOffered();
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
  /** what each connection was given of a relay */
  readonly relays: (Relay | null)[] = [];

  connection(relay: Relay | null): RTCPeerConnection {
    this.relays.push(relay);
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
