/** Runs the scenarios that the Go ring runs too. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Verdict } from './incoming';
import { encodeKID, metadata, KINDS, type MediaKind } from './kid';
import { encodeHeader } from './header';
import type { Bound, DropReason, ReceiveMode, SendMode } from './protocol';
import { Receiver } from './receiver';
import { Ring } from './ring';
import { Sender, type Left } from './sender';
import { AES_256_GCM_SHA512_128, Key, headerOf, importBase } from './sframe';
import { codecOf, unwrap, wrap, type Codec } from './shell';

interface Scenarios {
  meeting: string;
  shells: { codec: string; key: boolean; body: string; frame: string }[];
  frames: { codec: string; key: boolean; epoch: number; leaf: number; kind: MediaKind; instance: number; counter: number; kid: number; plain: string; frame: string }[];
  scenarios: { name: string; why: string; instance?: number; events: Event[] }[];
}

interface Event {
  at: number;
  epoch?: { epoch: number; seed?: number; self: number; leaves: [number, string][]; removes: boolean };
  send?: { mode: SendMode; epoch?: number };
  receive?: { mode: ReceiveMode; until?: number; from?: string[] };
  seal?: { kind: MediaKind; codec: string; key?: boolean };
  frame?: FrameEvent;
  tick?: boolean;
  expect?: Record<string, unknown>;
  then?: { at: number; verdict: string; reason?: DropReason };
}

interface FrameEvent {
  id: string;
  track: string;
  bound: [string, MediaKind];
  codec: string;
  key?: boolean;
  time: number;
  raw?: string;
  sealed?: { epoch: number; seed?: number; leaf: number; kind: MediaKind; instance?: number; counter: number; codec?: string; meeting?: string; tamper?: 'tag' | 'counter' };
}

const file = new URL('../../../e2ee/sframe/testdata/ring.json', import.meta.url);
const all = JSON.parse(readFileSync(file, 'utf8')) as Scenarios;
const unhex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
const hex = (bytes: ArrayBuffer | Uint8Array) => Buffer.from(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes)).toString('hex');
const codecNamed = (name: string) => codecOf(name) as Codec;
const base = (n: number) => Uint8Array.from({ length: 32 }, (_, i) => (i % 2 ? n & 255 : n >> 8));

const keys = new Map<string, Promise<Key>>();
function keyOf(seed: number, kid: number): Promise<Key> {
  const name = `${seed} ${kid}`;
  let key = keys.get(name);
  if (!key) keys.set(name, (key = importBase(base(seed)).then((material) => Key.derive(AES_256_GCM_SHA512_128, kid, material))));
  return key;
}

/** The frame of an event as it would come from the network. */
async function made(event: FrameEvent): Promise<{ data: Uint8Array<ArrayBuffer>; plain: string }> {
  if (!event.sealed) return { data: unhex(event.raw ?? ''), plain: event.raw ?? '' };
  const { epoch, seed = epoch, leaf, kind, instance = 0, counter, codec = event.codec, meeting = all.meeting, tamper } = event.sealed;
  // Not encodeKID, which refuses what some scenarios send.
  const kid = (instance * 4 + KINDS.indexOf(kind)) * 2 ** 24 + leaf * 256 + (epoch % 256);
  const plain = new TextEncoder().encode(event.id);
  const { header, body } = await (await keyOf(seed, kid)).seal(counter, metadata(meeting, codecNamed(codec)), plain);
  if (tamper === 'tag') body[body.length - 1] = (body.at(-1) ?? 0) ^ 1;
  if (tamper === 'counter') header[header.length - 1] = (header.at(-1) ?? 0) ^ 1;
  return { data: new Uint8Array(wrap(codecNamed(event.codec), event.key ?? false, header, body)), plain: hex(plain) };
}

/** A ring with its tracks, and what became of every frame. */
class Bench {
  now = 0;
  readonly ring: Ring;
  readonly told = new Map<string, { at: number; verdict: Verdict; plain: string | null }[]>();
  private readonly tracks = new Map<string, Receiver<string>>();
  private readonly kinds = new Map<MediaKind, Sender<null>>();
  private left: Left | undefined;

  constructor(instance: number) {
    this.ring = new Ring(all.meeting, instance, () => this.now);
  }

  async run(event: Event): Promise<void> {
    this.now = event.at;
    if (event.epoch) this.ring.epoch({ ...event.epoch, base: base(event.epoch.seed ?? event.epoch.epoch) });
    if (event.send) this.ring.send(event.send.mode, event.send.epoch ?? 0);
    if (event.receive) this.ring.receive(event.receive.mode, event.receive.until ?? 0, event.receive.from ?? []);
    if (event.tick) this.ring.tick();
    if (event.frame) await this.frame(event.frame);
    await Promise.all([...this.tracks.values()].map((track) => track.idle()));
  }

  async leave(kind: MediaKind, codec: string, key: boolean): Promise<Left> {
    let sender = this.kinds.get(kind);
    if (!sender) this.kinds.set(kind, (sender = new Sender<null>(this.ring, kind, (_, left) => (this.left = left))));
    sender.push(null, { codec: codecNamed(codec), key, data: Uint8Array.of(1, 2, 3).buffer });
    await sender.idle();
    return this.left as Left;
  }

  private async frame(event: FrameEvent): Promise<void> {
    const { data } = await made(event);
    const [participant, kind] = event.bound;
    const bound: Bound = { participant, kind };
    this.track(event.track).push(event.id, { track: event.track, bound, codec: codecNamed(event.codec), time: event.time, data });
  }

  private track(name: string): Receiver<string> {
    const found = this.tracks.get(name);
    if (found) return found;
    const track = new Receiver<string>(this.ring, (id, verdict, plain) => this.tell(id, verdict, plain), () => this.now);
    this.tracks.set(name, track);
    return track;
  }

  private tell(id: string, verdict: Verdict, plain: ArrayBuffer | null): void {
    this.told.set(id, [...(this.told.get(id) ?? []), { at: this.now, verdict, plain: plain && hex(plain) }]);
  }
}

function flat(verdict: Verdict): Record<string, unknown> {
  const { act, ...rest } = verdict;
  return { verdict: act, ...rest };
}

describe('ring.json', () => {
  it('has scenarios', () => expect(all.scenarios.length).toBeGreaterThan(30));

  it.each(all.shells)('shell of $codec, key frame $key', ({ codec, key, body, frame }) => {
    expect(hex(wrap(codecNamed(codec), key, new Uint8Array(), unhex(body)))).toBe(frame);
    expect(hex(unwrap(codecNamed(codec), unhex(frame)) ?? new Uint8Array())).toBe(body);
  });

  it.each(all.frames)('frame of $codec, KID $kid, counter $counter', async ({ codec, key, epoch, leaf, kind, instance, counter, kid, plain, frame }) => {
    expect(encodeKID({ epoch, leaf, instance, kind })).toBe(kid);
    const sframe = await keyOf(epoch, kid);
    const binding = metadata(all.meeting, codecNamed(codec));
    const { header, body } = await sframe.seal(counter, binding, unhex(plain));
    expect(hex(encodeHeader(kid, counter))).toBe(hex(header));
    expect(hex(wrap(codecNamed(codec), key, header, body))).toBe(frame);
    const sealed = unwrap(codecNamed(codec), unhex(frame)) ?? new Uint8Array();
    const read = headerOf(sealed);
    expect(read).toEqual({ kid, counter, length: header.length });
    if (read) expect(hex(await sframe.open(read, binding, sealed))).toBe(plain);
  });

  it.each(all.scenarios)('$name', async ({ instance = 0, events }) => {
    const bench = new Bench(instance);
    for (const [i, event] of events.entries()) {
      const where = `event ${i} at ${event.at}`;
      if (event.seal) {
        bench.now = event.at;
        const left = await bench.leave(event.seal.kind, event.seal.codec, event.seal.key ?? false);
        expect({ ...sent(left, event.expect) }, where).toEqual(event.expect);
        continue;
      }
      await bench.run(event);
      if (event.frame) expect(flat(bench.told.get(event.frame.id)?.[0]?.verdict as Verdict), where).toEqual(event.expect);
    }
    for (const { frame, then, expect: first } of events) {
      if (!frame) continue;
      const told = bench.told.get(frame.id) ?? [];
      expect(told.length, frame.id).toBe(then ? 2 : 1);
      const last = told.at(-1);
      if (then) expect({ at: last?.at, ...flat(last?.verdict as Verdict) }, frame.id).toEqual(then);
      if ((then ?? first)?.['verdict'] === 'play' && frame.sealed) expect(last?.plain, frame.id).toBe((await made(frame)).plain);
    }
  });
});

/** A frame that left, in the words of the scenarios: leaf, instance and kind as its KID says. */
function sent(left: Left, wanted: Record<string, unknown> | undefined): Record<string, unknown> {
  if (left.act !== 'sealed') return { verdict: left.act };
  const { epoch, counter } = left;
  const codec = (['opus', 'av1', 'h264', 'vp8', 'vp9'] as const).find((name) => {
    const inside = unwrap(name, new Uint8Array(left.data));
    return inside && headerOf(inside)?.kid === kidOf(wanted);
  });
  const { leaf, instance, kind } = codec ? (wanted as { leaf: number; instance: number; kind: string }) : { leaf: -1, instance: -1, kind: '' };
  return { verdict: 'sealed', epoch, leaf, instance, kind, counter };
}

function kidOf(wanted: Record<string, unknown> | undefined): number {
  const { epoch, leaf, instance, kind } = wanted as unknown as Parameters<typeof encodeKID>[0];
  return encodeKID({ epoch, leaf, instance, kind });
}
