/** What the screens know of the own network; part of the model. */
import type { Kind } from '../api/wire';

/** Why a participant's connection is not good, by the server's word. */
export type QualityReason = 'lossUp' | 'lossDown' | 'narrow' | 'roundTrip' | 'silent';

/** How the media connection gets through. */
export type NetworkWay = 'udp' | 'tcp' | 'relay';

/** What keeps an encoder from sending more, as the browser says. */
export type Limit = 'none' | 'bandwidth' | 'cpu' | 'other';

/** One size of one kind that is sent. null, here and below: the browser does not tell it, or there is none. */
export interface SentFigures {
  kind: Kind;
  /** RID of the layer; "" for the only one */
  layer: string;
  codec: string | null;
  width: number | null;
  height: number | null;
  fps: number | null;
  /** bits per second */
  rate: number | null;
  limit: Limit | null;
}

/** One video that comes. */
export interface ReceivedFigures {
  participant: string;
  kind: 'camera' | 'screen';
  codec: string | null;
  width: number | null;
  height: number | null;
  fps: number | null;
  rate: number | null;
  /** how often the picture has stood still since it began */
  freezes: number | null;
  /** the server holds it back for lack of bandwidth */
  paused: boolean;
}

/** What was measured in the last seconds. Rates are bits per second, shares 0 to 1, times milliseconds. */
export interface NetworkFigures {
  way: NetworkWay | null;
  roundTrip: number | null;
  /** of all that others sent: lost on the own way, or on theirs */
  lossDown: number | null;
  lossUp: number | null;
  /** of the sound that comes most evenly: what the own way adds, all have */
  jitter: number | null;
  /** how many people's sound comes */
  voices: number;
  /** of the sound that was played, what had to be made up */
  concealed: number | null;
  rateIn: number | null;
  rateOut: number | null;
  /** what the browser thinks that the way out carries */
  roomOut: number | null;
  /** the time that the busiest encoder or decoder was at work */
  busy: number | null;
  soundCodec: string | null;
  sent: SentFigures[];
  received: ReceivedFigures[];
}

/** What makes the own network fair or poor. */
export type NetworkReason =
  | { id: 'lossDown' | 'lossUp'; level: 1 | 2; share: number }
  | { id: 'roundTrip' | 'jitter'; level: 1 | 2; ms: number }
  /** the server holds pictures back, or sends smaller ones; the own picture is smaller than it could be */
  | { id: 'narrowDown' | 'narrowUp'; level: 1 | 2 }
  /** nothing comes; the server hears nothing; the connection is broken */
  | { id: 'nothingDown' | 'nothingUp' | 'interrupted'; level: 1 };

/**
 * What else is worth a sentence, and says nothing against the network's quality.
 * others: what is missing got lost on their way; uneven: the only voice that comes
 * does so unevenly, on its way or on the own.
 */
export type NetworkNote = 'busy' | 'tcp' | 'relay' | 'others' | 'uneven';

/** The own network in one word, and why. */
export interface NetworkVerdict {
  /** 0 not known yet, 1 poor, 2 fair, 3 good */
  level: 0 | 1 | 2 | 3;
  /** the gravest first; none while it is good or not known */
  reasons: NetworkReason[];
  notes: NetworkNote[];
}

/** The own network; figures are null until two readings have been taken. */
export interface NetworkView {
  verdict: NetworkVerdict;
  figures: NetworkFigures | null;
}
