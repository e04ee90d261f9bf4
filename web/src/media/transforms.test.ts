import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FromMediaWorker, ToMediaWorker } from './protocol';
import { fakeTransforms, installBrowserGlobals } from './fake-peer';
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

describe('Transforms of a meeting with a group', () => {
  it('hand the port over once, and tell each transform by itself', () => {
    const restore = installBrowserGlobals();
    const { port1 } = new MessageChannel();
    const sent: [ToMediaWorker, Transferable[] | undefined][] = [];
    const worker = new FakeWorker();
    worker.postMessage = (message: ToMediaWorker, transfer?: Transferable[]) => void sent.push([message, transfer]);
    const transforms = new Transforms(worker, port1);
    expect(sent[0]).toEqual([{ type: 'group', port: port1 }, [port1]]);
    const sender = { transform: null as unknown };
    transforms.install(sender as RTCRtpSender, { side: 'send', media: 'audio', label: 'mic' });
    expect((sender.transform as { options: unknown }).options).toEqual({ side: 'send', media: 'audio', label: 'mic', group: true });
    transforms.close();
    restore();
  });

  it('say whose slots they are by the server’s word, each change once', () => {
    const { transforms, worker } = fakeTransforms(new MessageChannel().port1);
    for (const participant of ['ada', 'ada', 'ben']) transforms.bound('video 0', { participant, kind: 'camera' });
    transforms.bound('video 0', null);
    transforms.bound('video 1', null);
    expect(worker.bound).toEqual([['video 0', 'ada'], ['video 0', 'ben'], ['video 0', null]]);
    transforms.close();
  });

  it('know whose they are by their keys', () => {
    const { transforms, worker } = fakeTransforms(new MessageChannel().port1);
    worker.say({ type: 'owner', label: 'video 0', owner: { participant: 'ada', kind: 'camera' }, rtpTimestamp: 1 });
    expect([...transforms.owners.current]).toEqual([['video 0', { participant: 'ada', kind: 'camera', from: 1 }]]);
    worker.say({ type: 'owner', label: 'video 0', owner: null, rtpTimestamp: 2 });
    expect(transforms.owners.current.size).toBe(0);
    transforms.close();
  });
});

describe('Transforms', () => {
  it('of a meeting without a group leave everything as it was', () => {
    const { transforms, worker } = fakeTransforms();
    transforms.bound('video 0', { participant: 'ada', kind: 'camera' });
    expect(worker.bound).toEqual([]);
    transforms.close();
  });

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
