import { bitRate, conjunction, milliseconds, percent } from '../../../i18n/measures';
import { t } from '../../../i18n/text';
import type { Kind, Limit, NetworkFigures, NetworkNote, NetworkReason, NetworkVerdict, NetworkView, NetworkWay, ReceivedFigures, SentFigures } from '../../../room/model';

/** One line of figures. */
export interface Line {
  label: string;
  value: string;
}

/** The first sentence of the panel. */
export function sentence({ level, reasons }: NetworkVerdict): string {
  if (level === 0) return t('network-measuring');
  if (level === 3) return t('network-good');
  return t(level === 1 ? 'network-poor' : 'network-fair', { why: conjunction(reasons.map(why)) });
}

function why(reason: NetworkReason): string {
  switch (reason.id) {
    case 'lossDown':
      return t('why-loss-down', { share: percent(reason.share, 0) });
    case 'lossUp':
      return t('why-loss-up', { share: percent(reason.share, 0) });
    case 'roundTrip':
      return t('why-round-trip', { time: milliseconds(reason.ms) });
    case 'jitter':
      return t('why-jitter', { time: milliseconds(reason.ms) });
    case 'narrowDown':
      return t(reason.level === 1 ? 'why-narrow-held' : 'why-narrow-down');
    case 'narrowUp':
      return t('why-narrow-up');
    case 'nothingDown':
      return t('why-nothing-down');
    case 'nothingUp':
      return t('why-nothing-up');
    case 'interrupted':
      return t('why-interrupted');
  }
}

const notes: Record<NetworkNote, string> = { busy: 'network-busy', tcp: 'network-by-tcp', relay: 'network-by-relay', others: 'network-of-others', uneven: 'network-uneven' };

/** What else is worth a sentence. */
export function noteText(note: NetworkNote): string {
  return t(notes[note]);
}

const ways: Record<NetworkWay, string> = { udp: 'way-udp', tcp: 'way-tcp', relay: 'way-relay' };

/** The figures of the whole connection. */
export function connectionLines(figures: NetworkFigures): Line[] {
  return [
    line('figure-way', figures.way, (way) => t(ways[way])),
    line('figure-round-trip', figures.roundTrip, milliseconds),
    line('figure-loss-down', figures.lossDown, percent),
    line('figure-loss-up', figures.lossUp, percent),
    line('figure-jitter', figures.jitter, milliseconds),
    line('figure-concealed', figures.concealed, percent),
    line('figure-rate-in', figures.rateIn, bitRate),
    line('figure-rate-out', figures.rateOut, bitRate),
    line('figure-room-out', figures.roomOut, bitRate),
    line('figure-sound', figures.soundCodec, (codec) => codec),
  ];
}

function line<T>(label: string, value: T | null, words: (value: T) => string): Line {
  return { label: t(label), value: value === null ? t('figure-unknown') : words(value) };
}

const kinds: Record<Kind, string> = { mic: 'kind-mic', camera: 'kind-camera', screen: 'kind-screen', screenAudio: 'kind-screen-audio' };
const limits: Record<Exclude<Limit, 'none'>, string> = { bandwidth: 'limit-bandwidth', cpu: 'limit-cpu', other: 'limit-other' };

/** What is sent: one line for each size of each kind, largest first. */
export function sentLines({ sent }: NetworkFigures): Line[] {
  const pixels = (one: SentFigures) => (one.width ?? 0) * (one.height ?? 0);
  const order: Kind[] = ['camera', 'screen', 'mic', 'screenAudio'];
  return [...sent]
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || pixels(b) - pixels(a))
    .map((one) => ({ label: t(kinds[one.kind]), value: joined([...picture(one), ...limit(one)]) }));
}

function limit({ limit }: SentFigures): string[] {
  return limit === null || limit === 'none' ? [] : [t(limits[limit])];
}

/** What comes: one line for each video. `nameOf` gives a participant's name. */
export function receivedLines({ received }: NetworkFigures, nameOf: (id: string) => string): Line[] {
  return received.map((one) => {
    const name = nameOf(one.participant);
    const label = one.kind === 'screen' ? t('screen-of', { name }) : name;
    if (one.paused) return { label, value: t('tile-paused') };
    const freezes = one.freezes === null ? [] : [t('figure-freezes', { count: one.freezes })];
    return { label, value: joined([...picture(one), ...freezes]) };
  });
}

/** Size, pictures a second, bit rate and codec, as far as they are known. */
function picture({ width, height, fps, rate, codec }: SentFigures | ReceivedFigures): string[] {
  const parts = [];
  if (width !== null && height !== null) parts.push(`${width} × ${height}`);
  if (fps !== null) parts.push(t('figure-fps', { count: Math.round(fps) }));
  if (rate !== null) parts.push(bitRate(rate));
  if (codec !== null) parts.push(codec);
  return parts;
}

function joined(parts: string[]): string {
  return parts.length === 0 ? t('figure-unknown') : parts.join(' · ');
}

/** All of it as text for whoever helps: no address, no name, no secret. */
export function supportText({ verdict, figures }: NetworkView, about: string[]): string {
  const heads = [...about, sentence(verdict), ...verdict.notes.map(noteText)];
  if (!figures) return heads.join('\n');
  const numbers = new Map(figures.received.map(({ participant }) => participant).filter((id, i, all) => all.indexOf(id) === i).map((id, i) => [id, i + 1]));
  const unnamed = (id: string) => t('figure-person', { count: numbers.get(id) ?? 0 });
  const part = (title: string, lines: Line[]) => (lines.length === 0 ? [] : ['', t(title), ...lines.map(({ label, value }) => `  ${label}: ${value}`)]);
  return [
    ...heads,
    ...part('figures-connection', connectionLines(figures)),
    ...part('figures-sent', sentLines(figures)),
    ...part('figures-received', receivedLines(figures, unnamed)),
  ].join('\n');
}
