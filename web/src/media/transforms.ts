import type { Bound } from '../e2ee/protocol';
import { Store, type Readable } from '../room/store';
import type { FrameCount, FromMediaWorker, ToMediaWorker, TransformOptions } from './protocol';
import { Pulse } from './pulse';

/** The part of Worker that is used, so that tests can stand in for it. */
export interface WorkerLike {
  onmessage: ((event: MessageEvent<FromMediaWorker>) => void) | null;
  onerror: ((event: never) => void) | null;
  onmessageerror: ((event: never) => void) | null;
  postMessage(message: ToMediaWorker, transfer?: Transferable[]): void;
  terminate(): void;
}

/** starting: no sign of life yet; dead: what it should carry has stopped. */
export type WorkerState = 'starting' | 'ok' | 'dead';

/** Whose frames a slot plays by their key, and from which RTP timestamp on where the browser tells it. */
export interface Owner extends Bound {
  from: number | null;
}

/**
 * The page's side of the media worker: installs its transform on senders and
 * receivers and watches that the worker lives. A dead worker stays dead; the
 * media connection must be made anew with a new one.
 */
export class Transforms {
  readonly state: Readable<WorkerState>;
  /** whose frames each receive slot plays by their keys, by label; a slot that plays clear ones is not in it */
  readonly owners: Readable<ReadonlyMap<string, Owner>>;
  private readonly owning = new Store<ReadonlyMap<string, Owner>>(new Map());
  private readonly status = new Store<WorkerState>('starting');
  private readonly pulse: Pulse;
  private readonly waiting: ((counts: FrameCount[]) => void)[] = [];
  private readonly awaited = new Map<string, { id: number; resolve: (rtpTimestamp: number | null) => void }>();
  private readonly said = new Map<string, string | null>();
  private asked = 0;

  /** group: the way to the mls worker; null in a meeting without one, where frames pass as they are. */
  constructor(
    private readonly worker: WorkerLike,
    private readonly group: MessagePort | null = null,
  ) {
    this.state = this.status;
    this.owners = this.owning;
    worker.onmessage = ({ data }) => this.receive(data);
    worker.onerror = () => this.die();
    worker.onmessageerror = () => this.die();
    if (group) worker.postMessage({ type: 'group', port: group }, [group]);
    this.pulse = new Pulse((id) => worker.postMessage({ type: 'ping', id }), () => this.die());
    this.pulse.beat();
  }

  /** Puts the transform on one sender or receiver; must happen before media flows. */
  install(on: RTCRtpSender | RTCRtpReceiver, options: TransformOptions): void {
    // The transform is told by itself, too: nothing may pass before the port has arrived.
    on.transform = new RTCRtpScriptTransform(this.worker as Worker, this.group ? { ...options, group: true } : options);
  }

  /** What passed so far; never resolves when the worker is dead. */
  counts(): Promise<FrameCount[]> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.worker.postMessage({ type: 'report', every: false });
    });
  }

  /**
   * Resolves with the first frame of the track that the receive slot of this
   * label plays from now on: its RTP timestamp where the browser tells it, else
   * null. Never resolves when the slot moves on before or the worker is dead.
   */
  arrival(label: string): Promise<number | null> {
    const id = ++this.asked;
    this.worker.postMessage({ type: 'await', label, id });
    return new Promise((resolve) => this.awaited.set(label, { id, resolve }));
  }

  /** Says whose track a receive slot plays by the server's word; counts for clear frames only. */
  bound(label: string, bound: Bound | null): void {
    const said = bound && `${bound.participant} ${bound.kind}`;
    if (!this.group || (this.said.get(label) ?? null) === said) return;
    this.said.set(label, said);
    this.worker.postMessage({ type: 'bound', label, bound });
  }

  close(): void {
    this.pulse.stop();
    this.worker.onmessage = this.worker.onerror = this.worker.onmessageerror = null;
    this.worker.terminate();
  }

  private receive(message: FromMediaWorker): void {
    switch (message.type) {
      case 'ready':
        if (this.status.current === 'starting') this.status.set('ok');
        break;
      case 'pong':
        this.pulse.pong(message.id);
        break;
      case 'counts':
        for (const resolve of this.waiting.splice(0)) resolve(message.counts);
        break;
      case 'arrived':
        this.arrived(message.id, message.rtpTimestamp);
        break;
      case 'owner':
        this.owned(message.label, message.owner && { ...message.owner, from: message.rtpTimestamp });
        break;
      case 'broken':
        this.die();
        break;
    }
  }

  private arrived(id: number, rtpTimestamp: number | null): void {
    for (const [label, waiting] of this.awaited) {
      if (waiting.id !== id) continue;
      this.awaited.delete(label);
      waiting.resolve(rtpTimestamp);
    }
  }

  private owned(label: string, owner: Owner | null): void {
    const next = new Map(this.owning.current);
    if (owner) next.set(label, owner);
    else next.delete(label);
    this.owning.set(next);
  }

  private die(): void {
    this.pulse.stop();
    this.status.set('dead');
  }
}
