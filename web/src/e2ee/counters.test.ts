import { describe, expect, it } from 'vitest';
import { Counters, WINDOW } from './counters';

/** Accepts a counter as the ring does; the timestamp follows from the counter unless given. */
function take(counters: Counters, counter: number, time = counter * 10, timeline = 'a'): boolean {
  const good = counters.fresh(counter) && counters.ordered(counter, time >>> 0, timeline);
  if (good) counters.take(counter, time >>> 0, timeline);
  return good;
}

describe('replay', () => {
  it('takes each counter once, in any order inside the window', () => {
    const counters = new Counters();
    const order = [5, 3, 4, 0, 40, 39, 7];
    expect(order.map((n) => take(counters, n))).toEqual(order.map(() => true));
    expect(order.map((n) => take(counters, n))).toEqual(order.map(() => false));
  });

  it('takes nothing that is too old to tell', () => {
    const counters = new Counters();
    take(counters, WINDOW + 10);
    expect([take(counters, 10), take(counters, 11), take(counters, 11)]).toEqual([false, true, false]);
  });

  it('forgets what a jump leaves behind', () => {
    const counters = new Counters();
    for (let n = 0; n < 10; n++) take(counters, n);
    expect([take(counters, 10 * WINDOW), take(counters, 9 * WINDOW + 5), take(counters, 5)]).toEqual([true, true, false]);
  });

  it('reaches as far as numbers do', () => {
    const counters = new Counters();
    expect([take(counters, 2 ** 48 - 1), take(counters, 2 ** 48 - 2), take(counters, 2 ** 48 - 1)]).toEqual([true, true, false]);
  });

  it('agrees with a plain set over a long random run', () => {
    const counters = new Counters();
    const taken = new Set<number>();
    let highest = -1;
    let state = 12345;
    for (let i = 0; i < 20_000; i++) {
      state = (state * 1103515245 + 12345) % 2 ** 31;
      const counter = Math.max(0, i + (state % 2500) - 1250);
      const want = !taken.has(counter) && counter > highest - WINDOW;
      if (take(counters, counter) !== want) expect.fail(`counter ${counter} at step ${i}`);
      if (want) taken.add(counter);
      if (want) highest = Math.max(highest, counter);
    }
  });
});

describe('order', () => {
  it('lets frames be late, not change places', () => {
    const counters = new Counters();
    expect([take(counters, 10, 100), take(counters, 20, 200), take(counters, 15, 201), take(counters, 15, 99), take(counters, 15, 150)]).toEqual([true, true, false, false, true]);
    expect([take(counters, 14, 151), take(counters, 16, 149), take(counters, 16, 150)]).toEqual([false, false, true]);
  });

  it('compares across the wrap of timestamps', () => {
    const counters = new Counters();
    expect([take(counters, 1, 2 ** 32 - 5), take(counters, 2, 3), take(counters, 3, 2 ** 32 - 1), take(counters, 3, 4)]).toEqual([true, true, false, true]);
  });

  it('starts afresh with another timeline, and only upwards', () => {
    const counters = new Counters();
    take(counters, 10, 5000, 'a');
    expect(take(counters, 9, 1, 'b')).toBe(false);
    expect(take(counters, 11, 1, 'b')).toBe(true);
    expect(take(counters, 9, 0, 'b')).toBe(false);
    expect(take(counters, 12, 6000, 'a')).toBe(true);
  });
});
