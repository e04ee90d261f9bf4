import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FromMedia, ToMedia } from '../e2ee/protocol';
import type { EncodedFrame, FrameStreams } from './frames';
import { Group, type Port } from './group';
import { SendLane } from './lanes';
import type { Verdicts } from './protocol';

/** The real ones, whatever the tests do to time. */
const { setTimeout: realTimeout } = globalThis;

/** The mls worker's end of the port. */
class FakePort implements Port {
  onmessage: ((event: MessageEvent<ToMedia>) => void) | null = null;
  onmessageerror: ((event: never) => void) | null = null;
  readonly told: FromMedia[] = [];
  hears: (message: FromMedia) => void = () => undefined;
  postMessage(message: FromMedia): void {
    this.told.push(message);
    this.hears(message);
  }
  say(...messages: ToMedia[]): void {
    for (const data of messages) this.onmessage?.({ data } as MessageEvent<ToMedia>);
  }
  /** the epochs for which it was said that nothing clear leaves any more */
  sealing(): number[] {
    return this.told.flatMap((message) => (message.type === 'sealing' ? [message.epoch] : []));
  }
}

let port: FakePort;
let group: Group;
beforeEach(() => {
  vi.useFakeTimers();
  port = new FakePort();
  group = new Group(port);
});
afterEach(() => {
  group.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const instance: ToMedia = { type: 'instance', instance: 7, meeting: 'm' };
const epoch = (n: number): ToMedia => ({ type: 'epoch', epoch: n, base: new Uint8Array(32).fill(n).buffer, self: 0, leaves: [[0, 'ada'], [1, 'ben']], removes: false });
const send = (mode: 'hold' | 'clear' | 'seal', n = 0): ToMedia => ({ type: 'send', mode, epoch: n });

it('asks for an instance, and has no rules before it', () => {
  expect(port.told).toEqual([{ type: 'need-instance' }]);
  port.say(send('clear'));
  expect(group.ring).toBeNull();
  port.say(instance);
  expect(group.ring?.leaving('mic')).toEqual({ act: 'hold' });
});

it('takes one instance only', () => {
  port.say(instance, send('clear'));
  const { ring } = group;
  port.say({ ...instance, instance: 8 });
  expect(group.ring).toBe(ring);
});

it('says sealing 100 ms after the switch, once', () => {
  port.say(instance, epoch(1), send('clear'), send('seal', 1));
  vi.advanceTimersByTime(99);
  expect(port.sealing()).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(port.sealing()).toEqual([1]);
  port.say(epoch(2), send('seal', 2));
  vi.advanceTimersByTime(1000);
  expect(port.sealing()).toEqual([1]);
  port.say(send('clear'), epoch(3), send('seal', 3));
  vi.advanceTimersByTime(100);
  expect(port.sealing()).toEqual([1, 3]);
});

it('says the later epoch of a switch, counted from its beginning', () => {
  port.say(instance, epoch(1), send('clear'), send('seal', 1));
  vi.advanceTimersByTime(60);
  port.say(epoch(2), send('seal', 2));
  vi.advanceTimersByTime(39);
  expect(port.sealing()).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(port.sealing()).toEqual([2]);
});

it('does not say sealing without the key, but as soon as that comes', () => {
  port.say(instance, send('seal', 1));
  vi.advanceTimersByTime(2000);
  expect(port.sealing()).toEqual([]);
  port.say(epoch(1));
  expect(port.sealing()).toEqual([1]);
});

it.each(['clear', 'hold'] as const)('does not say sealing after the word %s', (mode) => {
  port.say(instance, epoch(1), send('clear'), send('seal', 1));
  vi.advanceTimersByTime(60);
  port.say(send(mode));
  vi.advanceTimersByTime(60);
  port.say(send('seal', 1));
  vi.advanceTimersByTime(99);
  expect(port.sealing(), 'a new switch has its own time').toEqual([]);
  port.say(send(mode), epoch(2));
  vi.advanceTimersByTime(1000);
  expect(port.sealing()).toEqual([]);
});

/** Frames of a microphone and a camera on their way out, and what the others are told, in one order. */
class Line {
  readonly log: string[] = [];
  private readonly counts: Verdicts = { sealed: 0, clear: 0, held: 0, dropped: {}, owner: null };
  private readonly lanes: SendLane[];
  private pushed = 0;

  constructor() {
    const streams = { generateKeyFrame: async () => 0 } as unknown as FrameStreams;
    this.lanes = (['mic', 'camera'] as const).map((label) => new SendLane(group, streams, { side: 'send', media: label === 'mic' ? 'audio' : 'video', label }, this.counts));
    port.hears = (message) => message.type === 'sealing' && this.log.push(`said ${message.epoch}`);
  }

  push(): void {
    for (const [i, lane] of this.lanes.entries()) {
      const plain = Uint8Array.of(1, 2, 3, 4).buffer;
      const frame = { type: i === 0 ? undefined : 'key', data: plain, getMetadata: () => ({ mimeType: i === 0 ? 'audio/opus' : 'video/VP8' }) } as EncodedFrame;
      lane.push(frame, { enqueue: ({ data }) => void this.log.push(data === plain ? 'clear' : 'sealed') });
      this.pushed++;
    }
  }

  /** Resolves when no frame is on its way. */
  async idle(): Promise<void> {
    const { counts } = this;
    while (counts.sealed + counts.clear + counts.held < this.pushed) await new Promise((ok) => realTimeout(ok, 1));
  }

  /** Frames come every 10 ms for a time. */
  async run(ms: number): Promise<void> {
    for (let at = 0; at < ms; at += 10) {
      this.push();
      vi.advanceTimersByTime(5);
      await this.idle();
      vi.advanceTimersByTime(5);
    }
  }

  /** How many frames of each sort left before and after the word. */
  counted(): Record<'before' | 'after', { clear: number; sealed: number }> {
    const word = this.log.findIndex((entry) => entry.startsWith('said'));
    expect(word, 'it was said').toBeGreaterThanOrEqual(0);
    const count = (list: string[]) => ({ clear: list.filter((entry) => entry === 'clear').length, sealed: list.filter((entry) => entry === 'sealed').length });
    return { before: count(this.log.slice(0, word)), after: count(this.log.slice(word)) };
  }
}

describe('nothing clear leaves after the word', () => {
  afterEach(() => vi.restoreAllMocks());

  it('while frames keep coming', async () => {
    const line = new Line();
    port.say(instance, epoch(1), send('clear'));
    await line.run(100);
    port.say(send('seal', 1));
    await line.run(200);
    expect(line.counted()).toEqual({ before: { clear: 20, sealed: 20 }, after: { clear: 0, sealed: 20 } });
  });

  it('when the key comes late', async () => {
    const line = new Line();
    port.say(instance, send('clear'));
    await line.run(100);
    port.say(send('seal', 1));
    await line.run(300);
    expect(line.log, 'nothing leaves without the key').toEqual(Array(20).fill('clear'));
    port.say(epoch(1));
    await line.run(100);
    expect(line.counted()).toEqual({ before: { clear: 20, sealed: 0 }, after: { clear: 0, sealed: 20 } });
  });

  it('of what waits behind a frame that is being sealed', async () => {
    const gates: (() => void)[] = [];
    const encrypt = crypto.subtle.encrypt.bind(crypto.subtle);
    vi.spyOn(crypto.subtle, 'encrypt').mockImplementation(async (...work) => {
      await new Promise<void>((open) => gates.push(open));
      return encrypt(...work);
    });
    const line = new Line();
    port.say(instance, epoch(1), send('seal', 1));
    line.push();
    while (gates.length < 2) await new Promise((ok) => realTimeout(ok, 1));
    port.say(send('clear'));
    for (let i = 0; i < 5; i++) line.push();
    port.say(epoch(2), send('seal', 2));
    vi.advanceTimersByTime(100);
    expect(line.log, 'all of them wait').toEqual(['said 2']);
    vi.restoreAllMocks();
    for (const open of gates) open();
    await line.idle();
    expect(line.counted()).toEqual({ before: { clear: 0, sealed: 0 }, after: { clear: 0, sealed: 12 } });
  });
});

it('waits for nothing when it is closed', () => {
  port.say(instance, epoch(1), send('clear'), send('seal', 1));
  group.close();
  expect(vi.getTimerCount()).toBe(0);
});

it('stops when it misses a word', () => {
  port.say(instance, send('clear'));
  expect(group.ring?.leaving('mic').act).toBe('clear');
  port.onmessageerror?.(undefined as never);
  expect(group.ring?.leaving('mic').act).toBe('hold');
});

it('reports once a second, when there is something', () => {
  port.say(instance);
  group.came({ act: 'play', participant: 'ben', kind: 'mic', sealed: true });
  group.came({ act: 'play', participant: 'ben', kind: 'mic', sealed: false });
  for (const reason of ['forged', 'forged', 'clear'] as const) group.came({ act: 'drop', reason });
  group.came({ act: 'held' });
  vi.advanceTimersByTime(3000);
  expect(port.told.slice(1)).toEqual([{ type: 'received', opened: 1, clear: 1, dropped: { forged: 2, clear: 1 } }]);
});

it('counts until of a grace by its own clock', () => {
  port.say(instance, epoch(1), { type: 'receive', mode: 'clear', until: 0, from: [] });
  port.say({ type: 'receive', mode: 'grace', until: Date.now() + 300, from: ['ben'] });
  const judge = () => group.ring?.judge({ track: 't', bound: { participant: 'ben', kind: 'mic' }, codec: 'opus', time: 0, data: new Uint8Array(3) });
  vi.advanceTimersByTime(290);
  expect(judge()).toMatchObject({ act: 'play', sealed: false });
  vi.advanceTimersByTime(20);
  expect(judge()).toEqual({ act: 'drop', reason: 'clear' });
});
