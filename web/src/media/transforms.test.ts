import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FromMediaWorker, ToMediaWorker } from './protocol';
import { Transforms, type WorkerLike } from './transforms';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class FakeWorker implements WorkerLike {
  onmessage: ((event: MessageEvent<FromMediaWorker>) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  onmessageerror: ((event: never) => void) | null = null;
  answers = true;
  terminated = false;
  postMessage(message: ToMediaWorker): void {
    if (!this.answers) return;
    if (message.type === 'ping') this.say({ type: 'pong', id: message.id });
    else if (message.type === 'report') this.say({ type: 'counts', counts: [] });
  }
  say(message: FromMediaWorker): void {
    this.onmessage?.({ data: message } as MessageEvent<FromMediaWorker>);
  }
  terminate(): void {
    this.terminated = true;
  }
}

describe('Transforms', () => {
  it('is ok once the worker says so and stays so while it answers', () => {
    const worker = new FakeWorker();
    const transforms = new Transforms(worker);
    expect(transforms.state.current).toBe('starting');
    worker.say({ type: 'ready' });
    vi.advanceTimersByTime(120_000);
    expect(transforms.state.current).toBe('ok');
  });

  it.each([
    ['stops answering', (worker: FakeWorker) => ((worker.answers = false), vi.advanceTimersByTime(12_000))],
    ['throws', (worker: FakeWorker) => worker.onerror?.(undefined as never)],
    ['cannot be understood', (worker: FakeWorker) => worker.onmessageerror?.(undefined as never)],
    ['has a broken pipe', (worker: FakeWorker) => worker.say({ type: 'broken', options: { side: 'send', media: 'audio', label: 'mic' }, message: 'x' })],
  ])('is dead for good when the worker %s', (_, happen) => {
    const worker = new FakeWorker();
    const transforms = new Transforms(worker);
    worker.say({ type: 'ready' });
    happen(worker);
    worker.say({ type: 'ready' });
    expect(transforms.state.current).toBe('dead');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not take a short silence for death', () => {
    const worker = new FakeWorker();
    const transforms = new Transforms(worker);
    worker.say({ type: 'ready' });
    worker.answers = false;
    vi.advanceTimersByTime(6_000);
    worker.answers = true;
    vi.advanceTimersByTime(60_000);
    expect(transforms.state.current).toBe('ok');
  });

  it('tells which slot has its first new frame', async () => {
    const worker = new FakeWorker();
    const transforms = new Transforms(worker);
    const seen: [string, number | null][] = [];
    const ask = (name: string, label: string) => void transforms.arrival(label).then((from) => seen.push([name, from]));
    ask('dropped', 'video 0');
    ask('first', 'video 0');
    ask('second', 'video 1');
    worker.say({ type: 'arrived', id: 3, rtpTimestamp: 7 });
    worker.say({ type: 'arrived', id: 1, rtpTimestamp: 8 });
    worker.say({ type: 'arrived', id: 2, rtpTimestamp: null });
    await vi.advanceTimersByTimeAsync(0);
    expect(seen).toEqual([
      ['second', 7],
      ['first', null],
    ]);
    transforms.close();
  });

  it('asks for counts, and lets the worker go', async () => {
    const worker = new FakeWorker();
    const transforms = new Transforms(worker);
    expect(await transforms.counts()).toEqual([]);
    transforms.close();
    expect(worker.terminated).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});
