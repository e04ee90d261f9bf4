import { t } from '../../../i18n/text';
import type { ParticipantView, QualityReason } from '../../../room/model';

const qualities = ['', 'quality-poor', 'quality-fair', 'quality-good'] as const;
const peers: Record<QualityReason, string> = {
  lossUp: 'peer-loss-up',
  lossDown: 'peer-loss-down',
  narrow: 'peer-narrow',
  roundTrip: 'peer-round-trip',
  silent: 'peer-silent',
};

/** How somebody is connected, in two words; "" while it is not known. */
export function qualityText(quality: ParticipantView['quality']): string {
  return quality === 0 ? '' : t(qualities[quality]);
}

/** Why somebody's connection is not good, for those who moderate; "" while nothing is wrong. */
export function peerText({ quality, qualityReason, disconnected }: Pick<ParticipantView, 'quality' | 'qualityReason' | 'disconnected'>): string {
  if (disconnected || (quality !== 1 && quality !== 2)) return '';
  return qualityReason === '' ? qualityText(quality) : t(peers[qualityReason]);
}
