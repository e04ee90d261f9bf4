import type { Kind, Layer, MediaOffer, MediaRelay } from '../api/wire';
import { audioPreferences, simulcastMode, videoPreferences, type VideoCodec } from './codecs';
import { constantOffer, faultsOf } from './descriptions';
import { chosen, layersOf, sizeOf } from './layers';
import type { Transforms } from './transforms';

/** Receive slots of the first offer, and how many videos later ones may add up to. */
export const AUDIO_SLOTS = 10;
export const VIDEO_SLOTS = 9;
export const MAX_VIDEO_SLOTS = 25;

/** The kinds in the order of their m-lines. */
export const SENDS: readonly Kind[] = ['mic', 'camera', 'screen', 'screenAudio'];

/** A picture of which a camera is offered with all its layers, before there is a track. */
const ANY_CAMERA = { width: 1280, height: 720 };

/** Highest bit rates of the encoders when there is one for a kind, bits per second. */
const ENCODINGS: Record<Kind, RTCRtpEncodingParameters> = {
  mic: {},
  camera: { maxBitrate: 1_500_000, maxFramerate: 30 },
  screen: { maxBitrate: 2_500_000, maxFramerate: 30 },
  screenAudio: { maxBitrate: 96_000 },
};

/** One receiving m-line. */
export interface Slot {
  media: 'audio' | 'video';
  /** its name in the media worker */
  label: string;
  transceiver: RTCRtpTransceiver;
}

/** What lets one use the server's relay for a while. */
export type Relay = Pick<MediaRelay, 'username' | 'password'>;

/** The relay is at the port of the pages, under TLS and without. */
function iceServer({ username, password }: Relay): RTCIceServer {
  const at = `${location.hostname}:${location.port || '443'}?transport=tcp`;
  return { urls: [`turns:${at}`, `turn:${at}`], username, credential: password };
}

/** What the browser offers; tests stand in for it. */
export interface Browser {
  connection(relay: Relay | null): RTCPeerConnection;
  codecs(side: 'send' | 'receive', media: 'audio' | 'video'): RTCRtpCodec[];
}

/** The real browser. The meeting server is reachable by itself (ICE-lite); its relay is for networks that let only pages through. */
export const browser: Browser = {
  connection: (relay) => new RTCPeerConnection({ bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require', iceServers: relay ? [iceServer(relay)] : [] }),
  codecs: (side, media) => (side === 'send' ? RTCRtpSender : RTCRtpReceiver).getCapabilities(media)?.codecs ?? [],
};

/**
 * One RTCPeerConnection with its m-lines: everything this client may ever send,
 * silent until it has a track, and the receive slots. Each sender and receiver
 * has its transform before the first offer leaves.
 */
export class Peer {
  readonly connection: RTCPeerConnection;
  private readonly sends = new Map<Kind, RTCRtpTransceiver>();
  private readonly slots: Slot[] = [];
  /** one change of a sender after the other: getParameters and setParameters must pair */
  private readonly turn = new Map<Kind, Promise<void>>();
  /** what each sender has now */
  private readonly tracks = new Map<Kind, MediaStreamTrack>();
  /** the layers that the server wants, by its last word */
  private readonly wanted = new Map<Kind, readonly string[]>();

  constructor(
    private readonly transforms: Transforms,
    private readonly codec: VideoCodec,
    private readonly web: Browser = browser,
    relay: Relay | null = null,
  ) {
    this.connection = web.connection(relay);
    for (const kind of SENDS) this.addSend(kind);
    for (let i = 0; i < AUDIO_SLOTS; i++) this.addSlot('audio');
    for (let i = 0; i < VIDEO_SLOTS; i++) this.addSlot('video');
  }

  /** Number of video slots, negotiated or about to be. */
  get videoSlots(): number {
    return this.slots.filter((slot) => slot.media === 'video').length;
  }

  /** All slots in the order of their making. */
  get receivers(): readonly Slot[] {
    return this.slots;
  }

  /** The own kinds by the mids of their m-lines, once these are known. */
  sending(): [string, Kind][] {
    return [...this.sends].flatMap(([kind, { mid }]) => (mid === null ? [] : [[mid, kind] as [string, Kind]]));
  }

  /** Adds video slots up to `count`; true when the next offer has more than the last. */
  grow(count: number): boolean {
    const target = Math.min(count, MAX_VIDEO_SLOTS);
    const before = this.videoSlots;
    for (let have = before; have < target; have++) this.addSlot('video');
    return target > before;
  }

  /** The whole offer. The server is found by its own candidates; ours need not be gathered first. */
  async offer(iceRestart: boolean): Promise<MediaOffer> {
    await this.connection.setLocalDescription(await this.connection.createOffer({ iceRestart }));
    const sdp = constantOffer(this.connection.localDescription?.sdp ?? '');
    refuse('Our own offer', sdp);
    const sends: Record<string, Kind> = {};
    for (const [kind, { mid }] of this.sends) if (mid !== null) sends[mid] = kind;
    return { sdp, sends };
  }

  /** Takes the server's answer; throws when it holds what no description may hold. */
  async answer(sdp: string): Promise<void> {
    refuse("The server's answer", sdp);
    await this.connection.setRemoteDescription({ type: 'answer', sdp });
    // Chromium takes from the answer which layers are sent: what was changed since the offer is undone.
    for (const kind of ['camera', 'screen'] as const) await this.measure(kind).catch(() => undefined);
  }

  /** Sends this track as this kind from now on; null sends nothing at all, not even silence. */
  setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    return this.inTurn(kind, (sender) => this.change(kind, sender, track));
  }

  /** Sends these layers of a kind from now on, as far as its track has them; nothing else changes. */
  want(kind: Kind, rids: readonly string[]): Promise<void> {
    this.wanted.set(kind, rids);
    return this.measure(kind);
  }

  /** Looks what size a kind's track has by now, and sends the layers of that. */
  measure(kind: Kind): Promise<void> {
    return this.inTurn(kind, (sender) => this.encode(kind, sender));
  }

  /** In which layers a track can be sent as a kind, smallest first; none when the answer took no simulcast. */
  layers(kind: Kind, track: MediaStreamTrack): Layer[] {
    const sender = this.sends.get(kind)?.sender;
    if (!sender || !inLayers(sender.getParameters().encodings)) return [];
    return layersOf(sizeOf(track)).map(({ rid, pixels, bitrate }) => ({ rid, pixels, bitrate }));
  }

  close(): void {
    this.connection.close();
  }

  private inTurn(kind: Kind, step: (sender: RTCRtpSender) => Promise<void>): Promise<void> {
    const before = this.turn.get(kind) ?? Promise.resolve();
    const next = before.catch(() => undefined).then(async () => {
      const sender = this.sends.get(kind)?.sender;
      if (sender && this.connection.signalingState !== 'closed') await step(sender);
    });
    this.turn.set(kind, next);
    return next;
  }

  private async change(kind: Kind, sender: RTCRtpSender, track: MediaStreamTrack | null): Promise<void> {
    if (track) {
      await sender.replaceTrack(track);
      this.tracks.set(kind, track);
      await this.encode(kind, sender);
    } else {
      this.tracks.delete(kind);
      await this.encode(kind, sender);
      await sender.replaceTrack(null);
    }
  }

  /** Sets the encodings of a sender as its track and the server's wishes are; none is active without a track. */
  private async encode(kind: Kind, sender: RTCRtpSender): Promise<void> {
    const track = this.tracks.get(kind);
    const parameters = sender.getParameters();
    const before = JSON.stringify(parameters.encodings);
    if (inLayers(parameters.encodings)) setLayers(parameters.encodings, track, this.wanted.get(kind) ?? null);
    else setWhole(kind, parameters.encodings, track, this.wanted.get(kind) ?? null);
    if (JSON.stringify(parameters.encodings) !== before) await sender.setParameters(parameters);
  }

  private addSend(kind: Kind): void {
    const media = kind === 'mic' || kind === 'screenAudio' ? 'audio' : 'video';
    const transceiver = this.connection.addTransceiver(media, {
      direction: 'sendonly',
      sendEncodings: kind === 'camera' ? cameraEncodings(this.codec) : [{ ...ENCODINGS[kind], active: false }],
    });
    this.prefer(transceiver, 'send', media);
    this.transforms.install(transceiver.sender, { side: 'send', media, label: kind });
    this.sends.set(kind, transceiver);
  }

  private addSlot(media: 'audio' | 'video'): void {
    const index = this.slots.filter((slot) => slot.media === media).length;
    const transceiver = this.connection.addTransceiver(media, { direction: 'recvonly' });
    this.prefer(transceiver, 'receive', media);
    const label = `${media} ${index}`;
    this.transforms.install(transceiver.receiver, { side: 'receive', media, label });
    this.slots.push({ media, label, transceiver });
  }

  private prefer(transceiver: RTCRtpTransceiver, side: 'send' | 'receive', media: 'audio' | 'video'): void {
    const all = this.web.codecs(side, media);
    const wanted = media === 'audio' ? audioPreferences(all) : videoPreferences(all, this.codec);
    if (wanted.length > 0) transceiver.setCodecPreferences(wanted);
  }
}

function refuse(whose: string, sdp: string): void {
  const faults = faultsOf(sdp);
  if (faults.length > 0) throw new Error(`${whose} is refused: ${faults.join(', ')}.`);
}

/** One encoding for each layer (WebRTC, 5.2: sendEncodings with rid), silent. */
function cameraEncodings(codec: VideoCodec): RTCRtpEncodingParameters[] {
  return layersOf(ANY_CAMERA).map(({ rid, scale, bitrate }) => ({
    ...ENCODINGS.camera,
    ...simulcastMode(codec),
    rid,
    active: false,
    scaleResolutionDownBy: scale,
    maxBitrate: bitrate,
  }));
}

function setLayers(encodings: RTCRtpEncodingParameters[], track: MediaStreamTrack | undefined, wanted: readonly string[] | null): void {
  const layers = track ? layersOf(sizeOf(track)) : [];
  const send = chosen(layers, wanted);
  for (const encoding of encodings) {
    const layer = layers.find(({ rid }) => rid === encoding.rid);
    if (layer) Object.assign(encoding, { scaleResolutionDownBy: layer.scale, maxBitrate: layer.bitrate });
    encoding.active = send.some(({ rid }) => rid === encoding.rid);
  }
}

/** The encoding that is left of a simulcast that was not taken is the smallest: it gets all there is. */
function setWhole(kind: Kind, encodings: RTCRtpEncodingParameters[], track: MediaStreamTrack | undefined, wanted: readonly string[] | null): void {
  const whole = kind === 'camera' ? { ...ENCODINGS.camera, scaleResolutionDownBy: 1 } : {};
  for (const encoding of encodings) Object.assign(encoding, whole, { active: track !== undefined && wanted?.length !== 0 });
}

/** Whether these are the encodings of a simulcast. */
function inLayers(encodings: readonly RTCRtpEncodingParameters[]): boolean {
  return encodings.length > 1;
}
