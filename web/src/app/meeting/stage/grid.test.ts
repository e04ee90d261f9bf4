import { describe, expect, test } from 'vitest';
import { capacity, fit, grid, type Rect, type Size } from './grid';

const stages: Record<string, Size> = {
  laptop: { width: 1264, height: 668 },
  phone: { width: 304, height: 500 },
  phoneSideways: { width: 640, height: 240 },
  uhd: { width: 3800, height: 1980 },
};

function overlap(a: Rect, b: Rect): boolean {
  return a.x + a.width > b.x + 0.01 && b.x + b.width > a.x + 0.01 && a.y + a.height > b.y + 0.01 && b.y + b.height > a.y + 0.01;
}

describe.each(Object.entries(stages))('grid on %s', (_name, area) => {
  test.each(Array.from({ length: 49 }, (_, i) => i + 1))('%i tiles lie inside, apart and alike', (count) => {
    const rects = grid(count, area);
    expect(rects).toHaveLength(count);
    const outside = rects.filter((r) => r.x < -0.01 || r.y < -0.01 || r.x + r.width > area.width + 0.01 || r.y + r.height > area.height + 0.01);
    const crossing = rects.filter((r, i) => rects.slice(i + 1).some((other) => overlap(r, other)));
    expect({ outside, crossing }).toEqual({ outside: [], crossing: [] });
    expect(new Set(rects.map((r) => `${r.width.toFixed(2)}×${r.height.toFixed(2)}`)).size).toBe(1);
  });
});

test('two people stand side by side on a laptop and above each other on a phone', () => {
  const [a, b] = grid(2, { width: 1264, height: 668 });
  expect(a?.y).toBe(b?.y);
  const [c, d] = grid(2, { width: 304, height: 500 });
  expect(c?.x).toBe(d?.x);
});

test('the last row is centred', () => {
  const rects = grid(5, { width: 1264, height: 668 });
  const last = rects.slice(3);
  const left = last[0]?.x ?? 0;
  const right = 1264 - ((last[1]?.x ?? 0) + (last[1]?.width ?? 0));
  expect(left).toBeCloseTo(right);
});

test('nothing is placed on a stage without size', () => {
  expect(grid(3, { width: 0, height: 0 })).toEqual([]);
  expect(grid(0, { width: 100, height: 100 })).toEqual([]);
});

test.each([
  { cell: { width: 400, height: 100 }, want: { width: 177.78, height: 100 } },
  { cell: { width: 100, height: 400 }, want: { width: 100, height: 133.33 } },
  { cell: { width: 160, height: 100 }, want: { width: 160, height: 100 } },
])('a tile in a cell of $cell.width × $cell.height keeps its shape', ({ cell, want }) => {
  const got = fit(cell);
  expect(got.width).toBeCloseTo(want.width, 1);
  expect(got.height).toBeCloseTo(want.height, 1);
});

test('a page holds as many as can be recognised, at least one and at most 49', () => {
  expect(capacity({ width: 304, height: 500 })).toBe(8);
  expect(capacity({ width: 3800, height: 1980 })).toBe(49);
  expect(capacity({ width: 10, height: 10 })).toBe(1);
});
