import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeBrowser, FakeTrack, fakeTransforms, installBrowserGlobals } from './fake-peer';
import { AUDIO_SLOTS, Peer, VIDEO_SLOTS } from './peer';
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

function make() {
  const web = new FakeBrowser();
  const peer = new Peer(transforms, 'VP9', web);
  return { peer, pc: web.last };
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
