import { describe, expect, it, vi } from 'vitest';
import type { FromMedia, ToMedia } from '../e2ee/protocol';
import type { Bound } from '../e2ee/protocol';
import type { EncodedFrame, FrameStreams } from './frames';
import { Group, type Port } from './group';
import { ReceiveLane, SendLane } from './lanes';
import type { Verdicts } from './protocol';

const MIME = { audio: 'audio/opus', video: 'video/VP8' };
/** How many frames have met their end. */
const ended = ({ sealed, clear, held, dropped }: Verdicts) => sealed + clear + held + Object.values(dropped).reduce((sum, n) => sum + n, 0);
/** Until one more has; a frame that is held on arrival meets none. */
const another = (counts: Verdicts, before: number) => vi.waitFor(() => expect(ended(counts)).toBeGreaterThan(before), { timeout: 500, interval: 2 }).catch(() => undefined);
const none = (): Verdicts => ({ sealed: 0, clear: 0, held: 0, dropped: {}, owner: null });

/** A media worker of one person with one lane out and one lane in. */
class Side {
  now = 0;
  readonly out: EncodedFrame[] = [];
  readonly played: EncodedFrame[] = [];
  readonly owners: (Bound | null)[] = [];
  readonly sent = none();
  readonly got = none();
  readonly transformer = { generateKeyFrame: vi.fn<(rid?: string) => Promise<number>>(async () => 0), sendKeyFrameRequest: vi.fn(async () => {}) };
  readonly group: Group;
  private readonly port: Port & { told: FromMedia[] };
  private readonly leaving: SendLane;
  private readonly coming: ReceiveLane;
  private last = 0;

  constructor(
    private readonly self: number,
    private readonly media: 'audio' | 'video',
  ) {
    this.port = { onmessage: null, onmessageerror: null, told: [], postMessage: (message) => this.port.told.push(message) };
    this.group = new Group(this.port, () => this.now);
    const streams = this.transformer as unknown as FrameStreams;
    this.leaving = new SendLane(this.group, streams, { side: 'send', media, label: media === 'audio' ? 'mic' : 'camera' }, this.sent);
    this.coming = new ReceiveLane(this.group, streams, { side: 'receive', media, label: `${media} 0` }, this.got, {
      played: (frame) => this.played.push(frame),
      owner: (owner) => this.owners.push(owner),
    });
  }

  say(...messages: ToMedia[]): void {
    for (const data of messages) this.port.onmessage?.({ data } as MessageEvent<ToMedia>);
  }

  start(): this {
    this.say({ type: 'instance', instance: 0, meeting: 'm' });
    return this;
  }

  epoch(n: number): void {
    this.say({ type: 'epoch', epoch: n, base: new Uint8Array(32).fill(n).buffer, self: this.self, leaves: [[0, 'ada'], [1, 'ben']], removes: false });
  }

  seal(n: number): void {
    this.epoch(n);
    this.say({ type: 'send', mode: 'seal', epoch: n });
  }

  async send(bytes: number[], type?: 'key' | 'delta', mimeType = MIME[this.media], ssrc = 1): Promise<EncodedFrame | undefined> {
    const before = this.out.length;
    const so = ended(this.sent);
    this.leaving.push(this.frame(bytes, type, mimeType, ssrc), { enqueue: (frame) => this.out.push(frame) });
    await another(this.sent, so);
    return this.out[before];
  }

  async receive(frame: EncodedFrame | undefined): Promise<number[] | null> {
    const before = this.played.length;
    const so = ended(this.got);
    if (frame) this.coming.push({ ...frame, data: frame.data.slice(0) }, { enqueue: () => undefined });
    await another(this.got, so);
    const got = this.played[before];
    return got ? [...new Uint8Array(got.data)] : null;
  }

  frame(bytes: number[], type: 'key' | 'delta' | undefined, mimeType: string, ssrc = 1): EncodedFrame {
    const rtpTimestamp = (this.last += 960);
    return { data: Uint8Array.from(bytes).buffer, ...(type ? { type } : {}), getMetadata: () => ({ rtpTimestamp, synchronizationSource: ssrc, mimeType }) };
  }

  close(): void {
    this.group.close();
  }
}

function pair(media: 'audio' | 'video') {
  const ada = new Side(0, media).start();
  const ben = new Side(1, media).start();
  return { ada, ben, close: () => [ada, ben].forEach((side) => side.close()) };
}

describe('lanes', () => {
  it('carry a frame sealed from one to the other, and say whose it is', async () => {
    const { ada, ben, close } = pair('audio');
    ada.seal(1);
    ben.epoch(1);
    const frame = await ada.send([1, 2, 3]);
    expect([...new Uint8Array(frame?.data ?? new ArrayBuffer(0))].slice(-3)).toEqual([0x52, 0x4e, 0x44]);
    expect(await ben.receive(frame)).toEqual([1, 2, 3]);
    expect([ada.sent.sealed, ben.got.sealed, ben.got.owner]).toEqual([1, 1, { participant: 'ada', kind: 'mic' }]);
    expect(ben.owners).toEqual([{ participant: 'ada', kind: 'mic' }]);
    expect(await ben.receive(frame)).toBeNull();
    expect(ben.got.dropped).toEqual({ replay: 1 });
    close();
  });

  it('let nothing pass before there is a ring, nor before its rules', async () => {
    const side = new Side(0, 'audio');
    expect([await side.send([1]), await side.receive(side.frame([1], undefined, MIME.audio))]).toEqual([undefined, null]);
    side.start();
    expect([await side.send([1]), await side.receive(side.frame([1], undefined, MIME.audio))]).toEqual([undefined, null]);
    expect([side.sent.held, side.got.dropped]).toEqual([2, { clear: 2 }]);
    side.close();
  });

  it('pass frames as they are while clear', async () => {
    const { ada, ben, close } = pair('video');
    ada.say({ type: 'send', mode: 'clear', epoch: 0 });
    ben.say({ type: 'receive', mode: 'clear', until: 0, from: [] });
    expect(await ben.receive(await ada.send([9, 9], 'key'))).toEqual([9, 9]);
    expect([ada.sent.clear, ben.got.clear, ben.owners]).toEqual([1, 1, []]);
    close();
  });

  it('hold what the browser cannot name, and open by the codec of each frame', async () => {
    const { ada, ben, close } = pair('video');
    ada.seal(1);
    ben.epoch(1);
    expect(await ada.send([1], 'key', '')).toBeUndefined();
    expect(await ada.send([1], 'key', 'video/H266')).toBeUndefined();
    for (const mime of ['video/VP8', 'video/AV1', 'video/H264', 'video/VP9']) expect(await ben.receive(await ada.send([4, 0, 0, 1], 'delta', mime))).toEqual([4, 0, 0, 1]);
    const other = await ada.send([1], 'key', 'video/VP9');
    if (other) other.getMetadata = () => ({ rtpTimestamp: 1e6, synchronizationSource: 1, mimeType: 'audio/opus' });
    expect(await ben.receive(other)).toBeNull();
    expect(ben.got.dropped).toEqual({ forged: 1 });
    close();
  });

  it('ask for a key frame once the key is there, every 300 ms until one opens', async () => {
    const { ada, ben, close } = pair('video');
    ada.seal(1);
    const request = ben.transformer.sendKeyFrameRequest;
    await ben.receive(await ada.send([1], 'key'));
    ben.now = 1500;
    ben.group.ring?.tick();
    expect([ben.got.dropped, request.mock.calls.length]).toEqual([{ expired: 1 }, 0]);
    ben.epoch(1);
    const asked = [];
    for (const [at, type] of [[1500, 'delta'], [1600, 'delta'], [1801, 'delta'], [1802, 'key'], [3000, 'delta']] as const) {
      ben.now = at;
      expect(await ben.receive(await ada.send([2], type))).toEqual([2]);
      asked.push(request.mock.calls.length);
    }
    expect(asked).toEqual([1, 1, 2, 2, 2]);
    close();
  });

  it('begin with a key frame after holding, where the browser can be told', async () => {
    const { ada, close } = pair('video');
    await ada.send([1], 'key');
    ada.seal(1);
    await ada.send([2], 'delta');
    await ada.send([3], 'key');
    await ada.send([4], 'delta');
    expect([ada.sent.held, ada.sent.sealed]).toEqual([1, 3]);
    // Which layer the frame was of it does not tell.
    expect(ada.transformer.generateKeyFrame.mock.calls).toEqual([[undefined], ['q'], ['h'], ['f']]);
    close();
  });

  it('begin each layer with a key frame after holding', async () => {
    const { ada, close } = pair('video');
    const asked = () => ada.transformer.generateKeyFrame.mock.calls.splice(0).length > 0;
    await ada.send([1], 'key');
    ada.seal(1);
    await ada.send([2], 'key', MIME.video, 1);
    expect(asked()).toBe(false);
    await ada.send([3], 'delta', MIME.video, 2);
    expect(asked()).toBe(true);
    ada.now += 300;
    await ada.send([4], 'key', MIME.video, 2);
    for (const ssrc of [1, 2]) await ada.send([5], 'delta', MIME.video, ssrc);
    expect([asked(), ada.sent.sealed]).toEqual([false, 5]);
    close();
  });

  it('seal the layers of a video under one count, each to be opened by itself', async () => {
    const { ada, ben, close } = pair('video');
    ada.seal(1);
    ben.epoch(1);
    const frames = [];
    for (let i = 0; i < 3; i++) for (const ssrc of [1, 2, 3]) frames.push(await ada.send([i, ssrc], i === 0 ? 'key' : 'delta', MIME.video, ssrc));
    // One layer, then the next: a viewer's place has become larger.
    const shown = [frames[0], frames[3], frames[7], frames[8]];
    const opened = [];
    for (const frame of shown) opened.push(await ben.receive(frame));
    expect(opened).toEqual([[0, 1], [1, 1], [2, 2], [2, 3]]);
    expect(ben.got.dropped).toEqual({});
    close();
  });

  it('survive a stream that ended', async () => {
    const { ada, close } = pair('audio');
    ada.say({ type: 'send', mode: 'clear', epoch: 0 });
    const lane = new SendLane(ada.group, {} as FrameStreams, { side: 'send', media: 'audio', label: 'mic' }, none());
    const closed = { enqueue: () => { throw new TypeError('closed'); } };
    expect(() => lane.push(ada.frame([1], undefined, MIME.audio), closed)).not.toThrow();
    close();
  });
});
