import { describe, expect, it } from 'vitest';
import type { Binding } from '../api/wire';
import { Bindings, videoKey } from './bindings';

const track = (id: string) => ({ id }) as MediaStreamTrack;
const make = () => new Bindings((t) => ({ of: t.id }) as unknown as MediaStream);
const bound = (mid: string, participant: string, kind: Binding['kind'] = 'camera', paused = false): Binding => ({ mid, participant, kind, paused });
const shown = (bindings: Bindings) => [...bindings.videos.current].map(([key, { stream, paused }]) => [key, (stream as unknown as { of: string }).of, paused]);

describe('Bindings', () => {
  it('gives each video the stream of its slot', () => {
    const bindings = make();
    bindings.slot('14', track('t14'));
    bindings.slot('15', track('t15'));
    bindings.bind([bound('4', 'a', 'mic'), bound('14', 'a'), bound('15', 'a', 'screen', true)]);
    expect(shown(bindings)).toEqual([
      ['a camera', 't14', false],
      ['a screen', 't15', true],
    ]);
  });

  it('keeps the stream of a video that stays and renews that of one that moves', () => {
    const bindings = make();
    for (const mid of ['14', '15']) bindings.slot(mid, track(mid));
    bindings.bind([bound('14', 'a'), bound('15', 'b')]);
    const before = bindings.videos.current;
    bindings.bind([bound('14', 'a', 'camera', true), bound('15', 'c')]);
    const after = bindings.videos.current;
    expect(after.get(videoKey('a', 'camera'))?.stream).toBe(before.get(videoKey('a', 'camera'))?.stream);
    expect(after.get(videoKey('c', 'camera'))?.stream).not.toBe(before.get(videoKey('b', 'camera'))?.stream);
    expect(after.has(videoKey('b', 'camera'))).toBe(false);
  });

  it('binds what was told before its slot was known', () => {
    const bindings = make();
    bindings.bind([bound('14', 'a')]);
    expect(shown(bindings)).toEqual([]);
    bindings.slot('14', track('t14'));
    expect(shown(bindings)).toEqual([['a camera', 't14', false]]);
  });

  it('shows nothing while the connection is made anew, and the same with the new slots', () => {
    const bindings = make();
    bindings.slot('14', track('old'));
    bindings.bind([bound('14', 'a')]);
    bindings.clear();
    expect(shown(bindings)).toEqual([]);
    bindings.slot('14', track('new'));
    expect(shown(bindings)).toEqual([['a camera', 'new', false]]);
  });
});
