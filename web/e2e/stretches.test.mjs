// The arithmetic of the bench's switching, and the pictures of its SDK members.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { height, picture, width } from './lib/counted.mjs';
import { pictureGap, quantile, soundGap, stretchOf, summary } from './lib/stretches.mjs';

test('quantiles are nearest ranks', () => {
  assert.deepEqual([0, 0.5, 0.75, 0.95, 1].map((q) => quantile([4, 1, 3, 2], q)), [1, 2, 3, 4, 4]);
  assert.equal(quantile([], 0.5), 0);
});

test('the longest time between two pictures', () => {
  const pictures = [[0, 1], [40, 2], [80, 3], [120, 3], [300, 4], [340, 5]].map(([at, counter]) => ({ at, counter }));
  assert.equal(pictureGap(pictures, 0, 350), 220, 'the same picture shown again is none');
  assert.equal(pictureGap(pictures, 310, 350), 40);
  assert.equal(pictureGap(pictures, 0, 1000), 660, 'a picture that stays to the end');
  assert.equal(pictureGap([], 0, 1000), 1000);
});

test('the most sound that was concealed in one piece', () => {
  const readings = [[0, 0], [200, 0], [400, 4800], [600, 9600], [800, 9600], [1000, 14_400]].map(([at, concealed]) => ({ at, concealed }));
  assert.equal(soundGap(readings, 0, 1000), 200);
  assert.equal(soundGap(readings, 850, 1000), 100);
  assert.equal(soundGap(readings.slice(0, 2), 0, 1000), 0);
});

test('each of the people has the worst of whom they see and hear', () => {
  const pictures = [0, 100, 500].flatMap((at, counter) => [{ name: 'Ben', at, counter }, { name: 'Cy', at: counter * 100, counter }]);
  const sound = [0, 200].map((at) => ({ mid: '1', at, concealed: at * 24 }));
  assert.deepEqual(stretchOf([{ pictures, sound }], 0, 500), [{ picture: 400, sound: 100 }]);
});

test('what is printed', () => {
  const note = (id) => ({ pictures: [{ name: 'Ben', id, at: 0, counter: 1 }], took: Array.from({ length: 200 }, (_, i) => i / 1000) });
  const one = (on, took, id) => ({ on, took, notes: [note(id)], quiet: [{ picture: 50, sound: 0 }], switched: [{ picture: 120, sound: 20 }] });
  const frames = [{
    before: { frames: 10, held: 3, dropped: { 'audio clear': 2 } }, after: { frames: 110, held: 4, dropped: { 'audio clear': 5, 'video forged': 1 } },
    descriptions: 1, empty: 3,
  }];
  const got = summary([one(false, 300, 7), one(true, 400, 7), one(true, 600, 9)], frames, { Ben: 7 });
  assert.deepEqual(
    [got.renegotiations, got.pictures, got.undecodable, got.frames, got.failed, got.failures, got.empty, got.lockMs],
    [1, 3, 1, 100, 2, [{ 'video forged': 1, held: 1 }], 3, { p50: 400, p95: 600, best: 400 }],
  );
  assert.deepEqual([got.pictureGapMs.longest, got.pictureGapMs.baseline, got.pictureGapMs.addedMedian, got.soundGapMs.longest], [120, 50, 70, 20]);
  assert.deepEqual(got.workerMs, [{ frames: 400, p50: 0.099, p95: 0.189, best: 0.189 }]);
});

test('a picture has the cells that pages read', () => {
  const frame = picture(0b101, 0x81);
  const at = (x, y) => (frame[Math.round(y * height) * width + Math.round(x * width)] > 127 ? 1 : 0);
  assert.deepEqual(Array.from({ length: 16 }, (_, i) => at((i + 0.5) / 16, 1 / 8)), [1, 0, 1, ...Array(13).fill(0)]);
  assert.deepEqual(Array.from({ length: 8 }, (_, i) => at((i + 0.5) / 8, 3 / 8)), [1, 0, 0, 0, 0, 0, 0, 1]);
  assert.equal(frame.length, width * height * 1.5);
});
