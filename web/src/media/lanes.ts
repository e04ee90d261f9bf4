import type { Verdict } from '../e2ee/incoming';
import { KINDS, type MediaKind } from '../e2ee/kid';
import type { Bound, DropReason } from '../e2ee/protocol';
import { Receiver } from '../e2ee/receiver';
import type { Ring } from '../e2ee/ring';
import { Sender, type Left } from '../e2ee/sender';
import { codecOf } from '../e2ee/shell';
import type { EncodedFrame, FrameStreams, Out } from './frames';
import type { Group } from './group';
import { RIDS } from './layers';
import type { TransformOptions, Verdicts } from './protocol';

/** How often a key frame is asked for while one is needed, ms. */
const ASK_EVERY = 300;
/** What was lost for want of a key: the pictures after it cannot be decoded without a key frame. */
const BROKEN: readonly DropReason[] = ['expired', 'full', 'busy', 'epoch'];

/** What one transform does with its frames when the meeting has a group. */
export interface Lane {
  push(frame: EncodedFrame, out: Out): void;
}

interface Passing {
  frame: EncodedFrame;
  out: Out;
}

/** Own frames: sealed, passed or held back by the rules of the group. */
export class SendLane implements Lane {
  private readonly kind: MediaKind | undefined;
  private sender: Sender<Passing> | null = null;
  /** frames were held back: those of a layer that follow need a key frame before them. Layers that had one, by SSRC */
  private mended: Set<number> | null = null;
  private asked = -Infinity;

  constructor(
    private readonly group: Group,
    private readonly transformer: FrameStreams,
    options: TransformOptions,
    private readonly counts: Verdicts,
  ) {
    this.kind = KINDS.find((kind) => kind === options.label);
  }

  push(frame: EncodedFrame, out: Out): void {
    const { ring } = this.group;
    if (!ring || !this.kind) {
      this.end({ frame, out }, { act: 'hold' });
      return;
    }
    this.sender ??= new Sender(ring, this.kind, (passing, left) => this.end(passing, left));
    this.sender.push({ frame, out }, { codec: codecOf(frame.getMetadata?.().mimeType ?? ''), key: frame.type === 'key', data: frame.data });
  }

  private end({ frame, out }: Passing, left: Left): void {
    if (left.act === 'hold') {
      this.counts.held += 1;
      this.mended = new Set();
      return;
    }
    this.counts[left.act] += 1;
    if (left.act === 'sealed') frame.data = left.data;
    this.mend(frame);
    go(frame, out);
  }

  private mend(frame: EncodedFrame): void {
    if (!this.mended) return;
    const layer = frame.getMetadata?.().synchronizationSource ?? 0;
    if (frame.type === 'key' || frame.type === undefined) this.mended.add(layer);
    if (this.mended.has(layer) || this.group.now() - this.asked < ASK_EVERY) return;
    this.asked = this.group.now();
    // Without a RID it goes to the first encoding, also when that is not sent, and
    // which one a frame is of it does not tell: each is asked for, and where there is
    // no such RID that is refused. Where the browser cannot be told at all, a receiver
    // asks by way of the server.
    for (const rid of this.kind === 'camera' ? [undefined, ...RIDS] : [undefined]) this.transformer.generateKeyFrame?.(rid).catch(() => undefined);
  }
}

/** Frames of others: opened, passed or dropped by the rules of the group. */
export class ReceiveLane implements Lane {
  private receiver: Receiver<Passing> | null = null;
  /** pictures were lost: what follows cannot be decoded without a key frame */
  private broken = true;
  private asked = -Infinity;

  constructor(
    private readonly group: Group,
    private readonly transformer: FrameStreams,
    private readonly options: TransformOptions,
    private readonly counts: Verdicts,
    private readonly see: { played(frame: EncodedFrame): void; owner(owner: Bound | null, frame: EncodedFrame): void },
  ) {}

  push(frame: EncodedFrame, out: Out): void {
    const { ring } = this.group;
    if (!ring) {
      this.end({ frame, out }, { act: 'drop', reason: 'clear' }, null);
      return;
    }
    const { mimeType = '', rtpTimestamp = 0, synchronizationSource = 0 } = frame.getMetadata?.() ?? {};
    this.through(ring).push(
      { frame, out },
      {
        track: `${this.options.label} ${synchronizationSource}`,
        bound: this.group.bound.get(this.options.label) ?? null,
        codec: codecOf(mimeType),
        time: rtpTimestamp,
        data: new Uint8Array(frame.data),
      },
    );
  }

  private through(ring: Ring): Receiver<Passing> {
    this.receiver ??= new Receiver(ring, (passing, verdict, plain) => this.end(passing, verdict, plain), this.group.now);
    return this.receiver;
  }

  private end({ frame, out }: Passing, verdict: Verdict, plain: ArrayBuffer | null): void {
    this.group.came(verdict);
    if (verdict.act === 'held') return;
    if (verdict.act === 'drop') {
      this.counts.dropped[verdict.reason] = (this.counts.dropped[verdict.reason] ?? 0) + 1;
      if (BROKEN.includes(verdict.reason)) this.broken = true;
      return;
    }
    this.counts[verdict.sealed ? 'sealed' : 'clear'] += 1;
    this.attribute(verdict.sealed ? { participant: verdict.participant, kind: verdict.kind } : null, frame);
    if (plain) frame.data = plain;
    this.mend(frame, verdict.sealed);
    this.see.played(frame);
    go(frame, out);
  }

  private attribute(owner: Bound | null, frame: EncodedFrame): void {
    const before = this.counts.owner;
    if (before?.participant === owner?.participant && before?.kind === owner?.kind) return;
    this.counts.owner = owner;
    this.see.owner(owner, frame);
  }

  /** Asks for a key frame now that the key is there, not before. */
  private mend(frame: EncodedFrame, sealed: boolean): void {
    if (frame.type !== 'delta' || !sealed) {
      if (frame.type === 'key') this.broken = false;
      return;
    }
    if (!this.broken || this.group.now() - this.asked < ASK_EVERY) return;
    this.asked = this.group.now();
    this.transformer.sendKeyFrameRequest?.().catch(() => undefined);
  }
}

/** A sender or receiver that was stopped meanwhile takes nothing more. */
function go(frame: EncodedFrame, out: Out): void {
  try {
    out.enqueue(frame);
  } catch {
    // The stream has ended; the pipe itself says why.
  }
}
