import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MediaOffer, MediaReport } from '../api/wire';
import { RoundelError } from '../room/model';
import { AudioOut } from './audio-out';
import { MediaEngine } from './engine';
import { FakeBrowser, FakeTrack, fakeTransforms, installBrowserGlobals, type FakeMediaWorker } from './fake-peer';
import { videoKey } from './bindings';

let restore = () => {};
beforeEach(() => {
  vi.useFakeTimers();
  restore = installBrowserGlobals();
});
afterEach(() => {
  restore();
  vi.useRealTimers();
});

function make(group: MessagePort | null = null) {
  const web = new FakeBrowser();
  const offers: MediaOffer[] = [];
  const reports: MediaReport[] = [];
  const workers: FakeMediaWorker[] = [];
  const server = { refuse: null as RoundelError | null, noRelay: false };
  const engine = new MediaEngine({
    relay: async () => {
      if (server.noRelay) throw new RoundelError('unavailable', 'There is none.');
      return { username: 'u', password: 'p' };
    },
    negotiate: async (offer) => {
      offers.push(offer);
      if (server.refuse) throw server.refuse;
      return { sdp: 'v=0\r\n' };
    },
    report: (report) => reports.push(report),
    transforms: () => {
      const { transforms, worker } = fakeTransforms(group);
      workers.push(worker);
      return transforms;
    },
    audio: new AudioOut(),
    codec: 'VP8',
    web,
  });
  const connection = () => engine.state.current.connection;
  return { engine, web, offers, reports, workers, server, connection };
}

async function up(group: MessagePort | null = null) {
  const all = make(group);
  await all.engine.start();
  all.web.last.move('connected');
  return all;
}

const passed = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('MediaEngine', () => {
  it('connects, and sends what was live before', async () => {
    const { engine, web, connection } = make();
    await engine.setTrack('mic', new FakeTrack('audio').real);
    await engine.start();
    expect(connection()).toBe('connecting');
    web.last.move('connected');
    expect(connection()).toBe('up');
    expect(web.last.transceivers.slice(0, 2).map((t) => t.sender.sends)).toEqual([true, false]);
    engine.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('lets a short interruption heal, then restarts the way, then builds anew', async () => {
    const { engine, web, connection } = await up();
    web.last.move('disconnected');
    expect(connection()).toBe('interrupted');
    await passed(2900);
    expect(web.last.restarts).toEqual([false]);
    await passed(200);
    expect(web.last.restarts).toEqual([false, true]);
    await passed(8100);
    expect(web.connections.length).toBe(2);
    web.last.move('connected');
    expect(connection()).toBe('up');
    await passed(60_000);
    expect(web.connections.length).toBe(2);
    engine.close();
  });

  it.each([false, true])('tries the relay, too, when it never came up (none there: %s)', async (noRelay) => {
    const { engine, web, server, connection } = make();
    server.noRelay = noRelay;
    await engine.start();
    await passed(4900);
    expect([web.connections.length, web.last.restarts]).toEqual([1, [false]]);
    await passed(200);
    const relay = noRelay ? null : { username: 'u', password: 'p' };
    expect([web.relays, web.connections.map((c) => c.connectionState)]).toEqual([[null, relay], ['closed', 'new']]);
    await passed(7800);
    expect(web.connections.length).toBe(2);
    web.last.move('connected');
    expect(connection()).toBe('up');
    await passed(60_000);
    expect(web.connections.length).toBe(2);
    engine.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is not built when it was closed while it asked for the relay', async () => {
    const { engine, web } = make();
    await engine.start();
    vi.advanceTimersByTime(5000);
    engine.close();
    await passed(20_000);
    expect(web.connections.length).toBe(1);
  });

  it('sends and shows the same after it was built anew', async () => {
    const { engine, web } = await up();
    await engine.setTrack('camera', new FakeTrack('video').real);
    engine.bind([{ mid: '14', participant: 'ben', kind: 'camera', paused: false }]);
    const before = engine.videos.current.get(videoKey('ben', 'camera'))?.stream;
    await engine.start();
    expect(web.connections.map((c) => c.connectionState)).toEqual(['closed', 'new']);
    expect(web.last.transceivers[1]?.sender.sends).toBe(true);
    const after = engine.videos.current.get(videoKey('ben', 'camera'))?.stream;
    expect([before !== undefined, after !== undefined, after === before]).toEqual([true, true, false]);
    engine.close();
  });

  it('says what each line carries; sealed frames name their owner themselves', async () => {
    const { engine, workers } = await up();
    engine.bind([
      { mid: '4', participant: 'ben', kind: 'mic', paused: false },
      { mid: '14', participant: 'ben', kind: 'camera', paused: true },
      { mid: '99', participant: 'nobody', kind: 'camera', paused: false },
    ]);
    const places = () => [...engine.places()].map(([mid, { participant, kind, paused }]) => [mid, participant, kind, paused].join(' '));
    const own = ['0  mic false', '1  camera false', '2  screen false', '3  screenAudio false'];
    expect(places()).toEqual([...own, '4 ben mic false', '14 ben camera true']);
    workers[0]?.say({ type: 'owner', label: 'video 0', owner: { participant: 'cleo', kind: 'camera' }, rtpTimestamp: 1 });
    expect(places()).toEqual([...own, '4 ben mic false', '14 cleo camera true']);
    engine.close();
    expect(places()).toEqual([]);
  });

  it('says in which layers the camera can be sent, again when its size changes', async () => {
    const { engine, web } = await up();
    const told: string[] = [];
    engine.layers.subscribe((layers) => told.push(layers.map(({ rid }) => rid).join('')));
    const camera = new FakeTrack('video');
    camera.size = { width: 1280, height: 720 };
    await engine.setTrack('camera', camera.real);
    await engine.wantLayers('camera', ['f']);
    expect(web.last.transceivers[1]?.sender.sent).toEqual(['f 1/1 1500k']);
    camera.size = { width: 640, height: 360 };
    await passed(2000);
    expect(web.last.transceivers[1]?.sender.sent).toEqual(['q 1/2 150k']);
    await engine.setTrack('camera', null);
    expect(told.filter(Boolean)).toEqual(['qhf', 'qh']);
    engine.close();
    expect(engine.layers.current).toEqual([]);
  });

  it('sends the smallest layer over a new connection until the server has said which', async () => {
    const { engine, web } = await up();
    const camera = new FakeTrack('video');
    camera.size = { width: 1280, height: 720 };
    await engine.setTrack('camera', camera.real);
    await engine.wantLayers('camera', ['h', 'f']);
    await engine.start();
    expect(web.last.transceivers[1]?.sender.sent).toEqual(['q 1/4 150k']);
    const again = engine.start();
    // The word may come before the track is there again.
    await engine.wantLayers('camera', ['h']);
    await again;
    expect(web.last.transceivers[1]?.sender.sent).toEqual(['h 1/2 500k']);
    engine.close();
  });

  it('hides a slot that plays somebody else now until the worker sees the new video', async () => {
    const { engine, workers } = await up();
    const stream = () => engine.videos.current.get(videoKey('cleo', 'camera'))?.stream;
    engine.bind([{ mid: '14', participant: 'ben', kind: 'camera', paused: false }]);
    engine.bind([{ mid: '14', participant: 'cleo', kind: 'camera', paused: false }]);
    expect(stream()).toBe(null);
    const [asked] = workers[0]?.awaited ?? [];
    expect(asked?.label).toBe('video 0');
    workers[0]?.say({ type: 'arrived', id: asked?.id ?? 0, rtpTimestamp: 1 });
    await passed(0);
    expect(stream()).toBeTruthy();
    engine.close();
  });

  it('tells the worker whose slots they are, also when it is a new one', async () => {
    const { engine, workers } = await up(new MessageChannel().port1);
    engine.bind([
      { mid: '4', participant: 'ben', kind: 'mic', paused: false },
      { mid: '14', participant: 'ben', kind: 'camera', paused: false },
    ]);
    const said = [['audio 0', 'ben'], ['video 0', 'ben']];
    expect(workers[0]?.bound).toEqual(said);
    await engine.start();
    expect(workers[1]?.bound).toEqual(said);
    engine.bind([]);
    expect(workers[1]?.bound).toEqual([...said, ['audio 0', null], ['video 0', null]]);
    engine.close();
  });

  it('names videos by their keys', async () => {
    const { engine, workers } = await up(new MessageChannel().port1);
    engine.bind([{ mid: '14', participant: 'ben', kind: 'camera', paused: false }]);
    workers[0]?.say({ type: 'owner', label: 'video 0', owner: { participant: 'cleo', kind: 'screen' }, rtpTimestamp: 5 });
    expect([...engine.videos.current.keys()]).toEqual([videoKey('cleo', 'screen')]);
    engine.close();
  });

  it('says failed when nothing helps, and still tries', async () => {
    const { engine, web, connection } = make();
    await engine.start();
    await passed(60_000);
    expect(connection()).toBe('failed');
    expect(web.connections.length).toBeGreaterThan(3);
    web.last.move('connected');
    expect(connection()).toBe('up');
    engine.close();
  });

  it('waits for the server when there is no connection to it', async () => {
    const { engine, web, server, offers } = make();
    server.refuse = new RoundelError('offline', '');
    await engine.start();
    await passed(60_000);
    expect([web.connections.length, offers.length]).toEqual([1, 1]);
    server.refuse = null;
    engine.resume();
    await passed(10);
    expect(offers.length).toBe(2);
    engine.close();
  });

  it('renegotiates for more slots, also after a refusal', async () => {
    const { engine, web, server, offers } = await up();
    engine.wantSlots(9);
    await passed(10);
    expect(offers.length).toBe(1);
    server.refuse = new RoundelError('rate_limited', '');
    engine.wantSlots(12);
    await passed(10);
    expect([offers.length, engine.state.current.videoSlots]).toEqual([2, 9]);
    server.refuse = null;
    await passed(10_000);
    expect([offers.length, engine.state.current.videoSlots]).toEqual([3, 12]);
    expect(web.connections.length).toBe(1);
    engine.close();
  });

  it('tells the browser’s own view of the suites, and loss and delay every two seconds', async () => {
    const { engine, web, reports } = await up();
    web.last.stats = [
      { type: 'transport', tlsVersion: 'FEFD', dtlsCipher: 'X', srtpCipher: 'AEAD_AES_256_GCM' },
      { type: 'inbound-rtp', packetsReceived: 100, packetsLost: 0 },
    ];
    await passed(2000);
    web.last.stats = [...web.last.stats.slice(0, 1), { type: 'inbound-rtp', packetsReceived: 190, packetsLost: 10 }];
    await passed(2000);
    expect(engine.state.current.own).toEqual({ dtls: 'DTLS 1.2', suite: 'X', srtp: 'SRTP_AEAD_AES_256_GCM' });
    expect(reports.at(-1)).toEqual({ loss: 0.1, rtt: 0 });
    engine.close();
  });

  it('says when its worker dies, and lives again with a new one', async () => {
    const { engine, web, workers } = await up();
    workers[0]?.onerror?.(undefined as never);
    expect(engine.state.current.transforms).toBe('dead');
    await engine.start();
    expect([engine.state.current.transforms, workers[0]?.terminated, workers.length]).toEqual(['ok', true, 2]);
    expect(web.connections.length).toBe(2);
    engine.close();
  });

  it('restarts the way when what came in stops, long before the browser says so', async () => {
    const { engine, web } = await up();
    for (let bytes = 0; bytes < 5; bytes++) {
      web.last.stats = [{ type: 'candidate-pair', bytesReceived: 1000 * bytes }, { type: 'candidate-pair' }];
      await passed(1000);
    }
    expect(web.last.restarts).toEqual([false]);
    await passed(2100);
    expect(web.last.restarts).toEqual([false, true]);
    await passed(20_000);
    expect([web.last.restarts, web.connections.length]).toEqual([[false, true], 1]);
    engine.close();
  });

  it('restarts the way after the network changed', async () => {
    const { engine, web } = await up();
    engine.restart();
    await passed(10);
    expect(web.last.restarts).toEqual([false, true]);
    engine.close();
  });
});
