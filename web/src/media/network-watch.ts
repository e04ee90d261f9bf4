import type { MeetingState, NetworkView } from '../room/model';
import { Store, type Readable } from '../room/store';
import { count, type Counters } from './counters';
import { figuresBetween, type Places } from './figures';
import { judge } from './network-verdict';

/** The media connection, as far as it is read. */
export interface NetworkSource {
  /** its own report, or null while there is none */
  report(): Promise<Pick<RTCStatsReport, 'values'> | null>;
  places(): Places;
}

/** Time between two readings, ms. */
const EVERY = 2000;
/** The figures are of the last so many readings: long enough for a share of loss to mean something. */
const KEPT = 6;

const UNKNOWN: NetworkView = { verdict: { level: 0, reasons: [], notes: [] }, figures: null };

/** The own network, read again and again while somebody looks, and only then. */
export class NetworkWatch implements Readable<NetworkView> {
  private readonly view = new Store(UNKNOWN);
  private readings: Counters[] = [];
  /** when more had come than at the reading before */
  private cameAt = 0;
  private lookers = 0;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly source: NetworkSource,
    private readonly meeting: () => Pick<MeetingState, 'connection' | 'participants'>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get current(): NetworkView {
    return this.view.current;
  }

  subscribe(run: (view: NetworkView) => void): () => void {
    const end = this.view.subscribe(run);
    if (this.lookers++ === 0) this.begin();
    let ended = false;
    return () => {
      end();
      if (!ended && --this.lookers === 0) this.end();
      ended = true;
    };
  }

  private begin(): void {
    this.timer = setInterval(() => void this.read(), EVERY);
    void this.read();
  }

  private end(): void {
    clearInterval(this.timer);
    this.readings = [];
    this.view.set(UNKNOWN);
  }

  private async read(): Promise<void> {
    const report = await this.source.report().catch(() => null);
    if (this.lookers === 0) return;
    if (report) this.note(count(report.values(), this.now()));
    else this.readings = [];
    const [first, last] = [this.readings[0], this.readings.at(-1)];
    const places = this.source.places();
    const figures = first && last && last.at > first.at ? figuresBetween(first, last, places) : null;
    const bound = [...places.values()].filter(({ participant }) => participant !== '');
    const { connection, participants } = this.meeting();
    const verdict = judge({
      connection: connection.media,
      server: participants.find(({ self }) => self) ?? { quality: 0, qualityReason: '' },
      figures,
      idle: last ? last.at - this.cameAt : 0,
      expects: bound.some(({ paused }) => !paused),
      held: bound.filter(({ paused }) => paused).length,
    });
    this.view.set({ verdict, figures });
  }

  /** Keeps a reading; one of another connection, whose counts began anew, makes the earlier ones void. */
  private note(reading: Counters): void {
    const last = this.readings.at(-1);
    if (last && ((reading.bytesIn ?? 0) < (last.bytesIn ?? 0) || (reading.bytesOut ?? 0) < (last.bytesOut ?? 0))) this.readings = [];
    if (this.readings.length === 0 || reading.bytesIn === null || reading.bytesIn !== last?.bytesIn) this.cameAt = reading.at;
    this.readings = [...this.readings, reading].slice(-KEPT);
  }
}
