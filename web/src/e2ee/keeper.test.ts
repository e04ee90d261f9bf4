import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Keeper, type MLSWorkerLike } from './keeper';
import type { FromMLS, ToMLS } from './mls';

class FakeWorker implements MLSWorkerLike {
  onmessage: MLSWorkerLike['onmessage'] = null;
  onerror: MLSWorkerLike['onerror'] = null;
  onmessageerror: MLSWorkerLike['onmessageerror'] = null;
  readonly got: ToMLS[] = [];
  ended = false;

  postMessage(message: ToMLS): void {
    this.got.push(message);
  }

  terminate(): void {
    this.ended = true;
  }

  says(data: FromMLS): void {
    this.onmessage?.({ data } as MessageEvent<FromMLS>);
  }
}

const program = Promise.resolve({} as WebAssembly.Module);
let worker: FakeWorker;
let keeper: Keeper;

beforeEach(async () => {
  vi.useFakeTimers();
  worker = new FakeWorker();
  keeper = new Keeper(Promise.resolve(worker), program);
  keeper.tell({ type: 'offline' });
  await vi.advanceTimersByTimeAsync(0);
});

afterEach(() => {
  keeper.close();
  vi.useRealTimers();
});

it('keeps what is said before the worker is there', () => {
  expect(worker.got.map((message) => message.type)).toContain('event');
});

it('answers and refusals find who asked', async () => {
  const [first, second] = [keeper.ask('hostLink', null), keeper.ask('do', { type: 'raiseHand', up: true })];
  second.catch(() => undefined);
  worker.says({ type: 'refusal', id: 2, why: 'no' });
  worker.says({ type: 'answer', id: 1, value: 'link' });
  expect(await first).toBe('link');
  await expect(second).rejects.toThrow('no');
});

it('a worker that no longer answers is dead, and ended', async () => {
  worker.says({ type: 'ready' });
  expect(keeper.state.current).toBe('ok');
  const asked = keeper.ask('hostLink', null);
  asked.catch(() => undefined);
  await vi.advanceTimersByTimeAsync(12_000);
  expect([keeper.state.current, worker.ended]).toEqual(['dead', true]);
  await expect(asked).rejects.toThrow('gone');
});

it('a broken machine is a dead worker', () => {
  worker.says({ type: 'ready' });
  worker.says({ type: 'broken', message: 'x' });
  expect(keeper.state.current).toBe('dead');
});

it('without its program it is dead', async () => {
  const late = new Keeper(Promise.resolve(new FakeWorker()), Promise.reject(new Error('gone')));
  await vi.advanceTimersByTimeAsync(0);
  expect(late.state.current).toBe('dead');
});
