import { expect, it, test } from 'vitest';
import { onFrame, type From } from './first-frame';

type Look = (now: number, shown: { rtpTimestamp?: number }) => void;

class FakeVideo {
  private waiting = new Map<number, Look>();
  private last = 0;
  requestVideoFrameCallback(look: Look): number {
    this.waiting.set(++this.last, look);
    return this.last;
  }
  cancelVideoFrameCallback(handle: number): void {
    this.waiting.delete(handle);
  }
  show(rtpTimestamp?: number): void {
    const now = [...this.waiting.values()];
    this.waiting.clear();
    for (const look of now) look(0, rtpTimestamp === undefined ? {} : { rtpTimestamp });
  }
}

test.each<[string, From, (number | undefined)[], number]>([
  ['the awaited frame', 9000, [8000, 9000], 2],
  ['a later frame at once', 9000, [12_000], 1],
  ['a frame after the timestamps wrapped', 0xffff_fff0, [0xffff_0000, 100], 2],
  ['the second frame when the element tells no timestamp', 9000, [undefined, undefined], 2],
  ['the second frame when the worker told none', null, [1, 2], 2],
  ['the fourth frame when the timestamps make no sense', 9000, [1, 2, 3, 4], 4],
])('ready with %s', (_, from, frames, want) => {
  const video = new FakeVideo();
  let ready = 0;
  onFrame(video, from, () => (ready += 1));
  const at = frames.findIndex((timestamp) => (video.show(timestamp), ready > 0)) + 1;
  expect(at).toBe(want);
  video.show(20_000);
  expect(ready).toBe(1);
});

it('gives up when told to', () => {
  const video = new FakeVideo();
  let ready = 0;
  onFrame(video, 1, () => (ready += 1))();
  video.show(5);
  expect(ready).toBe(0);
});

it('waits for nothing where frames cannot be followed', () => {
  let ready = 0;
  onFrame({}, 1, () => (ready += 1));
  expect(ready).toBe(1);
});
