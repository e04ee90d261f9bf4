import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Ears, type Listening } from './ears';
import { FakeTrack } from './fake-peer';

/** Loudness of each track, by its id. */
const loud: Record<string, number> = {};
let disconnected: string[] = [];
let closed = 0;

function fakeContext(): Listening {
  return {
    state: 'running',
    resume: async () => undefined,
    close: async () => void (closed += 1),
    createAnalyser: () => ({ fftSize: 32, of: '', getFloatTimeDomainData(into: Float32Array) { into.fill(loud[this.of] ?? 0); } }),
    createMediaStreamSource: (stream: { id: string }) => ({
      connect: (analyser: { of: string }) => (analyser.of = stream.id),
      disconnect: () => disconnected.push(stream.id),
    }),
  } as unknown as Listening;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('MediaStream', class {
    readonly id: string;
    constructor([track]: [FakeTrack]) {
      this.id = track.id;
    }
  });
  for (const id of Object.keys(loud)) delete loud[id];
  disconnected = [];
  closed = 0;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const track = (id: string) => new FakeTrack('audio', id).real;

it('hears who speaks, by the owner of the key, and who has stopped', () => {
  const ears = new Ears(fakeContext);
  ears.owned('audio 0', track('a'), 'ben');
  ears.owned('audio 1', track('b'), 'cleo');
  loud['b'] = 0.1;
  vi.advanceTimersByTime(400);
  expect([...ears.speaking.current]).toEqual(['cleo']);
  loud['b'] = 0;
  vi.advanceTimersByTime(2000);
  expect(ears.speaking.current.size).toBe(0);
});

it('follows a slot to its next owner, and counts nobody for clear sound', () => {
  const ears = new Ears(fakeContext);
  const a = track('a');
  loud['a'] = 0.1;
  ears.owned('audio 0', a, 'ben');
  vi.advanceTimersByTime(400);
  ears.owned('audio 0', a, 'cleo');
  expect(ears.speaking.current.size).toBe(0);
  vi.advanceTimersByTime(400);
  expect([...ears.speaking.current]).toEqual(['cleo']);
  ears.owned('audio 0', a, '');
  vi.advanceTimersByTime(400);
  expect([ears.speaking.current.size, disconnected]).toEqual([0, []]);
  expect(vi.getTimerCount()).toBe(0);
  ears.owned('audio 0', track('b'), 'cleo');
  vi.advanceTimersByTime(400);
  expect([ears.speaking.current.size, disconnected], 'another track').toEqual([0, ['a']]);
  ears.clear();
});

it('taps one slot at a time', () => {
  let tapped = 0;
  const context = fakeContext();
  const ears = new Ears(() => ({ ...context, createMediaStreamSource: (stream) => (tapped++, context.createMediaStreamSource(stream)) }));
  for (let i = 0; i < 8; i++) ears.owned(`audio ${i}`, track(`${i}`), `person ${i}`);
  const steps = [tapped];
  for (let i = 0; i < 9; i++) {
    vi.advanceTimersByTime(100);
    steps.push(tapped);
  }
  expect(steps).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 8]);
  ears.clear();
});

it('lets go of everything with the connection', () => {
  const ears = new Ears(fakeContext);
  loud['a'] = 0.1;
  ears.owned('audio 0', track('a'), 'ben');
  vi.advanceTimersByTime(400);
  ears.clear();
  expect([ears.speaking.current.size, disconnected, vi.getTimerCount()]).toEqual([0, ['a'], 0]);
  expect(closed).toBe(1);
});

it('asks a sleeping browser once to wake', () => {
  let asked = 0;
  const asleep = { ...fakeContext(), state: 'suspended', resume: () => (asked++, new Promise<void>(() => undefined)) } as unknown as Listening;
  const ears = new Ears(() => asleep);
  ears.owned('audio 0', track('a'), 'ben');
  vi.advanceTimersByTime(1000);
  expect(asked).toBe(1);
});
