import type { ParticipantView, VideoKind, WantView } from '../../../room/model';
import { capacity, fit, gap, grid, type Rect, type Size } from './grid';

/** What a person chose to see: everyone alike, or one large and the rest small. */
export type LayoutMode = 'grid' | 'speaker';

/** A tile is one video of one person. */
export interface TileId {
  participant: string;
  kind: VideoKind;
}

export interface PlacedTile extends TileId {
  key: string;
  rect: Rect;
  /** the one large tile of the speaker layout */
  main: boolean;
}

export interface Layout {
  tiles: PlacedTile[];
  page: number;
  pages: number;
  /** one tile is large, the others stand in a strip */
  staged: boolean;
  /** where the page buttons go: the bottom of this area */
  pager: Rect;
}

export interface LayoutInput {
  participants: ParticipantView[];
  mode: LayoutMode;
  /** key of the tile that this person pinned, or "" */
  pinned: string;
  /** participant id that moderators show to all, or "" */
  spotlight: string;
  activeSpeaker: string;
  page: number;
  area: Size;
}

export function tileKey(tile: TileId): string {
  return `${tile.participant}:${tile.kind}`;
}

/** Room for the page buttons below a grid or a strip, in CSS pixels. */
const pagerHeight = 60;

/** Where every visible tile goes. */
export function arrange(input: LayoutInput): Layout {
  const all = tilesOf(input.participants);
  const main = mainTile(all, input);
  if (!main) {
    const pager = { x: 0, y: 0, ...input.area };
    const area = all.length > capacity(input.area) ? abovePager(input.area) : input.area;
    return { ...paged(all, capacity(area), input.page, (tiles) => flat(tiles, area)), pager };
  }
  const rest = all.filter((tile) => tileKey(tile) !== tileKey(main));
  return staged(main, rest, input);
}

/** The wish list for the server: large tiles first, none that nobody sees. */
export function wants(layout: Layout, participants: ParticipantView[], density: number): WantView[] {
  const byId = new Map(participants.map((p) => [p.id, p]));
  return layout.tiles
    .filter(({ participant, kind }) => {
      const who = byId.get(participant);
      return who !== undefined && !who.self && who.live[kind];
    })
    .map(({ participant, kind, rect }) => ({
      participant,
      kind,
      pixels: Math.round(rect.width * rect.height * density * density),
    }))
    .sort((a, b) => b.pixels - a.pixels);
}

/** Screens first, then the others, oneself last: that is how people look for each other. */
function tilesOf(participants: ParticipantView[]): TileId[] {
  const screens = participants.filter((p) => p.live.screen && !p.self);
  const others = participants.filter((p) => !p.self);
  const self = participants.filter((p) => p.self);
  return [
    ...screens.map((p): TileId => ({ participant: p.id, kind: 'screen' })),
    ...[...others, ...self].map((p): TileId => ({ participant: p.id, kind: 'camera' })),
  ];
}

/** The tile that is shown large, or undefined for an even grid. */
function mainTile(all: TileId[], input: LayoutInput): TileId | undefined {
  const find = (participant: string, kind: VideoKind) =>
    all.find((tile) => tile.participant === participant && tile.kind === kind);
  const pinned = all.find((tile) => tileKey(tile) === input.pinned);
  if (pinned) return all.length > 1 ? pinned : undefined;
  const spotlight = find(input.spotlight, 'screen') ?? find(input.spotlight, 'camera');
  const screen = all.find((tile) => tile.kind === 'screen');
  const wanted = spotlight ?? screen;
  if (wanted) return all.length > 1 ? wanted : undefined;
  if (input.mode !== 'speaker' || all.length < 2) return undefined;
  return find(input.activeSpeaker, 'camera') ?? all[0];
}

function flat(tiles: TileId[], area: Size): PlacedTile[] {
  const rects = grid(tiles.length, area);
  return tiles.flatMap((tile, i) => {
    const rect = rects[i];
    return rect ? [{ ...tile, key: tileKey(tile), rect, main: false }] : [];
  });
}

function paged(tiles: TileId[], size: number, page: number, place: (tiles: TileId[]) => PlacedTile[]): Omit<Layout, 'pager'> {
  const pages = Math.max(1, Math.ceil(tiles.length / size));
  const current = Math.min(Math.max(0, page), pages - 1);
  const shown = tiles.slice(current * size, (current + 1) * size);
  return { tiles: place(shown), page: current, pages, staged: false };
}

/** The page buttons stand below the tiles, not on anybody's name. */
function abovePager({ width, height }: Size): Size {
  return { width, height: Math.max(0, height - pagerHeight) };
}

/** One large tile; a strip beside it on wide stages, below it on tall ones. */
function staged(main: TileId, rest: TileId[], input: LayoutInput): Layout {
  const { area } = input;
  const beside = area.width >= area.height * 1.25;
  const strip: Size = beside
    ? { width: clamp(area.width * 0.19, 132, 360), height: area.height }
    : { width: area.width, height: clamp(area.height * 0.2, 84, 240) };
  const cell: Size = beside
    ? fit({ width: strip.width, height: (strip.width * 9) / 16 })
    : fit({ width: Math.min((strip.height * 4) / 3, strip.width), height: strip.height });
  const along = beside ? cell.height : cell.width;
  const room = beside ? strip.height : strip.width;
  const fitting = (length: number) => Math.max(1, Math.floor((length + gap) / (along + gap)));
  // The page buttons stand below the strip, not on anybody's face.
  const turns = rest.length > fitting(room);
  const buttons = turns ? pagerHeight : 0;
  const length = beside ? room - buttons : room;
  const stage: Size = beside
    ? { width: area.width - strip.width - gap, height: area.height }
    : { width: area.width, height: area.height - strip.height - gap - buttons };
  const layout = paged(rest, fitting(length), input.page, (tiles) => {
    const start = (length - tiles.length * along - (tiles.length - 1) * gap) / 2;
    return tiles.map((tile, i) => {
      const offset = start + i * (along + gap);
      const origin = beside ? { x: stage.width + gap, y: offset } : { x: offset, y: stage.height + gap };
      return { ...tile, key: tileKey(tile), rect: { ...origin, ...cell }, main: false };
    });
  });
  const large: PlacedTile = { ...main, key: tileKey(main), rect: { x: 0, y: 0, ...stage }, main: true };
  const corner = beside ? { x: stage.width + gap, y: 0 } : { x: 0, y: stage.height + gap };
  return { ...layout, tiles: [large, ...layout.tiles], staged: true, pager: { ...corner, width: strip.width, height: area.height - corner.y } };
}

function clamp(n: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, n));
}
