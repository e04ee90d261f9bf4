/** A place on the stage in CSS pixels, from its top left corner. */
export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Size {
  width: number;
  height: number;
}

export const gap = 8;
/** Narrower than this nobody can be recognised; then the grid gets pages. */
const smallest = 132;
const widest = 16 / 9;
/** Cameras are wide: only tall stages make tall tiles of them. */
const narrowest = { wide: 4 / 3, tall: 3 / 4 };
/** More tiles than this on one page cost more than they show. */
const most = 49;

/** How many tiles a grid of this size can show at once. */
export function capacity(area: Size): number {
  const columns = Math.max(1, Math.floor((area.width + gap) / (smallest + gap)));
  const rows = Math.max(1, Math.floor((area.height + gap) / (smallest * 0.75 + gap)));
  return Math.max(1, Math.min(most, columns * rows));
}

/**
 * Places `count` tiles so that they cover as much of the area as any grid can,
 * none wider than 16:9 nor narrower than 4:3, on tall areas than 3:4. The last row is centred.
 */
export function grid(count: number, area: Size): Rect[] {
  if (count <= 0 || area.width <= 0 || area.height <= 0) return [];
  const limit = area.width >= area.height ? narrowest.wide : narrowest.tall;
  let best = { covered: -1, columns: 1, tile: { width: 0, height: 0 } };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const cell = {
      width: (area.width - gap * (columns - 1)) / columns,
      height: (area.height - gap * (rows - 1)) / rows,
    };
    const tile = fit(cell, limit);
    const covered = tile.width * tile.height * worth(tile);
    if (covered > best.covered) best = { covered, columns, tile };
  }
  return place(count, best.columns, best.tile, area);
}

/** The largest tile with a permitted shape inside a cell. */
export function fit(cell: Size, limit: number = narrowest.tall): Size {
  if (cell.width <= 0 || cell.height <= 0) return { width: 0, height: 0 };
  const shape = cell.width / cell.height;
  if (shape > widest) return { width: cell.height * widest, height: cell.height };
  if (shape < limit) return { width: cell.width, height: cell.width / limit };
  return cell;
}

/** Cameras are 16:9: a tile of another shape crops its picture and is worth less. */
function worth(tile: Size): number {
  const shape = tile.width / tile.height;
  return Math.min(1, 0.55 + 0.45 * (shape / widest));
}

function place(count: number, columns: number, tile: Size, area: Size): Rect[] {
  const rows = Math.ceil(count / columns);
  const top = (area.height - rows * tile.height - (rows - 1) * gap) / 2;
  return Array.from({ length: count }, (_, i) => {
    const row = Math.floor(i / columns);
    const inRow = row === rows - 1 ? count - row * columns : columns;
    const left = (area.width - inRow * tile.width - (inRow - 1) * gap) / 2;
    return {
      x: left + (i % columns) * (tile.width + gap),
      y: top + row * (tile.height + gap),
      ...tile,
    };
  });
}
