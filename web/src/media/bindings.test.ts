import { describe, expect, it } from 'vitest';
import type { Binding } from '../api/wire';
import { Bindings, videoKey } from './bindings';

/** A slot whose new frames come when a test says so. */
function slot(id: string) {
  const asked: ((from: number | null) => void)[] = [];
  return { track: { id } as MediaStreamTrack, asked, arrival: () => new Promise<number | null>((resolve) => asked.push(resolve)) };
}
const settle = () => new Promise((resolve) => setTimeout(resolve));
const make = () => new Bindings((t) => ({ of: t.id }) as unknown as MediaStream);
const bound = (mid: string, participant: string, kind: Binding['kind'] = 'camera', paused = false): Binding => ({ mid, participant, kind, paused });
const shown = (bindings: Bindings) => [...bindings.videos.current].map(([key, { stream, paused }]) => [key, (stream as unknown as { of: string }).of, paused]);

describe('Bindings', () => {
  it('gives each video the stream of its slot', () => {
    const bindings = make();
    bindings.slot('14', slot('t14'));
    bindings.slot('15', slot('t15'));
    bindings.bind([bound('4', 'a', 'mic'), bound('14', 'a'), bound('15', 'a', 'screen', true)]);
    expect(shown(bindings)).toEqual([
      ['a camera', 't14', false],
      ['a screen', 't15', true],
    ]);
  });

  it('keeps the stream of a video that stays, and not that of one that moves', () => {
    const bindings = make();
    for (const mid of ['14', '15']) bindings.slot(mid, slot(mid));
    bindings.bind([bound('14', 'a'), bound('15', 'b')]);
    const before = bindings.videos.current;
    bindings.bind([bound('14', 'a', 'camera', true), bound('15', 'c')]);
    const after = bindings.videos.current;
    expect(after.get(videoKey('a', 'camera'))?.stream).toBe(before.get(videoKey('a', 'camera'))?.stream);
    expect(after.get(videoKey('c', 'camera'))?.stream).toBe(null);
    expect(after.has(videoKey('b', 'camera'))).toBe(false);
  });

  it('binds what was told before its slot was known', () => {
    const bindings = make();
    bindings.bind([bound('14', 'a')]);
    expect(shown(bindings)).toEqual([]);
    bindings.slot('14', slot('t14'));
    expect(shown(bindings)).toEqual([['a camera', 't14', false]]);
  });

  it('shows nothing while the connection is made anew, and the same with the new slots', () => {
    const bindings = make();
    bindings.slot('14', slot('old'));
    bindings.bind([bound('14', 'a')]);
    bindings.clear();
    expect(shown(bindings)).toEqual([]);
    bindings.slot('14', slot('new'));
    expect(shown(bindings)).toEqual([['a camera', 'new', false]]);
  });

  it('shows nobody’s last picture under another name', async () => {
    const bindings = make();
    const one = slot('t14');
    bindings.slot('14', one);
    const video = (participant: string) => bindings.videos.current.get(videoKey(participant, 'camera'));
    bindings.bind([bound('14', 'a')]);
    const first = video('a')?.stream;
    expect(one.asked.length).toBe(0);
    bindings.bind([]);
    bindings.bind([bound('14', 'b')]);
    expect(video('b')).toEqual({ stream: null, paused: false });
    one.asked[0]?.(90_000);
    await settle();
    expect(video('b')).toEqual({ stream: { of: 't14' }, paused: false, from: 90_000 });
    expect(video('b')?.stream).not.toBe(first);
  });

  it('waits again when the slot moves on before anything came', async () => {
    const bindings = make();
    const one = slot('t14');
    bindings.slot('14', one);
    for (const who of ['a', 'b', 'c']) bindings.bind([bound('14', who)]);
    one.asked[0]?.(1);
    await settle();
    expect(bindings.videos.current.get(videoKey('c', 'camera'))?.stream).toBe(null);
    one.asked[1]?.(null);
    await settle();
    expect(bindings.videos.current.get(videoKey('c', 'camera'))).toMatchObject({ stream: { of: 't14' }, from: null });
  });

  it('takes a screen in the place of a camera for another picture', () => {
    const bindings = make();
    bindings.slot('14', slot('t14'));
    bindings.bind([bound('14', 'a')]);
    bindings.bind([bound('14', 'a', 'screen')]);
    expect(bindings.videos.current.get(videoKey('a', 'screen'))?.stream).toBe(null);
  });

  it('gives one back to whom it was last at once', () => {
    const bindings = make();
    bindings.slot('14', slot('t14'));
    bindings.bind([bound('14', 'a')]);
    bindings.bind([]);
    bindings.bind([bound('14', 'a')]);
    expect(shown(bindings)).toEqual([['a camera', 't14', false]]);
  });

  it('follows the key, whatever the server binds', () => {
    const bindings = make();
    for (const mid of ['14', '15']) bindings.slot(mid, slot(mid));
    bindings.owned('14', { participant: 'b', kind: 'camera', from: 5 });
    bindings.owned('15', { participant: 'a', kind: 'camera', from: 6 });
    bindings.bind([bound('14', 'a'), bound('15', 'b')]);
    expect(shown(bindings)).toEqual([
      ['b camera', '14', false],
      ['a camera', '15', false],
    ]);
  });

  it('gives a slot to its new owner with that one’s first frame, not with the server’s word', () => {
    const bindings = make();
    const one = slot('t14');
    bindings.slot('14', one);
    bindings.bind([bound('14', 'a')]);
    bindings.owned('14', { participant: 'a', kind: 'camera', from: 1 });
    const video = (participant: string) => bindings.videos.current.get(videoKey(participant, 'camera'));
    const first = video('a')?.stream;
    bindings.bind([bound('14', 'b')]);
    expect([video('a')?.stream, video('b')]).toEqual([first, undefined]);
    bindings.owned('14', { participant: 'b', kind: 'camera', from: 9000 });
    expect([video('a'), video('b')]).toEqual([undefined, { stream: { of: 't14' }, paused: false, from: 9000 }]);
    expect([video('b')?.stream === first, one.asked.length]).toEqual([false, 0]);
  });

  it('takes the server’s word again for clear frames, and then waits for the first', () => {
    const bindings = make();
    const one = slot('t14');
    bindings.slot('14', one);
    bindings.bind([bound('14', 'b')]);
    bindings.owned('14', { participant: 'a', kind: 'screen', from: 1 });
    expect([...bindings.videos.current.keys()]).toEqual(['a screen']);
    bindings.owned('14', null);
    expect(bindings.videos.current.get(videoKey('b', 'camera'))?.stream).toBe(null);
    expect(one.asked.length).toBe(1);
  });
});
