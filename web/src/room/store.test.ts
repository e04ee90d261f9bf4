import { describe, expect, it } from 'vitest';
import { Store } from './store';

describe('Store', () => {
  it('tells the value at once and every change after it', () => {
    const store = new Store(1);
    const seen: number[] = [];
    const stop = store.subscribe((value) => seen.push(value));
    store.set(2);
    store.set(2);
    store.update((value) => value + 1);
    stop();
    store.set(4);
    expect(seen).toEqual([1, 2, 3]);
    expect(store.current).toBe(4);
  });

  it('does not run a watcher that an earlier one removed', () => {
    const store = new Store(0);
    const seen: string[] = [];
    let stopSecond = () => {};
    store.subscribe((value) => value === 1 && stopSecond());
    stopSecond = store.subscribe((value) => seen.push(`second ${value}`));
    store.set(1);
    expect(seen).toEqual(['second 0']);
  });

  it('lets one function watch twice', () => {
    const store = new Store(0);
    let runs = 0;
    const run = () => (runs += 1);
    const stop = store.subscribe(run);
    store.subscribe(run);
    stop();
    store.set(1);
    expect(runs).toBe(3);
  });
});
