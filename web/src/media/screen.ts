import type { CaptureProblem, LocalTrack } from '../room/model';
import { Store, type Readable } from '../room/store';
import { SCREEN_CONSTRAINTS, obstacle, problemOf } from './capture';

/** What is shared now. */
export interface Shared {
  stream: MediaStream;
  video: MediaStreamTrack;
  /** null when the person shares no sound with it */
  audio: MediaStreamTrack | null;
}

/** The own shared screen: at most one. */
export class ScreenShare {
  readonly state: Readable<LocalTrack>;
  readonly shared: Readable<Shared | null>;
  private readonly status = new Store<LocalTrack>({ state: 'off' });
  private readonly current = new Store<Shared | null>(null);

  constructor() {
    this.state = this.status;
    this.shared = this.current;
  }

  /** Whether this browser can share a screen at all (phones cannot). */
  static possible(): boolean {
    return typeof navigator.mediaDevices?.getDisplayMedia === 'function';
  }

  /** Opens the browser's chooser; returns why nothing is shared, or null. */
  async start(): Promise<CaptureProblem | null> {
    const problem = obstacle() ?? (ScreenShare.possible() ? null : 'unsupported');
    if (problem) return this.fail(problem);
    this.status.set({ state: 'starting' });
    try {
      const stream = await navigator.mediaDevices.getDisplayMedia(SCREEN_CONSTRAINTS);
      const video = stream.getVideoTracks()[0];
      if (!video) return this.fail('notFound');
      this.stop();
      video.contentHint = 'detail';
      // The browser's own "Stop sharing" button ends the track.
      video.onended = () => this.stop();
      this.current.set({ stream, video, audio: stream.getAudioTracks()[0] ?? null });
      this.status.set({ state: 'on' });
      return null;
    } catch (error) {
      // Closing the chooser is an answer, not a fault of the permission.
      return this.fail(problemOf(error, 'prompt'));
    }
  }

  stop(): void {
    const shared = this.current.current;
    if (shared) {
      shared.video.onended = null;
      for (const track of shared.stream.getTracks()) track.stop();
    }
    this.current.set(null);
    this.status.set({ state: 'off' });
  }

  private fail(reason: CaptureProblem): CaptureProblem {
    // A new choice that failed leaves what is shared already.
    const sharing = this.current.current !== null;
    this.status.set(sharing ? { state: 'on' } : reason === 'dismissed' ? { state: 'off' } : { state: 'failed', reason });
    return reason;
  }
}
