import { SRTPAES128CM, SRTPAES128GCM, SRTPAES256GCM } from '../api/wire';

/** What the browser itself says of the own media connection; null where it does not tell. */
export interface OwnMedia {
  /** "DTLS 1.2" */
  dtls: string | null;
  /** the DTLS suite's IANA name */
  suite: string | null;
  /** the SRTP profile's IANA name */
  srtp: string | null;
}

/** Sums over all receive slots and the way to the server. */
export interface Reading {
  own: OwnMedia;
  received: number;
  lost: number;
  /** seconds, 0 when unknown */
  rtt: number;
  /** all that came in, by any way */
  bytes: number;
}

/** One row of a stats report (webrtc-stats) as far as it is read. */
interface Row {
  type: string;
  tlsVersion?: string;
  dtlsCipher?: string;
  srtpCipher?: string;
  dtlsState?: string;
  selectedCandidatePairId?: string;
  id?: string;
  nominated?: boolean;
  state?: string;
  currentRoundTripTime?: number;
  packetsReceived?: number;
  packetsLost?: number;
  bytesReceived?: number;
}

/** Reads a report of RTCPeerConnection.getStats. */
export function read(report: Iterable<unknown>): Reading {
  const reading: Reading = { own: { dtls: null, suite: null, srtp: null }, received: 0, lost: 0, rtt: 0, bytes: 0 };
  for (const row of report as Iterable<Row>) {
    if (row.type === 'transport') reading.own = ownMedia(row);
    if (row.type === 'candidate-pair') reading.bytes += row.bytesReceived ?? 0;
    if (row.type === 'candidate-pair' && row.nominated && row.state === 'succeeded') reading.rtt = row.currentRoundTripTime ?? 0;
    if (row.type === 'inbound-rtp') {
      reading.received += row.packetsReceived ?? 0;
      reading.lost += row.packetsLost ?? 0;
    }
  }
  return reading;
}

/** Share of packets lost between two readings, 0 to 1; 0 when nothing came. */
export function lossBetween(before: Reading, after: Reading): number {
  const lost = Math.max(0, after.lost - before.lost);
  const expected = lost + Math.max(0, after.received - before.received);
  return expected === 0 ? 0 : lost / expected;
}

function ownMedia(row: Row): OwnMedia {
  return { dtls: dtlsVersion(row.tlsVersion), suite: row.dtlsCipher || null, srtp: srtpName(row.srtpCipher) };
}

/** webrtc-stats, 8.18: the version as four hexadecimal digits (RFC 6347, RFC 9147). */
function dtlsVersion(hex: string | undefined): string | null {
  if (!hex) return null;
  const names: Record<string, string> = { FEFF: 'DTLS 1.0', FEFD: 'DTLS 1.2', FEFC: 'DTLS 1.3' };
  return names[hex.toUpperCase()] ?? `DTLS ${hex}`;
}

/** The IANA names of what browsers call by older ones. */
function srtpName(name: string | undefined): string | null {
  if (!name) return null;
  const names: Record<string, string> = {
    AEAD_AES_256_GCM: SRTPAES256GCM,
    AEAD_AES_128_GCM: SRTPAES128GCM,
    AES_CM_128_HMAC_SHA1_80: SRTPAES128CM,
  };
  return names[name] ?? (name.startsWith('SRTP_') ? name : `SRTP_${name}`);
}
