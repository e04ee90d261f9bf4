import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeBrowser, FakeTrack, fakeTransforms, installBrowserGlobals } from './fake-peer';
import { AUDIO_SLOTS, Peer, VIDEO_SLOTS } from './peer';
import type { VideoCodec } from './codecs';
import type { Transforms } from './transforms';

let restore = () => {};
let transforms: Transforms;
beforeEach(() => {
  restore = installBrowserGlobals();
  transforms = fakeTransforms().transforms;
});
afterEach(() => {
  transforms.close();
  restore();
});

function make(codec: VideoCodec = 'VP9') {
  const web = new FakeBrowser();
  const peer = new Peer(transforms, codec, web);
  return { peer, pc: web.last };
}

function picture(width: number, height: number) {
  const track = new FakeTrack('video');
  track.size = { width, height };
  return track;
}

const labels = (list: { transform: unknown }[]) => list.map((on) => (on.transform as { options: { label: string } } | null)?.options.label);

describe('Peer', () => {
  it('offers all it may ever send, silent, and the first slots', async () => {
    const { peer, pc } = make();
    const offer = await peer.offer(false);
    expect(offer.sends).toEqual({ '0': 'mic', '1': 'camera', '2': 'screen', '3': 'screenAudio' });
    expect(pc.transceivers.length).toBe(4 + AUDIO_SLOTS + VIDEO_SLOTS);
    expect(pc.transceivers.map((t) => t.init.direction)).toEqual([...Array(4).fill('sendonly'), ...Array(AUDIO_SLOTS + VIDEO_SLOTS).fill('recvonly')]);
    expect(pc.transceivers.slice(0, 4).map((t) => t.sender.sends)).toEqual([false, false, false, false]);
  });

  it('has a transform on every sender and receiver before the first offer', () => {
    const { pc } = make();
    expect(labels(pc.transceivers.slice(0, 4).map((t) => t.sender))).toEqual(['mic', 'camera', 'screen', 'screenAudio']);
    const receivers = labels(pc.transceivers.slice(4).map((t) => t.receiver));
    expect(receivers[0]).toBe('audio 0');
    expect(receivers.at(-1)).toBe(`video ${VIDEO_SLOTS - 1}`);
    expect(receivers).not.toContain(undefined);
  });

  it('asks for the chosen codec first and for nothing redundant', () => {
    const { pc } = make();
    expect(pc.transceivers[1]?.codecs.map((c) => c.mimeType)).toEqual(['video/VP9', 'video/VP8', 'video/rtx']);
    expect(pc.transceivers[0]?.codecs.map((c) => c.mimeType)).toEqual(['audio/opus']);
  });

  it('sends with a track and nothing at all without', async () => {
    const { peer, pc } = make();
    const mic = pc.transceivers[0]?.sender;
    await peer.setTrack('mic', new FakeTrack('audio').real);
    expect(mic?.sends).toBe(true);
    await peer.setTrack('mic', null);
    expect([mic?.sends, mic?.track, mic?.getParameters().encodings]).toEqual([false, null, [{ active: false }]]);
  });

  it('ends at the last of many quick changes', async () => {
    const { peer, pc } = make();
    const track = new FakeTrack('video').real;
    await Promise.all([peer.setTrack('camera', track), peer.setTrack('camera', null), peer.setTrack('camera', track), peer.setTrack('camera', null)]);
    expect(pc.transceivers[1]?.sender.sends).toBe(false);
  });

  it('grows by video slots up to the limit', async () => {
    const { peer, pc } = make();
    expect([peer.grow(5), peer.grow(12), peer.grow(12), peer.grow(400)]).toEqual([false, true, false, true]);
    expect(peer.videoSlots).toBe(25);
    const lines = await peer.offer(false);
    expect(Object.keys(lines.sends).length).toBe(4);
    expect(pc.transceivers.at(-1)?.receiver.transform).not.toBeNull();
  });

  it('refuses an offer of its own that no offer may be', async () => {
    const { peer, pc } = make();
    pc.createOffer = async () => ({ sdp: 'v=0\r\nm=video 9 X 98\r\na=rtpmap:98 flexfec-03/90000\r\n' });
    await expect(peer.offer(false)).rejects.toThrow('redundancy');
  });

  it('offers constant sound and no levels of it', async () => {
    const { peer, pc } = make();
    pc.createOffer = async () => ({ sdp: 'v=0\r\nm=audio 9 X 111\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10\r\na=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n' });
    const { sdp } = await peer.offer(false);
    expect(sdp).toBe('v=0\r\nm=audio 9 X 111\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;cbr=1;usedtx=0\r\n');
  });

  it('refuses an answer that no answer may be', async () => {
    const { peer, pc } = make();
    await expect(peer.answer('v=0\r\nm=audio 9 X 63\r\na=rtpmap:63 red/48000/2\r\n')).rejects.toThrow('redundancy');
    expect(pc.remoteDescription).toBeNull();
  });
});

describe('Peer with a camera in layers', () => {
  const camera = (pc: ReturnType<typeof make>['pc']) => {
    const transceiver = pc.transceivers[1];
    if (!transceiver) throw new Error('no camera');
    return transceiver.sender;
  };
  const rids = (peer: Peer, track: FakeTrack) => peer.layers('camera', track.real).map(({ rid, pixels }) => `${rid} ${pixels}`);

  it('offers them for the camera and for nothing else', () => {
    const { pc } = make('VP8');
    expect(pc.transceivers.slice(0, 4).map((t) => t.init.sendEncodings?.map(({ rid }) => rid))).toEqual([[undefined], ['q', 'h', 'f'], [undefined], [undefined]]);
  });

  it.each([
    ['VP8', 'L1T3'],
    ['H264', 'L1T3'],
    ['VP9', 'L1T1'],
    ['AV1', 'L1T1'],
  ] as const)('says of %s what the encoder makes of each', (codec, mode) => {
    const { pc } = make(codec);
    expect(pc.transceivers[1]?.init.sendEncodings).toMatchObject(Array(3).fill({ scalabilityMode: mode }));
  });

  it('sends the smallest until the server has said which', async () => {
    const { peer, pc } = make();
    await peer.setTrack('camera', picture(1280, 720).real);
    expect(camera(pc).sent).toEqual(['q 1/4 150k']);
    await peer.want('camera', ['q', 'f']);
    expect(camera(pc).sent).toEqual(['q 1/4 150k', 'f 1/1 1500k']);
    await peer.want('camera', ['h']);
    expect(camera(pc).sent).toEqual(['h 1/2 500k']);
  });

  it('keeps what was wanted before there was a track', async () => {
    const { peer, pc } = make();
    await peer.want('camera', ['h']);
    expect(camera(pc).sent).toEqual([]);
    await peer.setTrack('camera', picture(1280, 720).real);
    expect(camera(pc).sent).toEqual(['h 1/2 500k']);
    await peer.setTrack('camera', null);
    expect(camera(pc).getParameters().encodings.map(({ active }) => active)).toEqual([false, false, false]);
    await peer.setTrack('camera', picture(1280, 720).real);
    expect(camera(pc).sent).toEqual(['h 1/2 500k']);
  });

  it('sends the smallest when nothing that is wanted is there', async () => {
    const { peer, pc } = make();
    await peer.setTrack('camera', picture(640, 360).real);
    for (const wanted of [['f'], ['other']]) {
      await peer.want('camera', wanted);
      expect(camera(pc).sent).toEqual(['q 1/2 150k']);
    }
  });

  it.each([true, false])('sends nothing that nobody watches, and again what somebody does (simulcast: %s)', async (simulcast) => {
    const { peer, pc } = make();
    pc.simulcast = simulcast;
    await peer.offer(false);
    await peer.answer('v=0');
    await peer.setTrack('camera', picture(1280, 720).real);
    await peer.setTrack('screen', picture(1920, 1080).real);
    const screen = pc.transceivers[2]?.sender;
    expect([camera(pc).sends, screen?.sends]).toEqual([true, true]);
    for (const kind of ['camera', 'screen'] as const) await peer.want(kind, []);
    expect([camera(pc).sends, screen?.sends]).toEqual([false, false]);
    await peer.answer('v=0');
    expect([camera(pc).sends, screen?.sends]).toEqual([false, false]);
    await peer.want('camera', [simulcast ? 'f' : '']);
    await peer.want('screen', ['']);
    expect([camera(pc).sent.length, screen?.sends]).toEqual([1, true]);
  });

  it('goes over to the layers of another camera', async () => {
    const { peer, pc } = make();
    await peer.want('camera', ['h', 'f']);
    for (const [track, layers, sent] of [
      [picture(1280, 720), ['q 57600', 'h 230400', 'f 921600'], ['h 1/2 500k', 'f 1/1 1500k']],
      [picture(640, 360), ['q 57600', 'h 230400'], ['h 1/1 600k']],
      [picture(320, 180), ['q 57600'], ['q 1/1 180k']],
    ] as const) {
      await peer.setTrack('camera', track.real);
      expect([rids(peer, track), camera(pc).sent]).toEqual([layers, sent]);
    }
  });

  it('counts a camera as small until its size is known', async () => {
    const { peer, pc } = make();
    const track = new FakeTrack('video');
    await peer.want('camera', ['h', 'f']);
    await peer.setTrack('camera', track.real);
    expect([rids(peer, track), camera(pc).sent]).toEqual([['q 0'], ['q 1/1 150k']]);
    track.size = { width: 1280, height: 720 };
    await peer.measure('camera');
    expect([rids(peer, track), camera(pc).sent]).toEqual([['q 57600', 'h 230400', 'f 921600'], ['h 1/2 500k', 'f 1/1 1500k']]);
  });

  it('sets nothing anew that is as it should be', async () => {
    const { peer, pc } = make();
    await peer.setTrack('camera', picture(1280, 720).real);
    const set = vi.spyOn(camera(pc), 'setParameters');
    await peer.measure('camera');
    await peer.want('camera', ['q']);
    expect(set).not.toHaveBeenCalled();
  });

  it('makes one change after the other', async () => {
    const { peer, pc } = make();
    const track = picture(1280, 720).real;
    await Promise.all([peer.setTrack('camera', track), peer.want('camera', ['h']), peer.setTrack('camera', null), peer.want('camera', ['f']), peer.setTrack('camera', track)]);
    expect(camera(pc).sent).toEqual(['f 1/1 1500k']);
  });

  it('sends all of the camera in one stream when the answer takes no simulcast', async () => {
    const { peer, pc } = make();
    pc.simulcast = false;
    await peer.offer(false);
    await peer.answer('v=0\r\n');
    const track = picture(1280, 720);
    await peer.setTrack('camera', track.real);
    await peer.want('camera', ['q']);
    expect([rids(peer, track), camera(pc).sent]).toEqual([[], ['all 1/1 1500k']]);
  });

  it('sends what was turned on between an offer and its answer', async () => {
    const { peer, pc } = make();
    await peer.offer(false);
    await peer.setTrack('camera', picture(1280, 720).real);
    await peer.want('camera', ['f']);
    await peer.answer('v=0');
    expect(camera(pc).sent).toEqual(['f 1/1 1500k']);
  });
});
