import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakePeerConnection, FakeTrack, fakeTransforms, installBrowserGlobals } from '../media/fake-peer';
import type { CaptureDevices } from '../media/devices';
import type { MediaLayers } from '../api/wire';
import { FakeServer, joinedAs, participant, fakeTab } from './fake-socket';
import { createMeeting } from './meeting';
import type { DevicesState, MeetingEvent } from './model';
import { Store } from './store';

/** Devices that turn on at once. */
function fakeDevices() {
  const mic = new Store<MediaStreamTrack | null>(null);
  const camera = new Store<MediaStreamTrack | null>(null);
  const state = new Store({ micTrack: { state: 'off' }, cameraTrack: { state: 'off' }, preview: null, speaker: '' } as unknown as DevicesState);
  let released = 0;
  const devices = {
    state,
    level: new Store(0),
    rms: new Store(0),
    mic,
    camera,
    setMic: async (on: boolean) => mic.set(on ? new FakeTrack('audio').real : null),
    setCamera: async (on: boolean) => camera.set(on ? new FakeTrack('video').real : null),
    onEvent: () => () => {},
    release: () => {
      released += 1;
      mic.set(null);
      camera.set(null);
    },
    close: () => {},
  };
  return { devices: devices as unknown as CaptureDevices, released: () => released, rms: devices.rms };
}

let restore = () => {};
const connections: FakePeerConnection[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  restore = installBrowserGlobals();
  connections.length = 0;
  vi.stubGlobal('Worker', class {});
  vi.stubGlobal('WebSocket', class {});
  vi.stubGlobal('window', new EventTarget());
  vi.stubGlobal('document', Object.assign(new EventTarget(), { visibilityState: 'visible' }));
  vi.stubGlobal('navigator', { mediaDevices: { getDisplayMedia: () => {} } });
  const capabilities = { getCapabilities: () => ({ codecs: [{ mimeType: 'video/VP8' }, { mimeType: 'audio/opus' }] }) };
  vi.stubGlobal('RTCRtpSender', capabilities);
  vi.stubGlobal('RTCRtpReceiver', capabilities);
  vi.stubGlobal(
    'RTCPeerConnection',
    class extends FakePeerConnection {
      constructor() {
        super();
        connections.push(this);
      }
    },
  );
});
afterEach(() => {
  vi.unstubAllGlobals();
  restore();
  vi.useRealTimers();
});

function make() {
  const server = new FakeServer();
  server.answers['media.offer'] = (request, socket) => socket.ok(request, { sdp: 'v=0\r\n' });
  const people = [participant('me', { joinedAt: '2026-11-22T10:01:00Z' }), participant('ben', { role: 'host' })];
  server.answers['join'] = (request, socket) => socket.ok(request, { joined: joinedAs('me', { participants: people }) });
  const { devices, released, rms } = fakeDevices();
  const meeting = createMeeting({
    seats: fakeTab(),
    number: '0123456789',
    devices,
    open: server.connect,
    url: 'wss://x/signal',
    transforms: () => fakeTransforms().transforms,
    storage: { getItem: () => null },
  });
  const events: MeetingEvent[] = [];
  meeting.onEvent((event) => events.push(event));
  const state = () => meeting.state.current;
  return { server, meeting, devices, released, rms, events, state };
}

const settled = () => vi.advanceTimersByTimeAsync(1);

async function inMeeting() {
  const all = make();
  await all.meeting.join({ name: 'Ada' });
  await settled();
  connections.at(-1)?.move('connected');
  await settled();
  return all;
}

describe('Meeting', () => {
  it('goes in, connects media and says what it is', async () => {
    const { state, meeting } = await inMeeting();
    expect(state().phase).toEqual({ name: 'in' });
    expect(state().connection).toEqual({ signalling: 'up', media: 'up', lostAt: null, seatEndsAt: null });
    expect(state().participants.map((p) => [p.id, p.self, p.role])).toEqual([
      ['ben', false, 'host'],
      ['me', true, 'participant'],
    ]);
    expect(state().shield.state).toBe('check');
    meeting.close();
    await settled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tells the server what is live, and only changes', async () => {
    const { server, meeting } = await inMeeting();
    await meeting.setMic(true);
    await meeting.setMic(false);
    await settled();
    expect(server.last.requests('media.live').map((m) => m.body)).toEqual([
      { kind: 'mic', live: true },
      { kind: 'mic', live: false },
    ]);
    meeting.close();
  });

  it('brings what was on before joining', async () => {
    const { server, meeting, devices } = make();
    await devices.setMic(true);
    await meeting.join({ name: 'Ada' });
    await settled();
    expect(server.last.requests('media.live').map((m) => m.body)).toEqual([{ kind: 'mic', live: true }]);
    expect(connections[0]?.transceivers[0]?.sender.sends).toBe(true);
    meeting.close();
  });

  it('tells the server in which layers the camera can be sent, a new seat anew, and sends what it wants', async () => {
    const { server, meeting, devices } = await inMeeting();
    const camera = new FakeTrack('video');
    camera.size = { width: 640, height: 360 };
    (devices.camera as Store<MediaStreamTrack | null>).set(camera.real);
    await settled();
    const layers = [
      { rid: 'q', pixels: 57_600, bitrate: 150_000 },
      { rid: 'h', pixels: 230_400, bitrate: 600_000 },
    ];
    expect(server.last.requests('media.layers').map((m) => m.body)).toEqual([{ kind: 'camera', layers }]);
    server.last.event(1, 'media.layersWanted', { kind: 'camera', rids: ['h'] });
    await settled();
    expect(connections[0]?.transceivers[1]?.sender.sent).toEqual(['h 1/1 600k']);
    server.last.cut();
    await vi.advanceTimersByTimeAsync(500);
    expect(server.last.requests('media.layers').map((m) => m.body)).toEqual([{ kind: 'camera', layers }]);
    expect(connections[1]?.transceivers[1]?.sender.sent).toEqual(['q 1/2 150k']);
    meeting.close();
  });

  it('tells the server of another camera that came while the line was cut', async () => {
    const { server, meeting, devices } = await inMeeting();
    const cameras = devices.camera as Store<MediaStreamTrack | null>;
    cameras.set(new FakeTrack('video').real);
    await settled();
    server.answers['join'] = (request, socket) => socket.ok(request, { joined: joinedAs('me', { resumed: true }) });
    server.last.cut();
    const other = new FakeTrack('video', 'another');
    other.size = { width: 1280, height: 720 };
    cameras.set(other.real);
    await vi.advanceTimersByTimeAsync(500);
    expect(server.last.requests('media.layers').map(({ body }) => (body as MediaLayers).layers.length)).toEqual([3]);
    meeting.close();
  });

  it('stops at once when a moderator mutes, and says who', async () => {
    const { server, meeting, devices, events } = await inMeeting();
    await meeting.setMic(true);
    server.last.event(1, 'media.muted', { kind: 'mic', by: 'ben' });
    await settled();
    expect([devices.mic.current, connections[0]?.transceivers[0]?.sender.sends]).toEqual([null, false]);
    expect(events).toContainEqual({ type: 'muted', kind: 'mic', by: 'ben', byName: 'BEN' });
    meeting.close();
  });

  it('tells the server what became of the microphone while the line was cut', async () => {
    const { server, meeting } = await inMeeting();
    await meeting.setMic(true);
    await settled();
    server.answers['join'] = (request, socket) => socket.ok(request, { joined: joinedAs('me', { resumed: true }) });
    server.last.cut();
    await meeting.setMic(false);
    await vi.advanceTimersByTimeAsync(500);
    expect(server.last.requests('media.live').map((m) => m.body)).toContainEqual({ kind: 'mic', live: false });
    meeting.close();
  });

  it('keeps media while only signalling is lost, and doubts until it is back', async () => {
    const { server, meeting, events, state } = await inMeeting();
    server.answers['join'] = (request, socket) => socket.ok(request, { joined: joinedAs('me', { resumed: true }) });
    server.last.cut();
    await settled();
    expect([state().phase.name, state().connection.signalling, state().connection.media, state().shield.state]).toEqual(['in', 'lost', 'up', 'doubt']);
    expect(state().connection.seatEndsAt).toBeGreaterThan(Date.now() + 59_000);
    await vi.advanceTimersByTimeAsync(500);
    expect([state().connection.signalling, state().shield.state, connections.length]).toEqual(['up', 'check', 1]);
    expect(events.map((event) => event.type)).toEqual(['connectionLost', 'connectionBack']);
    meeting.close();
  });

  it('makes media anew when the seat is a new one', async () => {
    const { server, meeting } = await inMeeting();
    server.last.cut();
    await vi.advanceTimersByTimeAsync(500);
    expect(connections.map((c) => c.connectionState)).toEqual(['closed', 'new']);
    meeting.close();
  });

  it('asks for the passcode, then goes in', async () => {
    const { server, meeting, state } = make();
    const good = server.answers['join'];
    server.answers['join'] = (request, socket) => socket.refuse(request, (request.body as { passcode?: string }).passcode ? 'passcode_wrong' : 'passcode_required');
    await meeting.join({ name: 'Ada' });
    await settled();
    expect(state().phase).toEqual({ name: 'passcode', wrong: false });
    await meeting.retryWithPasscode('no');
    await settled();
    expect(state().phase).toEqual({ name: 'passcode', wrong: true });
    if (good) server.answers['join'] = good;
    await meeting.retryWithPasscode('yes');
    await settled();
    expect(state().phase).toEqual({ name: 'in' });
    expect(server.last.requests('join')[0]?.body).toMatchObject({ name: 'Ada', passcode: 'yes' });
    meeting.close();
  });

  it('rejects when there is no server and may try again', async () => {
    const { server, meeting, state } = make();
    server.up = false;
    await expect(meeting.join({ name: 'Ada' })).rejects.toMatchObject({ code: 'offline' });
    await settled();
    expect(state().phase).toEqual({ name: 'idle' });
    server.up = true;
    await meeting.join({ name: 'Ada' });
    await settled();
    expect(state().phase).toEqual({ name: 'in' });
    meeting.close();
  });

  it('frees everything when removed, and comes back as before', async () => {
    const { server, meeting, devices, released, state } = await inMeeting();
    await meeting.setMic(true);
    server.last.event(1, 'closed', { code: 'removed', message: 'A host removed you.' });
    await settled();
    expect(state().phase).toEqual({ name: 'closed', code: 'removed', message: 'A host removed you.', canRejoin: true });
    expect([released(), devices.mic.current, connections[0]?.connectionState, state().participants]).toEqual([1, null, 'closed', []]);
    await meeting.rejoin();
    await settled();
    expect([state().phase.name, devices.mic.current !== null]).toEqual(['in', true]);
    meeting.close();
  });

  it('holds the chat, with unread until it is opened', async () => {
    const { server, meeting, events, state } = await inMeeting();
    const say = (seq: number) =>
      server.last.event(seq, 'relay', { channel: 'chat', from: 'ben', name: 'BEN', at: `2026-11-22T10:02:0${seq}Z`, payload: { text: `no ${seq}` } });
    say(1);
    await settled();
    expect([state().chat.unread, events.at(-1)?.type]).toEqual([1, 'chat']);
    meeting.setChatOpen(true);
    say(2);
    await settled();
    expect([state().chat.unread, state().chat.messages.length]).toEqual([0, 2]);
    await meeting.sendChat('  hi  ', 'ben');
    await meeting.sendChat('   ');
    expect(server.last.requests('relay.send').map((m) => m.body)).toEqual([{ channel: 'chat', to: 'ben', payload: { text: 'hi' } }]);
    await expect(meeting.sendChat('x'.repeat(4001))).rejects.toMatchObject({ code: 'too_large' });
    meeting.close();
  });

  it('sends a settled layout once, and again to a new seat', async () => {
    const { server, meeting } = await inMeeting();
    const wants = (pixels: number) => [{ participant: 'ben', kind: 'camera' as const, pixels }];
    for (const pixels of [100, 200, 300.4]) meeting.setWants(wants(pixels));
    await vi.advanceTimersByTimeAsync(200);
    meeting.setWants(wants(300.4));
    await vi.advanceTimersByTimeAsync(200);
    expect(server.last.requests('media.wants').map((m) => m.body)).toEqual([{ wants: [{ participant: 'ben', kind: 'camera', pixels: 300 }] }]);
    server.last.cut();
    await vi.advanceTimersByTimeAsync(500);
    expect(server.last.requests('media.wants').length).toBe(1);
    meeting.close();
  });

  it('tells when this person speaks, and hints when nobody hears it', async () => {
    const { server, meeting, rms, state } = await inMeeting();
    rms.set(0.1);
    await vi.advanceTimersByTimeAsync(400);
    expect([state().self.speakingWhileMuted, server.last.requests('self.speaking').length]).toEqual([true, 0]);
    await meeting.setMic(true);
    await vi.advanceTimersByTimeAsync(400);
    expect(state().self.speakingWhileMuted).toBe(false);
    expect(server.last.requests('self.speaking').at(-1)?.body).toEqual({ speaking: true });
    meeting.close();
  });

  it('doubts when facts of live media stay away for ten seconds', async () => {
    const { server, meeting, state } = await inMeeting();
    const ben = participant('ben', { live: { mic: true } });
    server.last.event(1, 'participant.changed', { participant: { ...ben, leg: { ...ben.leg, media: null } } });
    await vi.advanceTimersByTimeAsync(9_000);
    expect(state().shield.state).toBe('check');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(state().shield.sentence).toEqual({ id: 'shield-doubt-missing', args: { name: 'BEN' } });
    server.last.event(2, 'leg.changed', { id: 'ben', leg: ben.leg });
    await settled();
    expect(state().shield.state).toBe('check');
    meeting.close();
  });

  it('shows another person’s weaker connection', async () => {
    const { server, meeting, state } = await inMeeting();
    const { leg } = participant('ben');
    server.last.event(1, 'leg.changed', { id: 'ben', leg: { ...leg, media: leg.media && { ...leg.media, srtp: 'SRTP_AES128_CM_HMAC_SHA1_80' } } });
    await settled();
    expect([state().shield.state, state().shield.exceptions.map((e) => e.participant)]).toEqual(['exclamation', ['ben']]);
    meeting.close();
  });

  it('builds the state once for many changes and keeps what did not change', async () => {
    const { server, meeting, state } = await inMeeting();
    const before = state();
    let builds = -1;
    meeting.state.subscribe(() => (builds += 1));
    for (let seq = 1; seq <= 5; seq++) server.last.event(seq, 'participant.changed', { participant: participant('ben', { role: 'host', quality: seq % 4 }) });
    await settled();
    expect(builds).toBe(1);
    expect([state().room === before.room, state().chat === before.chat, state().shield === before.shield]).toEqual([true, true, true]);
    meeting.close();
  });
});
