import type { Binding } from '../api/wire';
import type { VideoKind, VideoView } from '../room/model';
import { Store, type Readable } from '../room/store';
import type { Owner } from './transforms';

/** The videos that play now, by participant and kind. */
export type Videos = ReadonlyMap<string, VideoView>;

/** The key of one video in Videos. */
export function videoKey(participant: string, kind: VideoKind): string {
  return `${participant} ${kind}`;
}

/** One video slot of the connection. */
export interface VideoSlot {
  track: MediaStreamTrack;
  /** resolves with the first frame after the slot was bound to another track (Transforms.arrival) */
  arrival(): Promise<number | null>;
}

interface Bound {
  binding: Binding;
  stream: MediaStream;
  /** what came here before is somebody else's, and nothing new has come yet */
  waiting: boolean;
  /** the first frame of a slot that played something else before; else undefined */
  from?: number | null;
}

/**
 * Gives each participant's video its stream, as the server binds tracks to
 * slots. A video that stays where it was keeps its MediaStream, so that nothing
 * flickers; one that moves gets a new one. A slot that played another video
 * before gives no stream until a frame of the new one has come, so that nobody's
 * last picture stands under another name. Sealed frames name their owner
 * themselves: the name follows the key, whatever the server binds.
 */
export class Bindings {
  readonly videos: Readable<Videos>;
  private readonly current = new Store<Videos>(new Map());
  private readonly slots = new Map<string, VideoSlot>();
  /** whose video each slot played last, by videoKey; kept while it is empty */
  private readonly played = new Map<string, string>();
  /** whose frames a slot plays by their key */
  private readonly owners = new Map<string, Owner>();
  private bound = new Map<string, Bound>();
  private latest: readonly Binding[] = [];

  constructor(private readonly stream: (track: MediaStreamTrack) => MediaStream = (track) => new MediaStream([track])) {
    this.videos = this.current;
  }

  /** Says which video slot a mid is; binds what waited for it. */
  slot(mid: string, slot: VideoSlot): void {
    this.slots.set(mid, slot);
    this.bind(this.latest);
  }

  /** Says whose sealed frames a slot plays, or with null that they are clear and the binding counts. */
  owned(mid: string, owner: Owner | null): void {
    if ((this.owners.get(mid) ?? null) === owner) return;
    if (owner) this.owners.set(mid, owner);
    else this.owners.delete(mid);
    this.bind(this.latest);
  }

  /** Replaces all bindings. Audio slots play by themselves and are ignored here. */
  bind(bindings: readonly Binding[]): void {
    this.latest = bindings;
    const next = new Map<string, Bound>();
    for (const said of bindings) {
      const binding = this.attributed(said);
      if (binding.kind !== 'camera' && binding.kind !== 'screen') continue;
      const slot = this.slots.get(binding.mid);
      if (!slot) continue;
      const before = this.bound.get(binding.mid);
      if (before && same(before.binding, binding)) next.set(binding.mid, Object.assign(before, { binding }));
      else next.set(binding.mid, this.fresh(slot, binding, videoKey(binding.participant, binding.kind)));
    }
    this.bound = next;
    this.publish();
  }

  /** Forgets slots and streams: the connection is made anew. What is bound comes back with the new slots. */
  clear(): void {
    this.slots.clear();
    this.played.clear();
    this.owners.clear();
    this.bound.clear();
    this.current.set(new Map());
  }

  private attributed(binding: Binding): Binding {
    const owner = this.owners.get(binding.mid);
    return owner ? { ...binding, participant: owner.participant, kind: owner.kind } : binding;
  }

  private fresh(slot: VideoSlot, binding: Binding, key: string): Bound {
    const last = this.played.get(binding.mid) ?? key;
    this.played.set(binding.mid, key);
    const bound: Bound = { binding, stream: this.stream(slot.track), waiting: last !== key };
    const owner = this.owners.get(binding.mid);
    if (owner) {
      // Told with the first frame of this owner: nothing before it is shown.
      if (bound.waiting) bound.from = owner.from;
      bound.waiting = false;
    }
    if (bound.waiting) {
      void slot.arrival().then((from) => {
        if (this.bound.get(bound.binding.mid) !== bound) return;
        bound.waiting = false;
        bound.from = from;
        this.publish();
      });
    }
    return bound;
  }

  private publish(): void {
    const videos = new Map<string, VideoView>();
    for (const { binding, stream, waiting, from } of this.bound.values()) {
      const video = { stream: waiting ? null : stream, paused: binding.paused };
      videos.set(videoKey(binding.participant, binding.kind as VideoKind), from === undefined ? video : { ...video, from });
    }
    this.current.set(videos);
  }
}

function same(a: Binding, b: Binding): boolean {
  return a.participant === b.participant && a.kind === b.kind;
}
