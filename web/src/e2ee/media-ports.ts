import type { FromMedia, ReceiveMode, SendMode, ToMedia } from './protocol';

/** The part of a MessagePort that is used. */
export interface Port {
  onmessage: ((event: MessageEvent<FromMedia>) => void) | null;
  postMessage(message: ToMedia, transfer: Transferable[]): void;
}

/** A machine's word on a new epoch. */
export interface MediaEpoch {
  epoch: number;
  base: Uint8Array;
  self: number;
  leaves: readonly (readonly [leaf: number, participant: string])[];
  removes: boolean;
}

/** So many epochs are kept for a media worker that comes later. */
const KEPT = 8;

/**
 * The ports to media workers. A new connection has a new worker, which is told
 * what holds now; each gets an instance of its own, so that no two ever use the
 * same nonces.
 */
export class MediaPorts {
  /** the meeting's id, which every frame is bound to; "" until it is known */
  private id = '';
  /** a media worker waits for its instance */
  private wanted = false;
  private port: Port | null = null;
  private asked = false;
  private instance = 0;
  private epochs: MediaEpoch[] = [];
  private sends: { mode: SendMode; epoch: number } = { mode: 'hold', epoch: 0 };
  private gets: { mode: ReceiveMode; until: number; from: readonly string[] } = { mode: 'sealed', until: 0, from: [] };

  /** flipped is told from which epoch on nothing clear leaves any more. */
  constructor(private readonly flipped: (epoch: number) => void) {}

  /** Media workers that asked before this was known are answered now. */
  set meeting(id: string) {
    this.id = id;
    if (this.wanted) this.begin();
  }

  /** A new media worker takes the place of the one before. */
  add(port: Port): void {
    if (this.port) this.port.onmessage = null;
    this.port = port;
    this.asked = this.wanted = false;
    port.onmessage = ({ data }) => this.heard(port, data);
  }

  epoch(epoch: MediaEpoch): void {
    this.epochs = [...this.epochs, epoch].slice(-KEPT);
    this.tellEpoch(epoch);
  }

  send(mode: SendMode, epoch: number): void {
    this.sends = { mode, epoch };
    this.tell({ type: 'send', mode, epoch });
    // Without a media worker there is no frame that could be clear.
    if (mode === 'seal' && !this.port) this.flipped(epoch);
  }

  receive(mode: ReceiveMode, until: number, from: readonly string[]): void {
    this.gets = { mode, until, from };
    this.tell({ type: 'receive', mode, until, from });
  }

  /** Nothing leaves and nothing clear plays any more. */
  stop(): void {
    this.send('hold', 0);
    this.receive('sealed', 0, []);
    for (const { base } of this.epochs) base.fill(0);
    this.epochs = [];
  }

  private heard(port: Port, message: FromMedia): void {
    if (port !== this.port) return;
    switch (message.type) {
      case 'need-instance':
        this.begin();
        break;
      case 'sealing':
        this.flipped(message.epoch);
        break;
      case 'received':
        break;
    }
  }

  /** Tells a new worker everything that holds. Never twice: it would be a second instance. */
  private begin(): void {
    this.wanted = true;
    if (this.asked || this.id === '') return;
    this.asked = true;
    this.tell({ type: 'instance', instance: this.instance++, meeting: this.id });
    // Older keys have had their time, but for the one that still seals.
    const newest = this.epochs.at(-1)?.epoch ?? 0;
    const oldest = this.sends.mode === 'seal' ? Math.min(this.sends.epoch, newest) : newest;
    for (const epoch of this.epochs) if (epoch.epoch >= oldest) this.tellEpoch(epoch);
    this.tell({ type: 'send', ...this.sends });
    this.tell({ type: 'receive', ...this.gets });
  }

  private tellEpoch({ epoch, base, self, leaves, removes }: MediaEpoch): void {
    const copy = new Uint8Array(base).buffer;
    this.tell({ type: 'epoch', epoch, base: copy, self, leaves, removes }, [copy]);
  }

  private tell(message: ToMedia, transfer: Transferable[] = []): void {
    if (this.asked) this.port?.postMessage(message, transfer);
  }
}
