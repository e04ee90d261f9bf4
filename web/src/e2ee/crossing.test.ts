/**
 * What happens when the rules change while a frame is in work. WebCrypto is
 * asked to wait, so that everything that can come between does.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Verdict } from './incoming';
import type { MediaKind } from './kid';
import { Receiver } from './receiver';
import { Ring } from './ring';
import { Sender, type Left } from './sender';

function open(): void {
  const all = gates ?? [];
  gates = null;
  for (const go of all) go();
}

const MEETING = 'm';
const LEAVES: [number, string][] = [[0, 'alice'], [1, 'bob']];
const base = (n: number) => new Uint8Array(32).fill(n);

/** Operations wait here until the test lets them go. */
let gates: (() => void)[] | null;

beforeEach(() => {
  gates = null;
  for (const name of ['encrypt', 'decrypt'] as const) {
    const real = crypto.subtle[name].bind(crypto.subtle);
    vi.spyOn(crypto.subtle, name).mockImplementation(async (algorithm, key, data) => {
      const result = await real(algorithm, key, data);
      if (gates) await new Promise<void>((resolve) => gates?.push(resolve));
      return result;
    });
  }
});
afterEach(() => vi.restoreAllMocks());

/** Until so many operations wait. */
const waiting = (count: number) => vi.waitFor(() => expect(gates?.length).toBe(count));

function sending(self = 0, kind: MediaKind = 'mic') {
  const clock = { now: 0 };
  const ring = new Ring(MEETING, 0, () => clock.now);
  const left: [number, Left][] = [];
  const sender = new Sender<number>(ring, kind, (frame, how) => left.push([frame, how]));
  const push = (frame: number) => sender.push(frame, { codec: 'opus', key: false, data: Uint8Array.of(frame).buffer });
  const epoch = (n: number, removes = false) => ring.epoch({ epoch: n, base: base(n), self, leaves: LEAVES, removes });
  return { clock, ring, sender, left, push, epoch };
}

const acts = (left: [number, Left][]) => left.map(([frame, how]) => `${frame} ${how.act}`);

describe('a frame that is being sealed', () => {
  async function begun() {
    const all = sending();
    all.epoch(1);
    all.ring.send('seal', 1);
    gates = [];
    all.push(1);
    await waiting(1);
    expect(all.left).toEqual([]);
    return all;
  }

  async function end(all: Awaited<ReturnType<typeof begun>>) {
    open();
    await all.sender.idle();
    return all.left;
  }

  it('does not leave when sending stops', async () => {
    const all = await begun();
    all.ring.send('hold', 0);
    expect(acts(await end(all))).toEqual(['1 hold']);
  });

  it('leaves sealed after a switch off, and the next one clear behind it', async () => {
    const all = await begun();
    all.ring.send('clear', 0);
    all.push(2);
    expect(all.left).toEqual([]);
    expect(acts(await end(all))).toEqual(['1 sealed', '2 clear']);
  });

  it('leaves under the new key when the epoch changed', async () => {
    const all = await begun();
    all.epoch(2);
    all.ring.send('seal', 2);
    expect((await end(all))[0]?.[1]).toMatchObject({ act: 'sealed', epoch: 2, counter: 0 });
  });

  it('does not leave when its epoch has ended', async () => {
    const all = await begun();
    all.epoch(2, true);
    all.clock.now = 2001;
    expect(acts(await end(all))).toEqual(['1 hold']);
  });

  it('keeps its place, also before clear ones', async () => {
    const all = await begun();
    all.push(2);
    all.push(3);
    expect(acts(await end(all))).toEqual(['1 sealed', '2 sealed', '3 sealed']);
    expect(all.left.map(([, how]) => (how.act === 'sealed' ? how.counter : -1))).toEqual([0, 1, 2]);
  });
});

describe('a sender', () => {
  it('waits for its key rather than pass anything', async () => {
    const { ring, left, push, epoch, sender } = sending();
    epoch(1);
    ring.send('seal', 1);
    push(1); // the key is still being derived
    expect(left).toEqual([]);
    await sender.idle();
    expect(acts(left)).toEqual(['1 sealed']);
  });

  it('passes clear frames at once, one after the other', () => {
    const { ring, left, push } = sending();
    ring.send('clear', 0);
    for (const frame of [1, 2, 3]) push(frame);
    expect(acts(left)).toEqual(['1 clear', '2 clear', '3 clear']);
  });

  it('sends nothing of a codec that it cannot seal', () => {
    const { ring, left, sender } = sending();
    ring.send('clear', 0);
    sender.push(1, { codec: null, key: false, data: new ArrayBuffer(1) });
    expect(acts(left)).toEqual(['1 hold']);
  });

  it('does not grow without end behind a key that never comes', async () => {
    const { ring, left, push, epoch, sender } = sending();
    epoch(1);
    ring.send('seal', 1);
    gates = [];
    for (let i = 0; i < 1000; i++) push(i);
    expect(left.length).toBeGreaterThan(400);
    expect(left.every(([, how]) => how.act === 'hold')).toBe(true);
    open();
    await sender.idle();
    expect(left.length).toBe(1000);
  });
});

/** Frames as bob seals them. */
async function sealed(frames: number[], n = 1): Promise<Uint8Array<ArrayBuffer>[]> {
  const bob = sending(1);
  bob.epoch(n);
  bob.ring.send('seal', n);
  for (const frame of frames) bob.push(frame);
  await bob.sender.idle();
  return bob.left.map(([, how]) => (how.act === 'sealed' ? new Uint8Array(how.data) : new Uint8Array()));
}

function receiving() {
  const { clock, ring, epoch } = sending();
  const told: [number, Verdict][] = [];
  const receivers = [0, 1].map(() => new Receiver<number>(ring, (frame, verdict) => told.push([frame, verdict]), () => clock.now));
  const push = (frame: number, data: Uint8Array<ArrayBuffer> | undefined, track = 0) =>
    receivers[track]?.push(frame, { track: `t${track}`, bound: { participant: 'bob', kind: 'mic' }, codec: 'opus', time: frame * 960, data: data ?? new Uint8Array() });
  const idle = () => Promise.all(receivers.map((receiver) => receiver.idle()));
  const ends = () => told.map(([frame, verdict]) => `${frame} ${verdict.act === 'drop' ? verdict.reason : verdict.act}`);
  return { clock, ring, epoch, push, idle, told, ends };
}

describe('a frame that is being opened', () => {
  async function begun() {
    const [first, second] = await sealed([1, 2]);
    const all = receiving();
    all.epoch(1);
    gates = [];
    all.push(1, first);
    await waiting(1);
    expect(all.told).toEqual([]);
    const end = async () => {
      open();
      await all.idle();
      return all.ends();
    };
    return { ...all, first, second, end };
  }

  it('is not played when its sender was removed meanwhile', async () => {
    const all = await begun();
    all.ring.epoch({ epoch: 2, base: base(2), self: 0, leaves: [[0, 'alice']], removes: true });
    expect(await all.end()).toEqual(['1 removed']);
  });

  it('is not played when its key ended meanwhile', async () => {
    const all = await begun();
    all.epoch(2);
    all.clock.now = 10_001;
    expect(await all.end()).toEqual(['1 epoch']);
  });

  it('is played once when it came twice, in two tracks at the same time', async () => {
    const all = await begun();
    all.push(1, all.first, 1);
    await waiting(2);
    expect((await all.end()).toSorted()).toEqual(['1 play', '1 replay']);
  });

  it('is not overtaken by the next of its track', async () => {
    const all = await begun();
    all.push(2, all.second);
    all.push(3, Uint8Array.of(1, 2, 3));
    expect(await all.end()).toEqual(['1 play', '2 play', '3 clear']);
  });

  it('is opened beside the next ones, however their keys are quick', async () => {
    const all = await begun();
    all.push(2, all.second);
    await waiting(2);
    gates?.toReversed().forEach((go) => go());
    gates = null;
    await all.idle();
    expect(all.ends()).toEqual(['1 play', '2 play']);
  });

  it('lets nobody pass in the clear behind it once that is over', async () => {
    const all = await begun();
    all.ring.receive('clear', 0, []);
    all.push(2, Uint8Array.of(1, 2, 3));
    all.ring.receive('sealed', 0, []);
    expect(await all.end()).toEqual(['1 play', '2 clear']);
  });

  it('is not pushed out by any number that no key is tried for', async () => {
    const all = await begun();
    for (let i = 0; i < 2000; i++) all.push(3, Uint8Array.of(1, 2, 3));
    all.push(2, all.second);
    const ends = await all.end();
    expect([ends.length, ends[0], ends.at(-1)]).toEqual([2002, '1 play', '2 play']);
  });
});

describe('a receiver', () => {
  it('gives held frames in their order before what comes after the key', async () => {
    const [a, b, c] = await sealed([1, 2, 3]);
    const all = receiving();
    all.push(1, a);
    all.push(2, b);
    all.epoch(1);
    all.push(3, c);
    await all.idle();
    expect(all.ends()).toEqual(['1 held', '2 held', '1 play', '2 play', '3 play']);
  });

  it('keeps two derivations of the same instance from accepting a frame twice', async () => {
    const [a] = await sealed([1]);
    const all = receiving();
    all.epoch(1);
    gates = [];
    all.push(1, a);
    await waiting(1);
    // Forged frames of other instances take the candidate's place while the first is open.
    for (let i = 1; i <= 6; i++) {
      const forged = a?.slice() ?? new Uint8Array();
      const other = Uint8Array.of(0xb0, 0, 0, 0, 0); // a KID of four bytes, counter 0
      new DataView(other.buffer).setUint32(1, (i * 4) * 2 ** 24 + 256 + 1);
      all.push(10 + i, new Uint8Array([...other, ...forged.subarray(2)]), 1);
    }
    all.push(1, a, 1);
    await waiting(2);
    open();
    await all.idle();
    expect(all.ends().filter((end) => end === '1 play').length).toBe(1);
    expect(all.ends().filter((end) => end.endsWith('forged')).length).toBe(6);
  });
});
