import type { Binding } from '../api/wire';
import type { VideoKind, VideoView } from '../room/model';
import { Store, type Readable } from '../room/store';

/** The videos that play now, by participant and kind. */
export type Videos = ReadonlyMap<string, VideoView>;

/** The key of one video in Videos. */
export function videoKey(participant: string, kind: VideoKind): string {
  return `${participant} ${kind}`;
}

interface Bound {
  binding: Binding;
  stream: MediaStream;
}

/**
 * Gives each participant's video its stream, as the server binds tracks to
 * slots. A video that stays where it was keeps its MediaStream, so that nothing
 * flickers; one that moves gets a new one.
 */
export class Bindings {
  readonly videos: Readable<Videos>;
  private readonly current = new Store<Videos>(new Map());
  private readonly tracks = new Map<string, MediaStreamTrack>();
  private bound = new Map<string, Bound>();
  private latest: readonly Binding[] = [];

  constructor(private readonly stream: (track: MediaStreamTrack) => MediaStream = (track) => new MediaStream([track])) {
    this.videos = this.current;
  }

  /** Says which track a video slot's mid has; binds what waited for it. */
  slot(mid: string, track: MediaStreamTrack): void {
    this.tracks.set(mid, track);
    this.bind(this.latest);
  }

  /** Replaces all bindings. Audio slots play by themselves and are ignored here. */
  bind(bindings: readonly Binding[]): void {
    this.latest = bindings;
    const next = new Map<string, Bound>();
    const videos = new Map<string, VideoView>();
    for (const binding of bindings) {
      if (binding.kind !== 'camera' && binding.kind !== 'screen') continue;
      const track = this.tracks.get(binding.mid);
      if (!track) continue;
      const before = this.bound.get(binding.mid);
      const stream = before && same(before.binding, binding) ? before.stream : this.stream(track);
      next.set(binding.mid, { binding, stream });
      videos.set(videoKey(binding.participant, binding.kind), { stream, paused: binding.paused });
    }
    this.bound = next;
    this.current.set(videos);
  }

  /** Forgets slots and streams: the connection is made anew. What is bound comes back with the new slots. */
  clear(): void {
    this.tracks.clear();
    this.bound.clear();
    this.current.set(new Map());
  }
}

function same(a: Binding, b: Binding): boolean {
  return a.participant === b.participant && a.kind === b.kind;
}
