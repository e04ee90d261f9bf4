import { describe, expect, it } from 'vitest';
import { RIDS, chosen, layersOf, sizeOf } from './layers';

const short = (width: number, height: number) => layersOf({ width, height }).map(({ rid, scale, pixels, bitrate }) => `${rid} 1/${scale} ${pixels} ${bitrate / 1000}k`);

describe('layers of a camera', () => {
  it.each([
    ['720p', 1280, 720, ['q 1/4 57600 150k', 'h 1/2 230400 500k', 'f 1/1 921600 1500k']],
    ['540p', 960, 540, ['q 1/4 32400 90k', 'h 1/2 129600 300k', 'f 1/1 518400 1140k']],
    ['1080p', 1920, 1080, ['q 1/4 129600 300k', 'h 1/2 518400 950k', 'f 1/1 2073600 2500k']],
    ['upright', 720, 1280, ['q 1/4 57600 150k', 'h 1/2 230400 500k', 'f 1/1 921600 1500k']],
    ['360p', 640, 360, ['q 1/2 57600 150k', 'h 1/1 230400 600k']],
    ['4:3', 640, 480, ['q 1/2 76800 190k', 'h 1/1 307200 750k']],
    ['a band, too few pixels for three', 960, 400, ['q 1/2 96000 230k', 'h 1/1 384000 900k']],
    ['small', 320, 240, ['q 1/1 76800 230k']],
    ['a band, too few pixels for two', 480, 100, ['q 1/1 48000 150k']],
    ['tiny', 64, 36, ['q 1/1 2304 50k']],
    ['of unknown size', 0, 0, ['q 1/1 0 150k']],
  ])('%s', (_, width, height, want) => expect(short(width, height)).toEqual(want));

  it('ascend in size and rate, whatever the picture', () => {
    for (let width = 16; width <= 1920; width += 56)
      for (let height = 16; height <= 1080; height += 56) {
        const layers = layersOf({ width, height });
        expect(layers.map(({ rid }) => rid)).toEqual(RIDS.slice(0, layers.length));
        expect(layers.at(-1)?.scale).toBe(1);
        for (const [i, { pixels, bitrate }] of layers.entries()) {
          const below = layers[i - 1];
          if (below) expect([pixels > below.pixels, bitrate > below.bitrate]).toEqual([true, true]);
        }
      }
  });

  it('are read from the track, small while it does not tell', () => {
    expect(sizeOf({ getSettings: () => ({ width: 640, height: 360 }) })).toEqual({ width: 640, height: 360 });
    expect(sizeOf({ getSettings: () => ({}) })).toEqual({ width: 0, height: 0 });
  });
});

describe('layers that are sent', () => {
  const small = layersOf({ width: 640, height: 360 });

  it.each([
    ['nothing was said', null, ['q']],
    ['some are wanted', ['h'], ['h']],
    ['all are wanted', ['f', 'h', 'q'], ['q', 'h']],
    ['nothing is wanted', [], []],
    ['nothing wanted is there', ['f', 'x'], ['q']],
  ])('when %s', (_, wanted, want) => expect(chosen(small, wanted).map(({ rid }) => rid)).toEqual(want));
});
