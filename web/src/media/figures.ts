import type { Kind } from '../api/wire';
import type { Limit, NetworkFigures, ReceivedFigures, SentFigures } from '../room/network-view';
import type { Counters, ReceivedCount, SentCount } from './counters';

/** What an m-line carries now. */
export interface Place {
  /** whose it is; "" for an own one */
  participant: string;
  kind: Kind;
  paused: boolean;
}

/** Places by mid. */
export type Places = ReadonlyMap<string, Place>;

/** An encoder that is held back for more than this share of the time is limited. */
const LIMITED = 0.5;

/** A count that was there twice. */
interface Pair<T> {
  before: T;
  after: T;
}

/** What happened between two readings. `places` says what the m-lines carry. */
export function figuresBetween(before: Counters, after: Counters, places: Places): NetworkFigures {
  const seconds = (after.at - before.at) / 1000;
  const sent = pairs(before.sent, after.sent);
  const received = pairs(before.received, after.received);
  const sounds = received.filter(({ before, after }) => after.media === 'audio' && after.packets > before.packets);
  return {
    way: after.way,
    roundTrip: roundTrip(before, after),
    lossDown: lossDown(received),
    lossUp: lossUp(sent),
    jitter: least(sounds.map(({ after }) => inMs(after.jitter))),
    voices: sounds.length,
    concealed: concealed(sounds),
    rateIn: rate(before.bytesIn, after.bytesIn, seconds),
    rateOut: rate(before.bytesOut, after.bytesOut, seconds),
    roomOut: after.roomOut,
    busy: most([...sent, ...received].map(({ before, after }) => share(risen(before.work, after.work), seconds))),
    soundCodec: sounds.map(({ after }) => after.codec).find((codec) => codec !== null) ?? sent.find(({ after }) => after.media === 'audio')?.after.codec ?? null,
    sent: sent.filter(({ before, after }) => after.packets > before.packets).flatMap((one) => sentFigures(one, places, seconds)),
    received: received.flatMap((one) => receivedFigures(one, places, seconds)),
  };
}

function pairs<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): Pair<T>[] {
  return [...after].flatMap(([id, now]) => {
    const then = before.get(id);
    return then ? [{ before: then, after: now }] : [];
  });
}

function sentFigures({ before, after }: Pair<SentCount>, places: Places, seconds: number): SentFigures[] {
  const place = places.get(after.mid);
  if (!place || place.participant !== '') return [];
  const video = after.media === 'video';
  return [{
    kind: place.kind,
    layer: after.layer,
    codec: after.codec,
    width: video ? after.width : null,
    height: video ? after.height : null,
    fps: video ? per(risen(before.frames, after.frames), seconds) : null,
    rate: rate(before.bytes, after.bytes, seconds),
    limit: video ? limitOf({ before, after }, seconds) : null,
  }];
}

function limitOf({ before, after }: Pair<SentCount>, seconds: number): Limit | null {
  if (!before.limits || !after.limits) return after.limit;
  for (const limit of ['cpu', 'bandwidth', 'other'] as const) {
    const held = share(risen(before.limits[limit] ?? null, after.limits[limit] ?? null), seconds);
    if (held !== null && held > LIMITED) return limit;
  }
  return 'none';
}

function receivedFigures({ before, after }: Pair<ReceivedCount>, places: Places, seconds: number): ReceivedFigures[] {
  const place = places.get(after.mid);
  if (!place || place.participant === '' || (place.kind !== 'camera' && place.kind !== 'screen')) return [];
  return [{
    participant: place.participant,
    kind: place.kind,
    codec: after.codec,
    width: after.width,
    height: after.height,
    fps: per(risen(before.frames, after.frames), seconds),
    rate: rate(before.bytes, after.bytes, seconds),
    freezes: after.freezes,
    paused: place.paused,
  }];
}

/** The mean of the round trips between the readings, or the last one. */
function roundTrip(before: Counters, after: Counters): number | null {
  const trips = before.roundTrips && after.roundTrips ? after.roundTrips.count - before.roundTrips.count : 0;
  if (trips > 0 && before.roundTrips && after.roundTrips) return ((after.roundTrips.sum - before.roundTrips.sum) / trips) * 1000;
  return inMs(after.roundTrip);
}

function lossDown(received: readonly Pair<ReceivedCount>[]): number | null {
  const lost = sum(received.map(({ before, after }) => after.lost - before.lost));
  const came = sum(received.map(({ before, after }) => after.packets - before.packets));
  return came + lost <= 0 ? null : clamp(lost / (came + lost));
}

/** Only of what the server has reported on. */
function lossUp(sent: readonly Pair<SentCount>[]): number | null {
  let [lost, packets] = [0, 0];
  for (const { before, after } of sent) {
    if (after.lost === null) continue;
    lost += after.lost - (before.lost ?? 0);
    packets += after.packets - before.packets;
  }
  return packets <= 0 ? null : clamp(lost / packets);
}

function concealed(sounds: readonly Pair<ReceivedCount>[]): number | null {
  const made = sounds.map(({ before, after }) => minus(risen(before.concealed, after.concealed), risen(before.silent, after.silent)));
  const all = sounds.map(({ before, after }) => risen(before.samples, after.samples));
  const [up, played] = [known(made), known(all)];
  return up.length === 0 || sum(played) <= 0 ? null : clamp(sum(up) / sum(played));
}

function minus(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a - b;
}

function risen(before: number | null, after: number | null): number | null {
  return before === null || after === null ? null : Math.max(0, after - before);
}

/** Bits per second. */
function rate(before: number | null, after: number | null, seconds: number): number | null {
  return per(risen(before, after), seconds / 8);
}

function per(amount: number | null, seconds: number): number | null {
  return amount === null || seconds <= 0 ? null : amount / seconds;
}

function share(amount: number | null, of: number): number | null {
  const part = per(amount, of);
  return part === null ? null : clamp(part);
}

function most(values: readonly (number | null)[]): number | null {
  const there = known(values);
  return there.length === 0 ? null : Math.max(...there);
}

function least(values: readonly (number | null)[]): number | null {
  const there = known(values);
  return there.length === 0 ? null : Math.min(...there);
}

function known(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}

function sum(values: readonly number[]): number {
  return values.reduce((all, one) => all + one, 0);
}

function inMs(seconds: number | null): number | null {
  return seconds === null ? null : seconds * 1000;
}

function clamp(part: number): number {
  return Math.min(Math.max(part, 0), 1);
}
