import { Store, type Readable } from '../room/store';
import { Pulse } from '../media/pulse';
import type { WorkerState } from '../media/transforms';
import type { Ask, Asks, Effect, FromMLS, GroupEvent, MachineView, ToMLS } from './mls';

/** The part of Worker that is used, so that tests can stand in for it. */
export interface MLSWorkerLike {
  onmessage: ((event: MessageEvent<FromMLS>) => void) | null;
  onerror: ((event: never) => void) | null;
  onmessageerror: ((event: never) => void) | null;
  postMessage(message: ToMLS, transfer?: Transferable[]): void;
  terminate(): void;
}

/**
 * The page's side of the mls worker, which keeps the keys. It watches that the
 * worker lives; a dead one stays dead, and media that wait for its word stay held.
 */
export class Keeper {
  readonly state: Readable<WorkerState>;
  readonly view: Readable<MachineView | null>;
  /** what the machine wants, in its order */
  onEffect: ((effect: Effect) => void) | null = null;
  private readonly status = new Store<WorkerState>('starting');
  private readonly seen = new Store<MachineView | null>(null);
  private readonly waiting = new Map<number, { resolve: (value: never) => void; reject: (why: Error) => void }>();
  /** from its first sign of life on: while the program is on its way there is nothing to expect */
  private pulse: Pulse | null = null;
  private asked = 0;

  private worker: MLSWorkerLike | null = null;
  /** what was said before the worker was there */
  private readonly early: [message: ToMLS, transfer: Transferable[]][] = [];
  private over = false;

  /** Takes over a worker and its program, which may still be on their way. */
  constructor(worker: Promise<MLSWorkerLike>, program: Promise<WebAssembly.Module>) {
    this.state = this.status;
    this.view = this.seen;
    worker.then(
      (started) => this.adopt(started),
      () => this.die(),
    );
    program.then(
      (module) => this.post({ type: 'module', module }),
      () => this.die(),
    );
  }

  /** Asks the worker; rejects with its reason, or when it is dead. */
  ask<A extends Ask>(what: A, body: Asks[A]['body']): Promise<Asks[A]['reply']> {
    if (this.over) return Promise.reject(new Error('the worker is gone'));
    const id = ++this.asked;
    this.post({ type: 'ask', id, what, body } as ToMLS);
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  tell(event: GroupEvent): void {
    this.post({ type: 'event', event });
  }

  /** The other end for a media worker, which is told what holds and what is to come. */
  mediaPort(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.post({ type: 'media', port: port1 }, [port1]);
    return port2;
  }

  /** The other end for the file worker, which is told the keys of files. */
  filePort(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.post({ type: 'files', port: port1 }, [port1]);
    return port2;
  }

  close(): void {
    this.end();
  }

  private adopt(worker: MLSWorkerLike): void {
    if (this.over) {
      worker.terminate();
      return;
    }
    this.worker = worker;
    worker.onmessage = ({ data }) => this.receive(data);
    worker.onerror = () => this.die();
    worker.onmessageerror = () => this.die();
    for (const [message, transfer] of this.early.splice(0)) worker.postMessage(message, transfer);
  }

  private post(message: ToMLS, transfer: Transferable[] = []): void {
    if (this.worker) this.worker.postMessage(message, transfer);
    else if (!this.over) this.early.push([message, transfer]);
  }

  private receive(message: FromMLS): void {
    switch (message.type) {
      case 'ready':
        this.pulse ??= new Pulse((id) => this.post({ type: 'ping', id }), () => this.die());
        if (this.status.current === 'starting') this.status.set('ok');
        break;
      case 'pong':
        this.pulse?.pong(message.id);
        break;
      case 'answer':
        this.settle(message.id)?.resolve(message.value as never);
        break;
      case 'refusal':
        this.settle(message.id)?.reject(new Error(message.why));
        break;
      case 'effect':
        this.onEffect?.(message.effect);
        break;
      case 'view':
        this.seen.set(message.view);
        break;
      case 'broken':
        this.die();
        break;
    }
  }

  private settle(id: number) {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    return waiting;
  }

  /** The worker may still run: ended, it can hand out no key and no word to send. */
  private die(): void {
    if (this.over) return;
    this.end();
    this.status.set('dead');
  }

  private end(): void {
    this.over = true;
    this.pulse?.stop();
    for (const { reject } of this.waiting.values()) reject(new Error('the worker is gone'));
    this.waiting.clear();
    this.early.length = 0;
    if (!this.worker) return;
    this.worker.onmessage = this.worker.onerror = this.worker.onmessageerror = null;
    this.worker.terminate();
    this.worker = null;
  }
}
