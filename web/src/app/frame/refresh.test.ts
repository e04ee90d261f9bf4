import { afterEach, expect, test, vi } from 'vitest';
import type { Info } from '../../api/wire';
import { Store } from '../../room/store';
import type { AppContext } from './app-context';
import { refreshInfo, watchInfo } from './refresh';

const known = { server: 'roundel 0.1.0', claimed: true, user: null, localCA: true, signalling: { version: 'TLS 1.3', suite: 'TLS_AES_128_GCM_SHA256' } } as Info;

function fake(...answers: (Info | Error)[]) {
  const info = new Store<Info | null>(known);
  const ask = vi.fn(async () => {
    const answer = answers.shift() ?? new Error('offline');
    if (answer instanceof Error) throw answer;
    return answer;
  });
  return { info, ask, server: { info: ask } as unknown as AppContext['server'] };
}

afterEach(() => void vi.useRealTimers());

test('a server that does not answer is unknown', async () => {
  const app = fake(new Error('offline'));
  await refreshInfo(app);
  expect(app.info.current).toBeNull();
});

test('after a loss nothing is known until a later answer, and a stopping server is asked again', async () => {
  vi.useFakeTimers();
  const app = fake(known, new Error('offline'));
  const stop = watchInfo(app);
  expect(app.info.current).toBeNull();
  await vi.advanceTimersByTimeAsync(3000);
  expect(app.info.current).toEqual(known);
  await vi.advanceTimersByTimeAsync(3000);
  expect(app.info.current).toBeNull();
  stop();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(app.ask).toHaveBeenCalledTimes(2);
});
