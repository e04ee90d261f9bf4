import { describe, expect, it } from 'vitest';
import { bar, rms } from './meter';
import { ActiveSpeaker, SpeakingGate } from './speaking';

/** Plays steps of [loudness, for how many ms] at one look every 20 ms; returns the flag after each step. */
function play(steps: [number, number][]): boolean[] {
  const gate = new SpeakingGate();
  let now = 0;
  return steps.map(([loudness, ms]) => {
    let flag = false;
    for (const end = now + ms; now < end; now += 20) flag = gate.push(loudness, now);
    return flag;
  });
}

describe('SpeakingGate', () => {
  it.each<[string, [number, number][], boolean[]]>([
    ['silence', [[0, 2000]], [false]],
    ['speech', [[0.05, 300]], [true]],
    ['a key stroke', [[0.3, 60], [0, 500]], [false, false]],
    ['a pause between words', [[0.05, 500], [0, 600], [0.05, 100]], [true, true, true]],
    ['the end of a sentence', [[0.05, 500], [0, 1200]], [true, false]],
    ['noise between the two marks keeps what is', [[0.006, 2000], [0.05, 300], [0.006, 3000]], [false, true, true]],
  ])('%s', (_, steps, want) => expect(play(steps)).toEqual(want));
});

describe('ActiveSpeaker', () => {
  const all = () => true;

  it('shows who begins, and keeps them while nobody else speaks', () => {
    const stage = new ActiveSpeaker();
    expect(stage.update([], all, 0)).toBe('');
    expect(stage.update(['a'], all, 10)).toBe('a');
    expect(stage.update([], all, 60_000)).toBe('a');
  });

  it('does not cut off a speaker, nor change too often', () => {
    const stage = new ActiveSpeaker();
    stage.update(['a'], all, 0);
    expect(stage.update(['a', 'b'], all, 5000)).toBe('a');
    expect(stage.update(['b'], all, 5010)).toBe('b');
    expect(stage.update(['a'], all, 5100)).toBe('b');
    expect(stage.update(['a'], all, 6600)).toBe('a');
  });

  it('lets go of who is gone', () => {
    const stage = new ActiveSpeaker();
    stage.update(['a'], all, 0);
    expect(stage.update([], (id) => id !== 'a', 100)).toBe('');
    expect(stage.update(['b'], (id) => id !== 'a', 110)).toBe('b');
  });
});

describe('loudness', () => {
  it('is the root mean square', () => {
    expect(rms(new Float32Array([0.5, -0.5, 0.5, -0.5]))).toBe(0.5);
    expect(rms(new Float32Array(0))).toBe(0);
  });

  it.each([
    [0, 0],
    [0.001, 0],
    [0.0001, 0],
    [1, 1],
    [2, 1],
    [0.1, 2 / 3],
  ])('%f shows as %f', (loudness, want) => expect(bar(loudness)).toBeCloseTo(want, 5));
});
