import { Store, type Readable } from '../room/store';
import { rms, wake } from './meter';
import { SpeakingGate } from './speaking';

/** How often the sound of the slots is looked at, ms. */
const LISTEN_EVERY = 100;

/** The part of an AudioContext that is used. */
export type Listening = Pick<AudioContext, 'state' | 'resume' | 'close' | 'createAnalyser' | 'createMediaStreamSource'>;

/** One receive slot whose sound was somebody's microphone. */
interface Ear {
  readonly track: MediaStreamTrack;
  /** "": the slot plays clear sound, or none */
  participant: string;
  gate: SpeakingGate;
  /** null until the slot's turn has come */
  sound: { source: { disconnect(): void }; loudness(): number } | null;
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
    if (before?.track === track) Object.assign(before, { participant, gate: new SpeakingGate() });
    else {
      before?.sound?.source.disconnect();
      this.ears.set(label, { track, participant, gate: new SpeakingGate(), sound: null });
    }
    this.look();
  }

  /** The connection with all its slots is gone. */
  clear(): void {
    for (const { sound } of this.ears.values()) sound?.source.disconnect();
    this.ears.clear();
    void this.context?.close();
    this.context = null;
    this.look();
  }

  /** One slot at a time: a browser's sound falters when many are tapped at once, as all would be after a switch. */
  private tap(): void {
    const next = this.owners().find(({ sound }) => !sound);
    if (!next) return;
    this.context ??= this.make();
    const analyser = this.context.createAnalyser();
    const source = this.context.createMediaStreamSource(new MediaStream([next.track]));
    source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const loudness = () => {
      analyser.getFloatTimeDomainData(samples);
      return rms(samples);
    };
    next.sound = { source, loudness };
  }

  private owners(): Ear[] {
    return [...this.ears.values()].filter(({ participant }) => participant !== '');
  }

  /** The clock runs while there is something to hear. */
  private look(): void {
    clearInterval(this.timer);
    if (this.owners().length > 0) this.timer = setInterval(() => this.listen(), LISTEN_EVERY);
    this.say((ear) => this.heard.current.has(ear.participant));
  }

  private listen(): void {
    this.tap();
    if (this.context) wake(this.context);
    const now = Date.now();
    this.say(({ sound, gate }) => sound !== null && gate.push(sound.loudness(), now));
  }

  private say(speaks: (ear: Ear) => boolean): void {
    const next = new Set(this.owners().filter(speaks).map(({ participant }) => participant));
    const before = this.heard.current;
    if (next.size !== before.size || [...next].some((id) => !before.has(id))) this.heard.set(next);
  }
}
