import type { NetworkFigures, NetworkNote, NetworkReason, NetworkVerdict } from '../room/network-view';
import type { Connection, ParticipantView } from '../room/model';

/** All that a verdict is made from. */
export interface Evidence {
  connection: Connection['media'];
  /** null until two readings have been taken */
  figures: NetworkFigures | null;
  /** for how long nothing has come at all, ms */
  idle: number;
  /** somebody's sound or picture should come */
  expects: boolean;
  /** pictures that the server holds back for lack of bandwidth */
  held: number;
  /** how the server finds this connection */
  server: Pick<ParticipantView, 'quality' | 'qualityReason'>;
}

/** Where good ends, and where fair ends. Of loss and round trip the same as the server's. */
const LOSS = [0.02, 0.08] as const;
const ROUND_TRIP = [250, 600] as const;
const JITTER = [30, 100] as const;
/** An encoder or decoder at work for more of the time than this has too much to do. */
const BUSY = 0.7;
/** For how long nothing may come before it is worth a word, ms. */
const STILL = 4000;

/** Judges the own network: pure, from what was measured. */
export function judge(evidence: Evidence): NetworkVerdict {
  const { connection, figures } = evidence;
  if (connection === 'interrupted' || connection === 'failed') return { level: 1, reasons: [{ id: 'interrupted', level: 1 }], notes: [] };
  if (connection !== 'up' || !figures) return { level: 0, reasons: [], notes: [] };
  const reasons = [...silence(evidence), ...measured(evidence, figures), ...narrow(evidence, figures)].sort((a, b) => a.level - b.level);
  return { level: reasons[0]?.level ?? 3, reasons, notes: notes(evidence, figures) };
}

function silence({ expects, idle, server }: Evidence): NetworkReason[] {
  const reasons: NetworkReason[] = [];
  if (expects && idle >= STILL) reasons.push({ id: 'nothingDown', level: 1 });
  if (server.quality === 1 && server.qualityReason === 'silent') reasons.push({ id: 'nothingUp', level: 1 });
  return reasons;
}

function measured(evidence: Evidence, figures: NetworkFigures): NetworkReason[] {
  const reasons: NetworkReason[] = [];
  for (const id of ['lossDown', 'lossUp'] as const) {
    const share = figures[id];
    const level = id === 'lossDown' && elsewhere(evidence) ? undefined : worse(share, LOSS);
    if (level && share !== null) reasons.push({ id, level, share });
  }
  for (const [id, bounds] of [['roundTrip', ROUND_TRIP], ['jitter', JITTER]] as const) {
    const ms = figures[id];
    const level = id === 'jitter' && figures.voices < 2 ? undefined : worse(ms, bounds);
    if (level && ms !== null) reasons.push({ id, level, ms });
  }
  return reasons;
}

/** A browser sees what is missing, not where it got lost. The server counts the own way by itself. */
function elsewhere({ server }: Evidence): boolean {
  return server.quality === 3;
}

/** What comes is known by the server, what goes out by the browser. */
function narrow({ held, server }: Evidence, figures: NetworkFigures): NetworkReason[] {
  const reasons: NetworkReason[] = [];
  if (held > 0) reasons.push({ id: 'narrowDown', level: 1 });
  else if (server.qualityReason === 'narrow' && (server.quality === 1 || server.quality === 2)) reasons.push({ id: 'narrowDown', level: server.quality });
  if (figures.sent.some(({ limit }) => limit === 'bandwidth')) reasons.push({ id: 'narrowUp', level: 2 });
  return reasons;
}

function notes(evidence: Evidence, figures: NetworkFigures): NetworkNote[] {
  const notes: NetworkNote[] = [];
  if (figures.way === 'tcp' || figures.way === 'relay') notes.push(figures.way);
  if (figures.sent.some(({ limit }) => limit === 'cpu') || (figures.busy ?? 0) > BUSY) notes.push('busy');
  if (elsewhere(evidence) && worse(figures.lossDown, LOSS)) notes.push('others');
  if (figures.voices === 1 && worse(figures.jitter, JITTER)) notes.push('uneven');
  return notes;
}

/** 1 poor, 2 fair, or undefined for good and for what is not known. */
function worse(value: number | null, [good, fair]: readonly [number, number]): 1 | 2 | undefined {
  if (value === null || value <= good) return undefined;
  return value <= fair ? 2 : 1;
}
