import { expect, it } from 'vitest';
import { Arrivals, SETTLED } from './arrivals';

const frame = (type: 'key' | 'delta', rtpTimestamp?: number) => ({
  data: new ArrayBuffer(1),
  type,
  getMetadata: () => (rtpTimestamp === undefined ? {} : { rtpTimestamp }),
});

function make() {
  const clock = { now: 0 };
  const answers: [number, number | null][] = [];
  const arrivals = new Arrivals((id, rtpTimestamp) => answers.push([id, rtpTimestamp]), () => clock.now);
  return { clock, answers, arrivals };
}

it('answers once, with the first key frame of the slot that was asked for', () => {
  const { answers, arrivals } = make();
  arrivals.ask('video 3', 7);
  arrivals.frame('video 3', frame('delta', 1));
  arrivals.frame('video 4', frame('key', 2));
  expect(answers).toEqual([]);
  arrivals.frame('video 3', frame('key', 3));
  arrivals.frame('video 3', frame('key', 4));
  expect(answers).toEqual([[7, 3]]);
});

it('takes any frame when no frame of the former track can be on its way', () => {
  const { clock, answers, arrivals } = make();
  arrivals.ask('video 0', 1);
  clock.now = SETTLED - 1;
  arrivals.frame('video 0', frame('delta', 5));
  expect(answers).toEqual([]);
  clock.now = SETTLED;
  arrivals.frame('video 0', frame('delta', 6));
  expect(answers).toEqual([[1, 6]]);
});

it('forgets a question when the slot moves on, and does without timestamps', () => {
  const { answers, arrivals } = make();
  arrivals.ask('video 0', 1);
  arrivals.ask('video 0', 2);
  arrivals.frame('video 0', frame('key'));
  expect(answers).toEqual([[2, null]]);
});
