import type { Binding, Kind, Layer, MediaAnswer, MediaOffer, MediaReport } from '../api/wire';
import { RoundelError, type Connection } from '../room/model';
import { backoff } from '../room/clock';
import { Store, type Readable } from '../room/store';
import type { AudioOut } from './audio-out';
import { Bindings, type Videos } from './bindings';
import type { VideoCodec } from './codecs';
import { Ears } from './ears';
import { Peer, SENDS, VIDEO_SLOTS, browser, type Browser, type Relay } from './peer';
import type { Place, Places } from './figures';
import { Flow } from './flow';
import { lossBetween, read, type OwnMedia, type Reading } from './stats';
import type { FrameCount } from './protocol';
import type { Transforms, WorkerState } from './transforms';

/** What the engine says of itself. */
export interface EngineState {
  connection: Connection['media'];
  /** the browser's own view of the connection's encryption; null before it is up */
  own: OwnMedia | null;
  transforms: WorkerState;
  videoSlots: number;
}

export interface EngineOptions {
  /** passes an offer to the server; rejects when there is no connection to it */
  negotiate(offer: MediaOffer): Promise<MediaAnswer>;
  /** what lets one use the server's relay */
  relay(): Promise<Relay>;
  report(report: MediaReport): void;
  transforms(): Transforms;
  audio: AudioOut;
  codec: VideoCodec;
  web?: Browser;
  ears?: Ears;
}

const STATS_EVERY = 1000;
/** One of so many readings is reported. */
const REPORTED = 2;
/** How long a connection may take to come up or come back before the next remedy, ms. */
const PATIENCE = 8000;
/** How long a first connection may take before the relay is tried, ms. */
const FIRST = 5000;
/** How long "disconnected" may heal by itself, ms. */
const HEAL = 3000;

/**
 * The media connection from the first offer to the end: one Peer at a time,
 * renegotiated for more slots, its ICE restarted when the way breaks, and built
 * anew when that does not help. Tracks and bindings live here and survive all of it.
 */
export class MediaEngine {
  readonly state: Readable<EngineState>;
  readonly videos: Readable<Videos>;
  /** whose sealed sound is heard as speech, participant ids */
  readonly heard: Readable<ReadonlySet<string>>;
  /** in which sizes the camera can be sent; none while it is off, and without simulcast */
  readonly layers: Readable<readonly Layer[]>;
  private readonly status: Store<EngineState>;
  private readonly sizes = new Store<readonly Layer[]>([]);
  private readonly bindings = new Bindings();
  private readonly ears: Ears;
  private readonly tracks = new Map<Kind, MediaStreamTrack>();
  private peer: Peer | null = null;
  private transforms: Transforms | null = null;
  private bound: readonly Binding[] = [];
  private slots = VIDEO_SLOTS;
  private turn: Promise<void> = Promise.resolve();
  private remedies = 0;
  /** this connection has been up */
  private was = false;
  /** counts what is torn down: something was built meanwhile, or all was closed */
  private building = 0;
  /** an offer on a standing connection found no answer */
  private unanswered = false;
  private remedy: ReturnType<typeof setTimeout> | undefined;
  private stats: ReturnType<typeof setInterval> | undefined;
  private last: Reading | null = null;

  constructor(private readonly options: EngineOptions) {
    this.status = new Store<EngineState>({ connection: 'none', own: null, transforms: 'starting', videoSlots: VIDEO_SLOTS });
    this.state = this.status;
    this.videos = this.bindings.videos;
    this.layers = this.sizes;
    this.ears = options.ears ?? new Ears();
    this.heard = this.ears.speaking;
  }

  /** Makes the connection, or makes it anew. Failures are retried and show in state. */
  start(): Promise<void> {
    this.remedies = 0;
    return this.build();
  }

  /** After the network changed: finds the way again without a new handshake. */
  restart(): void {
    if (this.peer && this.status.current.connection !== 'connecting') void this.negotiate(this.peer, true);
  }

  /** The connection to the server is back and the seat was kept: resume what waited for it. */
  resume(): void {
    if (this.status.current.connection !== 'up' || this.unanswered) this.remedied();
  }

  /** Sends a track, or with null nothing, as this kind. */
  async setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    if (track) this.tracks.set(kind, track);
    else this.tracks.delete(kind);
    this.measured();
    await this.peer?.setTrack(kind, track);
  }

  /** The server's word on which layers of a kind to send; it counts for the connection that there is. */
  async wantLayers(kind: Kind, rids: readonly string[]): Promise<void> {
    await this.peer?.want(kind, rids);
  }

  bind(bindings: readonly Binding[]): void {
    this.bound = bindings;
    this.bindings.bind(bindings);
    this.tellBound();
  }

  /** Asks for at least so many video slots; never fewer than there are. */
  wantSlots(count: number): void {
    this.slots = Math.max(this.slots, count);
    if (this.peer?.grow(this.slots)) void this.negotiate(this.peer, false);
  }

  /** Frames through the transforms so far, by direction, kind and slot. */
  frames(): Promise<FrameCount[]> {
    return this.transforms?.counts() ?? Promise.resolve([]);
  }

  /** The connection's own report, for a page of figures or a test. */
  report(): Promise<RTCStatsReport | null> {
    return this.peer?.connection.getStats() ?? Promise.resolve(null);
  }

  /** What each m-line carries now: own kinds, and what is bound. Sealed frames name their owner themselves. */
  places(): Places {
    const places = new Map<string, Place>();
    for (const [mid, kind] of this.peer?.sending() ?? []) places.set(mid, { participant: '', kind, paused: false });
    for (const { label, transceiver } of this.peer?.receivers ?? []) {
      const binding = this.bound.find(({ mid }) => mid === transceiver.mid);
      if (!binding) continue;
      const { participant, kind } = this.transforms?.owners.current.get(label) ?? binding;
      places.set(binding.mid, { participant, kind, paused: binding.paused });
    }
    return places;
  }

  close(): void {
    this.tear();
    this.tracks.clear();
    this.measured();
    this.patch({ connection: 'none', own: null });
  }

  private async build(): Promise<void> {
    this.tear();
    this.patch({ connection: 'connecting', own: null, transforms: 'starting' });
    const { building } = this;
    const relay = this.remedies > 0 ? await this.options.relay().catch(() => null) : null;
    if (building !== this.building) return;
    const transforms = this.options.transforms();
    const peer = new Peer(transforms, this.options.codec, this.options.web ?? browser, relay);
    this.transforms = transforms;
    this.peer = peer;
    peer.grow(this.slots);
    this.measured();
    transforms.state.subscribe((state) => this.transforms === transforms && this.patch({ transforms: state }));
    transforms.owners.subscribe(() => this.transforms === transforms && this.tellOwners());
    for (const slot of peer.receivers) {
      if (slot.media === 'audio') this.options.audio.add(slot.transceiver.receiver.track);
    }
    peer.connection.onconnectionstatechange = () => this.moved(peer);
    const flow = new Flow();
    let readings = 0;
    this.stats = setInterval(() => void this.look(peer, flow, ++readings % REPORTED === 0), STATS_EVERY);
    await this.negotiate(peer, false);
    await Promise.all(SENDS.map((kind) => this.sendIfLive(peer, kind)));
  }

  private async sendIfLive(peer: Peer, kind: Kind): Promise<void> {
    const track = this.tracks.get(kind);
    if (track && this.peer === peer) await peer.setTrack(kind, track);
  }

  /** The camera, its size or the connection is another one. */
  private measured(): void {
    const camera = this.tracks.get('camera');
    const layers = (camera && this.peer?.layers('camera', camera)) ?? [];
    if (JSON.stringify(layers) !== JSON.stringify(this.sizes.current)) this.sizes.set(layers);
  }

  private tear(): void {
    clearTimeout(this.remedy);
    clearInterval(this.stats);
    if (this.peer) this.peer.connection.onconnectionstatechange = null;
    this.peer?.close();
    this.was = false;
    this.building++;
    this.transforms?.close();
    this.peer = this.transforms = this.last = null;
    this.options.audio.clear();
    this.ears.clear();
    this.bindings.clear();
  }

  /** One offer and its answer after the other; a peer that was replaced meanwhile is left alone. */
  private negotiate(peer: Peer, iceRestart: boolean): Promise<void> {
    this.turn = this.turn.then(async () => {
      if (this.peer !== peer) return;
      this.await(this.was || this.remedies > 0 ? PATIENCE : FIRST);
      try {
        const answer = await this.options.negotiate(await peer.offer(iceRestart));
        if (this.peer !== peer) return;
        await peer.answer(answer.sdp);
        this.unanswered = false;
        this.measured();
        this.adopt(peer);
      } catch (error) {
        if (this.peer === peer) this.failed(error);
      }
    });
    return this.turn;
  }

  /** The mids are known now: bindings can find their slots. */
  private adopt(peer: Peer): void {
    const { transforms } = this;
    for (const { media, label, transceiver } of peer.receivers) {
      if (media !== 'video' || transceiver.mid === null || !transforms) continue;
      this.bindings.slot(transceiver.mid, { track: transceiver.receiver.track, arrival: () => transforms.arrival(label) });
    }
    this.tellBound();
    this.patch({ videoSlots: peer.videoSlots });
    if (peer.connection.connectionState === 'connected') this.moved(peer);
  }

  /** The worker needs the server's word for clear frames, which carry no key id. */
  private tellBound(): void {
    for (const { label, transceiver } of this.peer?.receivers ?? []) {
      const binding = transceiver.mid === null ? undefined : this.bound.find(({ mid }) => mid === transceiver.mid);
      this.transforms?.bound(label, binding ? { participant: binding.participant, kind: binding.kind } : null);
    }
  }

  /** Sealed frames name their owner themselves; that goes before the server's word. */
  private tellOwners(): void {
    for (const { media, label, transceiver } of this.peer?.receivers ?? []) {
      const owner = this.transforms?.owners.current.get(label) ?? null;
      if (media === 'audio') this.ears.owned(label, transceiver.receiver.track, owner?.kind === 'mic' ? owner.participant : '');
      else if (transceiver.mid !== null) this.bindings.owned(transceiver.mid, owner);
    }
  }

  private moved(peer: Peer): void {
    if (this.peer !== peer) return;
    switch (peer.connection.connectionState) {
      case 'connected':
        clearTimeout(this.remedy);
        this.remedies = 0;
        this.was = true;
        this.patch({ connection: 'up' });
        void this.look(peer, null, true);
        break;
      case 'disconnected':
        this.patch({ connection: 'interrupted' });
        this.await(HEAL);
        break;
      case 'failed':
        this.patch({ connection: 'interrupted' });
        this.remedied();
        break;
    }
  }

  private failed(error: unknown): void {
    clearTimeout(this.remedy);
    const up = this.status.current.connection === 'up';
    if (!up) this.patch({ connection: 'failed' });
    this.unanswered = up;
    // Without a connection to the server only resume() or start() can help.
    if (error instanceof RoundelError && error.code === 'offline') return;
    this.await(backoff(this.remedies++));
  }

  private await(ms: number): void {
    clearTimeout(this.remedy);
    this.remedy = setTimeout(() => this.remedied(), ms);
  }

  /** First the way anew (ICE restart), where there was one; then everything anew and by the relay, too, less and less often. */
  private remedied(): void {
    clearTimeout(this.remedy);
    const peer = this.peer;
    if (!peer) return;
    if (peer.connection.connectionState === 'connected') {
      if (this.unanswered) void this.negotiate(peer, false);
      return;
    }
    this.remedies += 1;
    if (this.remedies === 1 && this.was) {
      void this.negotiate(peer, true);
      return;
    }
    const failing = this.remedies > 3;
    void this.build();
    if (failing) this.patch({ connection: 'failed' });
  }

  /** Looks after the way, which may be broken long before the browser says so, and reports now and then. */
  private async look(peer: Peer, flow: Flow | null, reports: boolean): Promise<void> {
    if (this.peer !== peer || peer.connection.connectionState !== 'connected') return;
    const reading = read((await peer.connection.getStats()).values());
    if (this.peer !== peer) return;
    if (flow?.reading(reading.bytes)) this.restart();
    if (reports) await this.tell(peer, reading);
  }

  private async tell(peer: Peer, reading: Reading): Promise<void> {
    // A track changes its size without a word: by its device, or by how that is held.
    await peer.measure('camera').catch(() => undefined);
    this.measured();
    if (this.peer !== peer) return;
    if (JSON.stringify(reading.own) !== JSON.stringify(this.status.current.own)) this.patch({ own: reading.own });
    if (this.last) this.options.report({ loss: lossBetween(this.last, reading), rtt: reading.rtt });
    this.last = reading;
  }

  private patch(change: Partial<EngineState>): void {
    this.status.update((state) => ({ ...state, ...change }));
  }
}
