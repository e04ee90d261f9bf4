import type { Kind, Layer, ReplyBody, RequestBody, RequestType } from '../api/wire';
import { SENDS } from '../media/peer';
import type { WantView } from './model';

/** What is told, and to whom. */
export interface TellingOptions {
  ask<T extends RequestType>(type: T, body: RequestBody<T>): Promise<ReplyBody<T>>;
  /** there is a seat: the server listens */
  inside(): boolean;
  tracks(): Record<Kind, MediaStreamTrack | null>;
  /** in which sizes the camera can be sent; none: nothing to say */
  layers(): readonly Layer[];
  speaking(): boolean;
  /** receivers that the own connection should have room for */
  wantSlots(count: number): void;
}

/** How long a changing layout settles before the server is told, ms. */
const WANTS_AFTER = 150;
/** What a new seat wants. */
const NO_WANTS = JSON.stringify({ wants: [] });

/** What this client tells the server of itself, and only when it changes: live tracks, sizes of the camera, wanted videos, whether this person speaks. */
export class Telling {
  private wanted: WantView[] = [];
  private toldWants = NO_WANTS;
  private toldLayers = '';
  private toldSpeaking = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** what the server knows of the own tracks; absent when that is not certain */
  private readonly told = new Map<Kind, boolean>();

  constructor(private readonly options: TellingOptions) {}

  /** A new seat: the server knows nothing yet. */
  fresh(): void {
    this.toldWants = NO_WANTS;
    this.toldLayers = '';
    this.toldSpeaking = false;
    for (const kind of SENDS) this.told.set(kind, false);
  }

  /** Nothing is certain any more. */
  forget(): void {
    this.told.clear();
  }

  /** The server has stopped a track by itself. */
  stopped(kind: Kind): void {
    this.told.set(kind, false);
  }

  all(): void {
    this.layers(); // before its picture comes, so that the right size is asked for at once
    this.tracks();
    this.wants();
    void this.speaking();
  }

  tracks(): void {
    if (!this.options.inside()) return;
    for (const [kind, track] of Object.entries(this.options.tracks()) as [Kind, MediaStreamTrack | null][]) {
      const live = track !== null;
      if (this.told.get(kind) === live) continue;
      this.told.set(kind, live);
      // Told again after the next connection when it did not arrive.
      this.options.ask('media.live', { kind, live }).catch(() => this.told.delete(kind));
    }
  }

  layers(): void {
    const layers = [...this.options.layers()];
    const text = JSON.stringify(layers);
    if (!this.options.inside() || layers.length === 0 || text === this.toldLayers) return;
    this.toldLayers = text;
    this.options.ask('media.layers', { kind: 'camera', layers }).catch(() => (this.toldLayers = ''));
  }

  setWants(wants: WantView[]): void {
    this.wanted = wants;
    clearTimeout(this.timer);
    // The first layout is told at once: somebody waits for the picture.
    this.timer = setTimeout(() => this.wants(), this.toldWants === NO_WANTS ? 0 : WANTS_AFTER);
  }

  async speaking(): Promise<void> {
    const speaking = this.options.speaking();
    if (!this.options.inside() || speaking === this.toldSpeaking) return;
    this.toldSpeaking = speaking;
    // A flag that is lost is told anew with the next word.
    await this.options.ask('self.speaking', { speaking }).catch(() => undefined);
  }

  close(): void {
    clearTimeout(this.timer);
  }

  private wants(): void {
    this.options.wantSlots(this.wanted.length);
    const body = { wants: this.wanted.map((want) => ({ ...want, pixels: Math.round(want.pixels) })) };
    const text = JSON.stringify(body);
    if (!this.options.inside() || text === this.toldWants) return;
    this.toldWants = text;
    this.options.ask('media.wants', body).catch(() => (this.toldWants = ''));
  }
}
