/**
 * What the page and the media worker say to each other, and what a transform is
 * told when it is made. Values only; frames never cross to the page.
 */

import type { Bound, DropReason } from '../e2ee/protocol';

/** Names one transform: a kind that is sent, or a receive slot. */
export interface TransformOptions {
  side: 'send' | 'receive';
  media: 'audio' | 'video';
  /** mic, camera, screen, screenAudio; or "audio 0", "video 3" */
  label: string;
  /** the meeting has a group: nothing passes before its rules are there */
  group?: boolean;
}

/** What passed through one transform since it was made. */
export interface FrameCount extends TransformOptions {
  frames: number;
  /** video only */
  keyFrames: number;
  bytes: number;
  /** there when the meeting has a group */
  e2ee?: Verdicts;
}

/** What became of the frames of one transform by the rules of the group. */
export interface Verdicts {
  /** sealed on leaving, or opened on arrival */
  sealed: number;
  clear: number;
  /** own frames that were not sent */
  held: number;
  dropped: Partial<Record<DropReason, number>>;
  /** whose frame opened last in a receive slot, by its key */
  owner: Bound | null;
}

/** Page to worker. */
export type ToMediaWorker =
  /** answered by pong with the same id */
  | { type: 'ping'; id: number }
  /** counts now, and while `every` is true once a second */
  | { type: 'report'; every: boolean }
  /** the slot of this label plays another track from now on: answered by arrived with the same id */
  | { type: 'await'; label: string; id: number }
  /** the way to the mls worker, once; from now on its rules hold for every frame */
  | { type: 'group'; port: MessagePort }
  /** whose track the slot of this label plays by the server's word */
  | { type: 'bound'; label: string; bound: Bound | null };

/** Worker to page. */
export type FromMediaWorker =
  | { type: 'ready' }
  | { type: 'pong'; id: number }
  | { type: 'counts'; counts: FrameCount[] }
  /** the first frame of the new track passed; its RTP timestamp where the browser tells it */
  | { type: 'arrived'; id: number; rtpTimestamp: number | null }
  /**
   * whose frames the slot of this label plays from now on by their key, and from
   * which RTP timestamp on where the browser tells it; null: clear frames, whose
   * owner is the server's word
   */
  | { type: 'owner'; label: string; owner: Bound | null; rtpTimestamp: number | null }
  /** a transform ended with an error; its media has stopped */
  | { type: 'broken'; options: TransformOptions; message: string };
