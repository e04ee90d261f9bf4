import type { Limit, NetworkWay } from '../room/network-view';

/** What one m-line has sent of one layer so far. null: the browser does not tell. */
export interface SentCount {
  mid: string;
  media: 'audio' | 'video';
  layer: string;
  codec: string | null;
  width: number | null;
  height: number | null;
  frames: number | null;
  bytes: number;
  /** without what was sent again */
  packets: number;
  /** that the server has reported as lost; null before its first report */
  lost: number | null;
  /** seconds that the encoder worked */
  work: number | null;
  limit: Limit | null;
  /** seconds under each limit */
  limits: Partial<Record<Limit, number>> | null;
}

/** What one m-line has received so far. */
export interface ReceivedCount {
  mid: string;
  media: 'audio' | 'video';
  codec: string | null;
  width: number | null;
  height: number | null;
  frames: number | null;
  bytes: number;
  packets: number;
  lost: number;
  /** seconds */
  jitter: number | null;
  freezes: number | null;
  work: number | null;
  /** samples of sound: played, made up, and of these the silent ones */
  samples: number | null;
  concealed: number | null;
  silent: number | null;
}

/** What a report of RTCPeerConnection.getStats counts. */
export interface Counters {
  /** ms, by a clock that does not jump */
  at: number;
  way: NetworkWay | null;
  /** the last round trip in seconds, and the sum and number of all */
  roundTrip: number | null;
  roundTrips: { sum: number; count: number } | null;
  roomOut: number | null;
  bytesIn: number | null;
  bytesOut: number | null;
  sent: Map<string, SentCount>;
  received: Map<string, ReceivedCount>;
}

/** One row of a report, by name; nothing in it is certain to be there. */
type Row = Record<string, unknown> & { id: string; type: string };

/** Reads a report (webrtc-stats) that was taken at a time. Addresses in it are passed over. */
export function count(report: Iterable<unknown>, at: number): Counters {
  const rows = new Map<string, Row>();
  for (const row of report as Iterable<Row>) rows.set(row.id, row);
  const counters: Counters = { at, ...wayOf(rows), sent: new Map(), received: new Map() };
  for (const row of rows.values()) {
    const mid = text(row.mid);
    if (mid === null) continue;
    if (row.type === 'outbound-rtp') counters.sent.set(row.id, sentOf(row, mid, rows));
    if (row.type === 'inbound-rtp') counters.received.set(row.id, receivedOf(row, mid, rows));
  }
  return counters;
}

function wayOf(rows: ReadonlyMap<string, Row>): Omit<Counters, 'at' | 'sent' | 'received'> {
  const pairs = [...rows.values()].filter((row) => row.type === 'candidate-pair');
  const transport = [...rows.values()].find((row) => row.type === 'transport');
  const pair =
    pairs.find((row) => row.id === transport?.selectedCandidatePairId) ??
    pairs.find((row) => row.selected === true) ??
    pairs.find((row) => row.nominated === true && row.state === 'succeeded');
  const local = rows.get(text(pair?.localCandidateId) ?? '');
  const [sum, trips] = [number(pair?.totalRoundTripTime), number(pair?.responsesReceived)];
  return {
    way: way(text(local?.candidateType), text(local?.protocol)),
    roundTrip: number(pair?.currentRoundTripTime),
    roundTrips: sum === null || trips === null ? null : { sum, count: trips },
    roomOut: number(pair?.availableOutgoingBitrate),
    bytesIn: pairs.length === 0 ? null : total(pairs, 'bytesReceived'),
    bytesOut: pairs.length === 0 ? null : total(pairs, 'bytesSent'),
  };
}

function way(type: string | null, protocol: string | null): NetworkWay | null {
  if (type === 'relay') return 'relay';
  return protocol === 'udp' || protocol === 'tcp' ? protocol : null;
}

function sentOf(row: Row, mid: string, rows: ReadonlyMap<string, Row>): SentCount {
  const remote = rows.get(text(row.remoteId) ?? '');
  return {
    mid,
    media: row.kind === 'audio' ? 'audio' : 'video',
    layer: text(row.rid) ?? '',
    codec: codecOf(row, rows),
    width: number(row.frameWidth),
    height: number(row.frameHeight),
    frames: number(row.framesEncoded),
    bytes: number(row.bytesSent) ?? 0,
    packets: (number(row.packetsSent) ?? 0) - (number(row.retransmittedPacketsSent) ?? 0),
    lost: number(remote?.packetsLost),
    work: number(row.totalEncodeTime),
    limit: limitOf(row.qualityLimitationReason),
    limits: typeof row.qualityLimitationDurations === 'object' ? (row.qualityLimitationDurations as SentCount['limits']) : null,
  };
}

function receivedOf(row: Row, mid: string, rows: ReadonlyMap<string, Row>): ReceivedCount {
  return {
    mid,
    media: row.kind === 'audio' ? 'audio' : 'video',
    codec: codecOf(row, rows),
    width: number(row.frameWidth),
    height: number(row.frameHeight),
    frames: number(row.framesDecoded),
    bytes: number(row.bytesReceived) ?? 0,
    packets: number(row.packetsReceived) ?? 0,
    lost: number(row.packetsLost) ?? 0,
    jitter: number(row.jitter),
    freezes: number(row.freezeCount),
    work: number(row.totalDecodeTime),
    samples: number(row.totalSamplesReceived),
    concealed: number(row.concealedSamples),
    silent: number(row.silentConcealedSamples),
  };
}

/** "VP8" of "video/VP8". */
function codecOf(row: Row, rows: ReadonlyMap<string, Row>): string | null {
  return text(rows.get(text(row.codecId) ?? '')?.mimeType)?.split('/')[1] ?? null;
}

function limitOf(said: unknown): Limit | null {
  return said === 'none' || said === 'bandwidth' || said === 'cpu' || said === 'other' ? said : null;
}

function total(rows: readonly Row[], field: string): number {
  return rows.reduce((sum, row) => sum + (number(row[field]) ?? 0), 0);
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
