import type { CaptureProblem, DeviceOption, Devices, DevicesState, LocalTrack, MeetingEvent, Permission } from '../room/model';
import { Store, type Readable } from '../room/store';
import { ORIGINAL_SOUND_KEY, cameraConstraints, micConstraints, obstacle, permissionOf, problemOf } from './capture';
import { Meter, bar } from './meter';
import { testTone } from './tone';

/** Device news that the meeting passes on. */
export type DeviceEvent = Extract<MeetingEvent, { type: 'deviceChanged' | 'captureFailed' }>;

/** Devices, and what the meeting needs of them beyond the screens. */
export interface CaptureDevices extends Devices {
  /** what the microphone gives, on or off, for the speaking flag; 0 to 1 */
  readonly rms: Readable<number>;
  /** the track to send now, or null while off */
  readonly mic: Readable<MediaStreamTrack | null>;
  readonly camera: Readable<MediaStreamTrack | null>;
  onEvent(run: (event: DeviceEvent) => void): () => void;
  /** Stops all capture and turns both off; they may be turned on again. */
  release(): void;
}

type Input = 'mic' | 'camera';

const KEYS = { mic: 'roundel.mic', camera: 'roundel.camera', speaker: 'roundel.speaker' };

/** The devices of this browser. Asks for nothing until setMic or setCamera turns one on. */
export function createDevices(storage: Pick<Storage, 'getItem' | 'setItem'> = localStorage): CaptureDevices {
  return new LocalDevices(storage);
}

class LocalDevices implements CaptureDevices {
  readonly state: Readable<DevicesState>;
  readonly level: Readable<number>;
  readonly rms: Readable<number>;
  readonly mic: Readable<MediaStreamTrack | null>;
  readonly camera: Readable<MediaStreamTrack | null>;
  private readonly view: Store<DevicesState>;
  private readonly bars = new Store(0);
  private readonly meter = new Meter();
  private readonly sending = { mic: new Store<MediaStreamTrack | null>(null), camera: new Store<MediaStreamTrack | null>(null) };
  /** captured tracks; a muted microphone stays captured, a camera never does */
  private readonly captured: Record<Input, MediaStreamTrack | null> = { mic: null, camera: null };
  /** the last word of the person, against answers that come late */
  private readonly wanted: Record<Input, boolean> = { mic: false, camera: false };
  private readonly turn: Record<Input, Promise<void>> = { mic: Promise.resolve(), camera: Promise.resolve() };
  private readonly listeners = new Set<(event: DeviceEvent) => void>();
  private readonly changed = () => void this.refresh();

  constructor(private readonly storage: Pick<Storage, 'getItem' | 'setItem'>) {
    this.view = new Store<DevicesState>({
      mics: [],
      cameras: [],
      speakers: [],
      canPickSpeaker: typeof HTMLMediaElement !== 'undefined' && 'setSinkId' in HTMLMediaElement.prototype,
      mic: storage.getItem(KEYS.mic) ?? '',
      camera: storage.getItem(KEYS.camera) ?? '',
      speaker: storage.getItem(KEYS.speaker) ?? '',
      micPermission: 'unknown',
      cameraPermission: 'unknown',
      micTrack: { state: 'off' },
      cameraTrack: { state: 'off' },
      preview: null,
    });
    this.state = this.view;
    this.level = this.bars;
    this.rms = this.meter.rms;
    this.mic = this.sending.mic;
    this.camera = this.sending.camera;
    this.meter.rms.subscribe((loudness) => this.bars.set(bar(loudness)));
    navigator.mediaDevices?.addEventListener('devicechange', this.changed);
  }

  onEvent(run: (event: DeviceEvent) => void): () => void {
    this.listeners.add(run);
    return () => this.listeners.delete(run);
  }

  async refresh(): Promise<void> {
    const [micPermission, cameraPermission] = await Promise.all([permissionOf('microphone'), permissionOf('camera')]);
    this.patch({ micPermission, cameraPermission });
    if (obstacle()) return;
    const all = await navigator.mediaDevices.enumerateDevices();
    this.patch({
      mics: options(all, 'audioinput'),
      cameras: options(all, 'videoinput'),
      speakers: this.view.current.canPickSpeaker ? options(all, 'audiooutput') : [],
    });
  }

  setMic(on: boolean): Promise<void> {
    return this.set('mic', on);
  }

  setCamera(on: boolean): Promise<void> {
    return this.set('camera', on);
  }

  pickMic(id: string): Promise<void> {
    return this.pick('mic', id);
  }

  pickCamera(id: string): Promise<void> {
    return this.pick('camera', id);
  }

  async pickSpeaker(id: string): Promise<void> {
    this.storage.setItem(KEYS.speaker, id);
    this.patch({ speaker: id });
  }

  testSpeaker(): Promise<void> {
    return testTone(this.view.current.speaker);
  }

  release(): void {
    for (const input of ['mic', 'camera'] as const) {
      this.wanted[input] = false;
      this.free(input);
      this.track(input, { state: 'off' });
    }
  }

  close(): void {
    navigator.mediaDevices?.removeEventListener('devicechange', this.changed);
    this.release();
    this.meter.close();
    this.listeners.clear();
  }

  private pick(input: Input, id: string): Promise<void> {
    this.storage.setItem(KEYS[input], id);
    this.patch({ [input]: id });
    if (!this.captured[input]) return Promise.resolve();
    return this.queue(input, async () => {
      if (this.captured[input]) await this.capture(input);
    });
  }

  private set(input: Input, on: boolean): Promise<void> {
    this.wanted[input] = on;
    return this.queue(input, async () => {
      if (!on) this.turnOff(input);
      else if (this.captured[input]?.readyState === 'live') this.show(input);
      else await this.capture(input);
    });
  }

  /** One change of a device after the other: two captures of one camera fail in some browsers. */
  private queue(input: Input, step: () => Promise<void>): Promise<void> {
    return (this.turn[input] = this.turn[input].then(step));
  }

  private turnOff(input: Input): void {
    if (input === 'camera') this.free('camera');
    this.sending[input].set(null);
    this.track(input, { state: 'off' });
  }

  private async capture(input: Input): Promise<void> {
    if (this.wanted[input] && !this.sending[input].current) this.track(input, { state: 'starting' });
    try {
      const track = await this.open(input);
      const old = this.captured[input];
      this.captured[input] = track;
      track.onended = () => this.ended(input, track);
      // A muted microphone that was captured stays so; one that was let go while it opened does not.
      if (this.wanted[input] || (input === 'mic' && old)) this.show(input);
      else this.free(input);
      old?.stop();
    } catch (error) {
      await this.failed(input, error);
    }
    void this.refresh();
  }

  private async open(input: Input): Promise<MediaStreamTrack> {
    const problem = obstacle();
    if (problem) throw new Refusal(problem);
    const original = this.storage.getItem(ORIGINAL_SOUND_KEY) === 'on';
    const stream = await navigator.mediaDevices.getUserMedia(
      input === 'mic' ? { audio: micConstraints(this.view.current.mic, original) } : { video: cameraConstraints(this.view.current.camera) },
    );
    const track = stream.getTracks()[0];
    if (!track) throw new Refusal('notFound');
    return track;
  }

  /** The captured track becomes what is measured, shown and, while wanted, sent. */
  private show(input: Input): void {
    const track = this.captured[input];
    const on = this.wanted[input];
    if (input === 'mic') this.meter.watch(track);
    else this.patch({ preview: track && on ? new MediaStream([track]) : null });
    this.sending[input].set(on ? track : null);
    this.track(input, { state: on ? 'on' : 'off' });
    this.patch({ [input]: track?.getSettings().deviceId ?? this.view.current[input] });
  }

  private free(input: Input): void {
    const track = this.captured[input];
    if (track) {
      track.onended = null;
      track.stop();
    }
    this.captured[input] = null;
    this.sending[input].set(null);
    if (input === 'mic') this.meter.watch(null);
    else this.patch({ preview: null });
  }

  private async failed(input: Input, error: unknown): Promise<void> {
    const permission: Permission = await permissionOf(input === 'mic' ? 'microphone' : 'camera');
    const reason = error instanceof Refusal ? error.reason : problemOf(error, permission);
    this.wanted[input] = false;
    this.free(input);
    this.track(input, { state: 'failed', reason });
    this.tell({ type: 'captureFailed', kind: input, reason });
  }

  /** The device went away under us: another one takes over, if there is one. */
  private ended(input: Input, track: MediaStreamTrack): void {
    if (this.captured[input] !== track) return;
    this.free(input);
    if (!this.wanted[input]) return;
    void this.queue(input, async () => {
      await this.capture(input);
      if (this.captured[input]) this.tell({ type: 'deviceChanged', kind: input, label: this.captured[input]?.label ?? '' });
    });
  }

  private track(input: Input, state: LocalTrack): void {
    this.patch(input === 'mic' ? { micTrack: state } : { cameraTrack: state });
  }

  private patch(change: Partial<DevicesState>): void {
    this.view.update((state) => ({ ...state, ...change }));
  }

  private tell(event: DeviceEvent): void {
    for (const run of this.listeners) run(event);
  }
}

/** A failure that has its reason already. */
class Refusal extends Error {
  constructor(readonly reason: CaptureProblem) {
    super(reason);
  }
}

function options(all: readonly MediaDeviceInfo[], kind: MediaDeviceKind): DeviceOption[] {
  // Without permission browsers list nameless placeholders with empty ids.
  return all.filter((d) => d.kind === kind && d.deviceId !== '').map((d) => ({ id: d.deviceId, label: d.label }));
}
