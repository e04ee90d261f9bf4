/**
 * What the page and the media worker say to each other, and what a transform is
 * told when it is made. Values only; frames never cross to the page.
 */

/** Names one transform: a kind that is sent, or a receive slot. */
export interface TransformOptions {
  side: 'send' | 'receive';
  media: 'audio' | 'video';
  /** mic, camera, screen, screenAudio; or "audio 0", "video 3" */
  label: string;
}

/** What passed through one transform since it was made. */
export interface FrameCount extends TransformOptions {
  frames: number;
  /** video only */
  keyFrames: number;
  bytes: number;
}

/** Page to worker. */
export type ToMediaWorker =
  /** answered by pong with the same id */
  | { type: 'ping'; id: number }
  /** counts now, and while `every` is true once a second */
  | { type: 'report'; every: boolean }
  /** the slot of this label plays another track from now on: answered by arrived with the same id */
  | { type: 'await'; label: string; id: number };

/** Worker to page. */
export type FromMediaWorker =
  | { type: 'ready' }
  | { type: 'pong'; id: number }
  | { type: 'counts'; counts: FrameCount[] }
  /** the first frame of the new track passed; its RTP timestamp where the browser tells it */
  | { type: 'arrived'; id: number; rtpTimestamp: number | null }
  /** a transform ended with an error; its media has stopped */
  | { type: 'broken'; options: TransformOptions; message: string };
