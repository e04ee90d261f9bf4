import { t } from '../../../i18n/text';
import type { E2EEStop } from '../../../room/model';

const words: Record<string, string> = {
  phone: 'stop-phone',
  room: 'stop-room',
  participant: 'stop-client',
  stream: 'stop-stream',
  recording: 'stop-recording',
  captions: 'stop-captions',
};

/** People first, then what the server does. */
const order = ['phone', 'room', 'participant', 'stream', 'recording', 'captions', ''];

/** Two kinds that people know by one word. */
const sorts: Record<string, string> = { sip: 'room', h323: 'room' };

const namesShown = 3;

/** What ends when encryption is turned on, one line for each kind. */
export function stopLines(stops: readonly E2EEStop[]): string[] {
  const found = new Map<string, E2EEStop[]>();
  for (const stop of stops) {
    const kind = sorts[stop.kind] ?? stop.kind;
    const known = kind in words ? kind : '';
    found.set(known, [...(found.get(known) ?? []), stop]);
  }
  return order.flatMap((kind) => linesOf(kind, found.get(kind) ?? []));
}

function linesOf(kind: string, stops: readonly E2EEStop[]): string[] {
  if (stops.length === 0) return [];
  if (kind === '') return stops.map((stop) => t('stop-other', { name: stop.name || stop.kind }));
  const what = t(words[kind] ?? '', { count: stops.length });
  const names = stops.map((stop) => stop.name).filter((name) => name !== '');
  if (names.length === 0 || kind === 'recording' || kind === 'captions') return [what];
  const shown = names.slice(0, namesShown).join(', ');
  return [t(names.length > namesShown ? 'stop-named-more' : 'stop-named', { what, names: shown })];
}
