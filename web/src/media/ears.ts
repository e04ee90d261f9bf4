import { Store, type Readable } from '../room/store';
import { rms, wake } from './meter';
import { SpeakingGate } from './speaking';

/** How often the sound of the slots is looked at, ms. */
const LISTEN_EVERY = 100;

/** The part of an AudioContext that is used. */
export type Listening = Pick<AudioContext, 'state' | 'resume' | 'close' | 'createAnalyser' | 'createMediaStreamSource'>;

/** One receive slot that plays somebody's microphone. */
interface Ear {
  participant: string;
  source: { disconnect(): void };
  loudness(): number;
  gate: SpeakingGate;
}

/**
 * Hears who is speaking in the sound that this device has opened. While
 * encryption is on the server is not told who speaks, so nobody can be told by
 * it: every device listens by itself. Slots that play clear sound are left out.
 */
export class Ears {
  /** participant ids */
  readonly speaking: Readable<ReadonlySet<string>>;
  private readonly heard = new Store<ReadonlySet<string>>(new Set());
  private readonly ears = new Map<string, Ear>();
  private context: Listening | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly make: () => Listening = () => new AudioContext()) {
    this.speaking = this.heard;
  }

  /** The slot of this label plays this participant's microphone; "" nobody's that is known by a key. */
  owned(label: string, track: MediaStreamTrack, participant: string): void {
    const before = this.ears.get(label);
    if ((before?.participant ?? '') === participant) return;
    before?.source.disconnect();
    this.ears.delete(label);
    if (participant) this.ears.set(label, this.ear(track, participant));
    this.look();
  }

  /** The connection with all its slots is gone. */
  clear(): void {
    for (const { source } of this.ears.values()) source.disconnect();
    this.ears.clear();
    void this.context?.close();
    this.context = null;
    this.look();
  }

  private ear(track: MediaStreamTrack, participant: string): Ear {
    this.context ??= this.make();
    const analyser = this.context.createAnalyser();
    const source = this.context.createMediaStreamSource(new MediaStream([track]));
    source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const loudness = () => {
      analyser.getFloatTimeDomainData(samples);
      return rms(samples);
    };
    return { participant, source, loudness, gate: new SpeakingGate() };
  }

  /** The clock runs while there is something to hear. */
  private look(): void {
    clearInterval(this.timer);
    if (this.ears.size > 0) this.timer = setInterval(() => this.listen(), LISTEN_EVERY);
    this.say((ear) => this.heard.current.has(ear.participant));
  }

  private listen(): void {
    if (this.context) wake(this.context);
    const now = Date.now();
    this.say((ear) => ear.gate.push(ear.loudness(), now));
  }

  private say(speaks: (ear: Ear) => boolean): void {
    const next = new Set([...this.ears.values()].filter(speaks).map(({ participant }) => participant));
    const before = this.heard.current;
    if (next.size !== before.size || [...next].some((id) => !before.has(id))) this.heard.set(next);
  }
}
