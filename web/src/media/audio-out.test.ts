import { describe, expect, it } from 'vitest';
import { AudioOut, type Player } from './audio-out';

class FakePlayer implements Player {
  srcObject: MediaStream | null | MediaProvider = null;
  autoplay = false;
  playing = false;
  constructor(readonly refuses: () => string | null) {}
  async play(): Promise<void> {
    const name = this.refuses();
    if (name) throw Object.assign(new Error(name), { name });
    this.playing = true;
  }
  pause(): void {
    this.playing = false;
  }
}

function make(refuses: () => string | null) {
  const players: FakePlayer[] = [];
  globalThis.MediaStream = class {} as typeof MediaStream;
  const out = new AudioOut(() => {
    const player = new FakePlayer(refuses);
    players.push(player);
    return player;
  });
  return { out, players };
}

const track = {} as MediaStreamTrack;
const settled = () => new Promise((resolve) => setTimeout(resolve));

describe('AudioOut', () => {
  it('plays each slot until cleared', async () => {
    const { out, players } = make(() => null);
    out.add(track);
    out.add(track);
    await settled();
    expect(players.map((p) => p.playing)).toEqual([true, true]);
    expect(out.blocked.current).toBe(false);
    out.clear();
    expect(players.map((p) => [p.playing, p.srcObject])).toEqual([
      [false, null],
      [false, null],
    ]);
  });

  it('says when the browser wants a click first, and plays after it', async () => {
    let name: string | null = 'NotAllowedError';
    const { out, players } = make(() => name);
    out.add(track);
    await settled();
    expect(out.blocked.current).toBe(true);
    await out.unblock();
    expect(out.blocked.current).toBe(true);
    name = null;
    await out.unblock();
    expect([out.blocked.current, players[0]?.playing]).toEqual([false, true]);
  });

  it('does not take an interrupted start for a block', async () => {
    const { out } = make(() => 'AbortError');
    out.add(track);
    await settled();
    expect(out.blocked.current).toBe(false);
  });
});
