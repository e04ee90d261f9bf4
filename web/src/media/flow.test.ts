import { describe, expect, it } from 'vitest';
import { Flow } from './flow';

describe('the flow', () => {
  it.each<[string, number[], number[]]>([
    ['flows', [0, 1, 2, 3, 4, 5], []],
    ['never flowed', [0, 0, 0, 0, 0], []],
    ['stops', [0, 1, 2, 3, 3, 3, 3, 3, 3], [5]],
    ['pauses for a reading', [0, 1, 2, 3, 3, 4, 5, 6], []],
    ['came now and then', [0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3], []],
    ['stops, flows, stops', [0, 1, 2, 3, 3, 3, 3, 4, 5, 6, 7, 7, 7], [5, 12]],
    ['is counted anew after a restart', [900, 910, 920, 930, 4, 5, 6], []],
  ])('of what %s', (_, readings, expected) => {
    const flow = new Flow();
    expect(readings.flatMap((bytes, i) => (flow.reading(bytes) ? [i] : []))).toEqual(expected);
  });
});
