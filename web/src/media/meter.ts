import { Store, type Readable } from '../room/store';

/** Milliseconds between two looks at the sound. */
export const METER_EVERY = 66;

/** Measures the loudness of a track: root mean square of the last 43 ms, 0 to 1. */
export class Meter {
  readonly rms: Readable<number>;
  private readonly value = new Store(0);
  private context: AudioContext | null = null;
  private source: MediaStreamAudioSourceNode | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor() {
    this.rms = this.value;
  }

  /** Measures this track from now on; null stops. */
  watch(track: MediaStreamTrack | null): void {
    this.source?.disconnect();
    this.source = null;
    clearInterval(this.timer);
    if (!track) {
      this.value.set(0);
      return;
    }
    this.context ??= new AudioContext();
    const context = this.context;
    const analyser = context.createAnalyser();
    analyser.fftSize = 2048;
    this.source = context.createMediaStreamSource(new MediaStream([track]));
    this.source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.timer = setInterval(() => {
      wake(context);
      analyser.getFloatTimeDomainData(samples);
      this.value.set(rms(samples));
    }, METER_EVERY);
  }

  close(): void {
    this.watch(null);
    void this.context?.close();
    this.context = null;
  }
}

const waking = new WeakSet<object>();

/** Before a click on the page a browser may keep a context asleep; the one wish to wake is granted after it. */
export function wake(context: Pick<AudioContext, 'state' | 'resume'>): void {
  if (context.state !== 'suspended' || waking.has(context)) return;
  waking.add(context);
  const done = () => waking.delete(context);
  context.resume().then(done, done);
}

/** Root mean square of samples between -1 and 1. */
export function rms(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length ? Math.sqrt(sum / samples.length) : 0;
}

/** Loudness as a bar shows it: -60 dBFS is 0, full scale is 1. */
export function bar(loudness: number): number {
  if (loudness <= 0) return 0;
  return Math.min(1, Math.max(0, 1 + (20 * Math.log10(loudness)) / 60));
}
