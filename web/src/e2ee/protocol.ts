/**
 * What the mls worker and the media worker say to each other over a port that
 * the page only hands over. Keys cross here and nowhere else.
 */
import type { MediaKind } from './kid';

/** hold: nothing leaves. */
export type SendMode = 'hold' | 'clear' | 'seal';

/** What becomes of clear frames; sealed ones are opened or dropped in every mode. */
export type ReceiveMode = 'sealed' | 'grace' | 'clear';

/** Whose track a receive slot plays by the server's word. */
export interface Bound {
  participant: string;
  kind: MediaKind;
}

/** Why frames were dropped on arrival, in the order in which they are checked. */
export const DROP_REASONS = ['clear', 'malformed', 'epoch', 'own', 'leaf', 'removed', 'old', 'instance', 'replay', 'busy', 'forged', 'order', 'full', 'expired'] as const;
export type DropReason = (typeof DROP_REASONS)[number];

/** From the mls worker. Until send and receive say otherwise, nothing leaves and no clear frame plays. */
export type ToMedia =
  /** comes first, in answer to need-instance; never the same instance twice for a leaf */
  | { type: 'instance'; instance: number; meeting: string }
  /** base: 32 bytes, transferred */
  | { type: 'epoch'; epoch: number; base: ArrayBuffer; self: number; leaves: readonly (readonly [leaf: number, participant: string])[]; removes: boolean }
  | { type: 'send'; mode: SendMode; epoch: number }
  /** until, in grace: ms since 1970 */
  | { type: 'receive'; mode: ReceiveMode; until: number; from: readonly string[] };

/** To the mls worker. */
export type FromMedia =
  /** the first message */
  | { type: 'need-instance' }
  /** once after a switch to seal, when the last clear frames have had time to arrive: none can follow */
  | { type: 'sealing'; epoch: number }
  /** once a second while there is something to tell: frames since the last report */
  | { type: 'received'; opened: number; clear: number; dropped: Partial<Record<DropReason, number>> };
