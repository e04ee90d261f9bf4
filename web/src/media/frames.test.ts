import { describe, expect, it } from 'vitest';
import { FrameCounter, through, type EncodedFrame } from './frames';

const frame = (bytes: number, type?: string): EncodedFrame => ({ data: new ArrayBuffer(bytes), ...(type ? { type } : {}) });

function streams(frames: EncodedFrame[], fail = false) {
  const out: EncodedFrame[] = [];
  return {
    out,
    readable: new ReadableStream<EncodedFrame>({
      start(controller) {
        for (const one of frames) controller.enqueue(one);
        if (fail) controller.error(new Error('cut'));
        else controller.close();
      },
    }),
    writable: new WritableStream<EncodedFrame>({ write: (one) => void out.push(one) }),
  };
}

describe('through', () => {
  it('hands on what its step lets go on, untouched', async () => {
    const counter = new FrameCounter();
    const frames = [frame(100, 'key'), frame(20, 'delta'), frame(30, 'delta')];
    const io = streams(frames);
    const { count } = counter.row({ side: 'send', media: 'video', label: 'camera' });
    await through(io, (one, next) => {
      count(one);
      next.enqueue(one);
    });
    expect(io.out).toEqual(frames);
    expect(io.out[0]).toBe(frames[0]);
    expect(counter.snapshot()).toEqual([{ side: 'send', media: 'video', label: 'camera', frames: 3, keyFrames: 1, bytes: 150 }]);
  });

  it('rejects when the pipe breaks', async () => {
    await expect(through(streams([], true), () => {})).rejects.toThrow('cut');
  });
});

describe('FrameCounter', () => {
  it('has verdicts once a group speaks', () => {
    const counter = new FrameCounter();
    const row = counter.row({ side: 'receive', media: 'audio', label: 'audio 0', group: true });
    expect(counter.snapshot()[0]?.e2ee).toBeUndefined();
    row.verdicts().sealed += 1;
    const before = counter.snapshot();
    row.verdicts().sealed += 1;
    expect([before[0]?.e2ee?.sealed, counter.snapshot()[0]?.e2ee?.sealed]).toEqual([1, 2]);
  });

  it('keeps rows apart and gives copies', () => {
    const counter = new FrameCounter();
    const { count: mic } = counter.row({ side: 'send', media: 'audio', label: 'mic' });
    counter.row({ side: 'receive', media: 'audio', label: 'audio 0' });
    const before = counter.snapshot();
    mic(frame(80));
    expect(before.map((row) => row.frames)).toEqual([0, 0]);
    expect(counter.snapshot().map((row) => [row.label, row.frames, row.bytes])).toEqual([
      ['mic', 1, 80],
      ['audio 0', 0, 0],
    ]);
  });
});
