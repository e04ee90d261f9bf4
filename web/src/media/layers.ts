/**
 * In which sizes a camera is sent. The browser makes several at once (simulcast
 * by RID: RFC 8853, RFC 8852), each for places of another size on other people's
 * screens; the server says which of them somebody watches.
 */
import type { Layer } from '../api/wire';

/** The RIDs that a simulcast video is offered with, smallest layer first. */
export const RIDS = ['q', 'h', 'f'] as const;

/** A layer and by how much the picture is scaled down for it. */
export interface SentLayer extends Layer {
  scale: number;
}

/** Width and height of a picture; 0 where they are not known. */
export interface Size {
  width: number;
  height: number;
}

/**
 * The least picture for so many layers. libwebrtc leaves out the highest layers of
 * a smaller one (its limit of layers by resolution), whatever is asked for.
 */
const ENOUGH = [
  { layers: 3, side: 960, pixels: 960 * 540 },
  { layers: 2, side: 480, pixels: 480 * 270 },
];

/** What a layer of so many pixels needs, bits per second: 180p, 360p, 720p. */
const RATES = [
  { pixels: 320 * 180, rate: 150_000 },
  { pixels: 640 * 360, rate: 500_000 },
  { pixels: 1280 * 720, rate: 1_500_000 },
] as const;
const LEAST = 50_000;
const MOST = 2_500_000;
/** The largest layer stands for the whole camera: below 720p it gets a fifth more. */
const TOP = 1.2;

/** The size of a track's picture now. */
export function sizeOf(track: Pick<MediaStreamTrack, 'getSettings'>): Size {
  const { width = 0, height = 0 } = track.getSettings();
  return { width, height };
}

/** The layers that a picture of this size can have, smallest first. One of unknown size counts as small. */
export function layersOf({ width, height }: Size): SentLayer[] {
  const [side, pixels] = [Math.max(width, height), width * height];
  const count = ENOUGH.find((least) => side >= least.side && pixels >= least.pixels)?.layers ?? 1;
  return RIDS.slice(0, count).map((rid, i) => {
    const scale = 2 ** (count - 1 - i);
    const part = Math.round(width / scale) * Math.round(height / scale);
    return { rid, scale, pixels: part, bitrate: rateOf(part, i === count - 1) };
  });
}

/**
 * Which of these layers to send: those that the server wants, none when it wants
 * none, or the smallest while it has said nothing (null) or nothing that there is.
 */
export function chosen(layers: readonly SentLayer[], wanted: readonly string[] | null): SentLayer[] {
  if (wanted?.length === 0) return [];
  const asked = layers.filter(({ rid }) => wanted?.includes(rid));
  return asked.length > 0 ? asked : layers.slice(0, 1);
}

/** Between and beyond the known rates a power of the pixels, as between the two next to them. */
function rateOf(pixels: number, top: boolean): number {
  if (pixels === 0) return RATES[0].rate;
  const [small, middle, large] = RATES;
  const [from, to] = pixels <= middle.pixels ? [small, middle] : [middle, large];
  const power = Math.log(to.rate / from.rate) / Math.log(to.pixels / from.pixels);
  const rate = from.rate * (pixels / from.pixels) ** power * (top && pixels < large.pixels ? TOP : 1);
  return Math.min(Math.max(Math.round(rate / 10_000) * 10_000, LEAST), MOST);
}
