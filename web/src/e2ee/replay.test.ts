import { expect, it } from 'vitest';
import { ReplayWindow, WINDOW } from './replay';

it('takes each counter once, in any order inside the window', () => {
  const window = new ReplayWindow();
  const order = [5, 3, 4, 0, 40, 39, 7];
  expect(order.map((n) => window.take(n))).toEqual(order.map(() => true));
  expect(order.map((n) => window.take(n))).toEqual(order.map(() => false));
});

it('takes nothing that is too old to tell', () => {
  const window = new ReplayWindow();
  window.take(WINDOW + 10);
  expect([window.take(10), window.take(11), window.take(11)]).toEqual([false, true, false]);
});

it('forgets what a jump leaves behind', () => {
  const window = new ReplayWindow();
  for (let n = 0; n < 10; n++) window.take(n);
  expect(window.take(10 * WINDOW)).toBe(true);
  expect(window.take(10 * WINDOW - WINDOW + 5)).toBe(true);
  expect(window.take(5)).toBe(false);
});

it('asking changes nothing', () => {
  const window = new ReplayWindow();
  expect([window.fresh(7), window.fresh(7), window.take(7), window.fresh(7)]).toEqual([true, true, true, false]);
});

it('agrees with a plain set over a long random run', () => {
  const window = new ReplayWindow();
  const taken = new Set<number>();
  let highest = -1;
  let state = 12345;
  for (let i = 0; i < 20_000; i++) {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    const counter = Math.max(0, i + (state % 5000) - 2500);
    const want = !taken.has(counter) && counter > highest - WINDOW;
    expect(window.take(counter)).toBe(want);
    if (want) taken.add(counter);
    if (want) highest = Math.max(highest, counter);
  }
});
