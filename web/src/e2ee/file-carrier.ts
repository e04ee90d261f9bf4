import { RoundelError } from '../room/model';
import type { Fetching, FromFiles, Sending, ToFiles } from './file-protocol';

/** The part of Worker that is used, so that tests can stand in for it. */
export interface FileWorkerLike {
  onmessage: ((event: MessageEvent<FromFiles>) => void) | null;
  onerror: ((event: never) => void) | null;
  onmessageerror: ((event: never) => void) | null;
  postMessage(message: ToFiles, transfer?: Transferable[]): void;
  terminate(): void;
}

interface Under {
  progress: (done: number) => void;
  resolve: (value: never) => void;
  reject: (why: RoundelError) => void;
}

/**
 * The page's side of the file worker, which starts with the first file and knows
 * the keys of all that came. One that dies takes what is under way with it; the
 * next file starts another.
 */
export class FileCarrier {
  private worker: Promise<FileWorkerLike> | null = null;
  private readonly under = new Map<number, Under>();
  private refs = 0;
  private over = false;

  /** keys: a new way to the mls worker, or null without a group. */
  constructor(
    private readonly start: () => Promise<FileWorkerLike>,
    private readonly keys: () => MessagePort | null,
  ) {}

  /** Starts the worker unless it runs. */
  ready(): void {
    void this.running().catch(() => undefined);
  }

  /** The group is another one; what the worker knows of the last one stays. */
  regrouped(): void {
    void this.worker?.then((worker) => this.introduce(worker), () => undefined);
  }

  /** Returns the file's id at the server. */
  send(sending: Omit<Sending, 'ref'>, signal: AbortSignal, progress: (done: number) => void): Promise<string> {
    return this.carry((ref) => ({ type: 'send', sending: { ref, ...sending } }), signal, progress);
  }

  fetch(fetching: Omit<Fetching, 'ref'>, signal: AbortSignal, progress: (done: number) => void): Promise<Blob> {
    return this.carry((ref) => ({ type: 'fetch', fetching: { ref, ...fetching } }), signal, progress);
  }

  close(): void {
    this.over = true;
    this.end(new RoundelError('offline', 'The meeting was left.'));
  }

  private async carry<T>(message: (ref: number) => ToFiles, signal: AbortSignal, progress: (done: number) => void): Promise<T> {
    const worker = await this.running();
    const ref = ++this.refs;
    const stop = () => worker.postMessage({ type: 'cancel', ref });
    const carried = new Promise<T>((resolve, reject) => this.under.set(ref, { progress, resolve: resolve as never, reject }));
    worker.postMessage(message(ref));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    return carried.finally(() => signal.removeEventListener('abort', stop));
  }

  private async running(): Promise<FileWorkerLike> {
    if (this.over) throw new RoundelError('offline', 'The meeting was left.');
    this.worker ??= this.start().then((worker) => this.adopt(worker));
    try {
      return await this.worker;
    } catch (error) {
      this.worker = null;
      throw error instanceof RoundelError ? error : new RoundelError('unavailable', 'What carries files could not be started.');
    }
  }

  private adopt(worker: FileWorkerLike): FileWorkerLike {
    const die = () => this.end(new RoundelError('unavailable', 'What carries files has stopped.'));
    worker.onmessage = ({ data }) => this.receive(data);
    worker.onerror = die;
    worker.onmessageerror = die;
    if (this.over) worker.terminate();
    else this.introduce(worker);
    return worker;
  }

  private introduce(worker: FileWorkerLike): void {
    const port = this.keys();
    if (port) worker.postMessage({ type: 'keys', port }, [port]);
  }

  private receive(message: FromFiles): void {
    const one = this.under.get(message.ref);
    if (message.type === 'progress') return one?.progress(message.done);
    this.under.delete(message.ref);
    if (message.type === 'sent') one?.resolve(message.id as never);
    else if (message.type === 'fetched') one?.resolve(message.file as never);
    else one?.reject(new RoundelError(message.code, message.message));
  }

  private end(why: RoundelError): void {
    void this.worker?.then((worker) => worker.terminate(), () => undefined);
    this.worker = null;
    for (const { reject } of this.under.values()) reject(why);
    this.under.clear();
  }
}
