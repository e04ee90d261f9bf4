import { describe, expect, it } from 'vitest';
import { audioPreferences, faultsOfAnswer, preferredCodec, videoPreferences } from './codecs';

const chromium = [
  { mimeType: 'video/VP8' },
  { mimeType: 'video/rtx' },
  { mimeType: 'video/VP9', sdpFmtpLine: 'profile-id=0' },
  { mimeType: 'video/VP9', sdpFmtpLine: 'profile-id=2' },
  { mimeType: 'video/H264', sdpFmtpLine: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f' },
  { mimeType: 'video/H264', sdpFmtpLine: 'level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f' },
  { mimeType: 'video/H264', sdpFmtpLine: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f' },
  { mimeType: 'video/AV1', sdpFmtpLine: 'level-idx=5;profile=0;tier=0' },
  { mimeType: 'video/AV1', sdpFmtpLine: 'level-idx=5;profile=1;tier=0' },
  { mimeType: 'video/red' },
  { mimeType: 'video/ulpfec' },
  { mimeType: 'video/flexfec-03', sdpFmtpLine: 'repair-window=10000000' },
];

const short = (c: { mimeType: string; sdpFmtpLine?: string }) => `${c.mimeType.slice(6)} ${c.sdpFmtpLine ?? ''}`.trim();

describe('preferences', () => {
  it('offer one profile of each codec, the chosen one first, and retransmission', () => {
    expect(videoPreferences(chromium, 'AV1').map(short)).toEqual([
      'AV1 level-idx=5;profile=0;tier=0',
      'VP8',
      'VP9 profile-id=0',
      'H264 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
      'rtx',
    ]);
  });

  it('offer what there is when the chosen one is not', () => {
    expect(videoPreferences([{ mimeType: 'video/VP8' }, { mimeType: 'video/VP9' }], 'H264').map(short)).toEqual(['VP8', 'VP9']);
  });

  it('offer nothing but Opus for sound', () => {
    const all = ['audio/opus', 'audio/red', 'audio/G722', 'audio/CN', 'audio/telephone-event'].map((mimeType) => ({ mimeType }));
    expect(audioPreferences(all)).toEqual([{ mimeType: 'audio/opus' }]);
  });

  it.each([
    [null, 'VP8'],
    ['VP9', 'VP9'],
    ['H265', 'VP8'],
  ])('a stored choice of %s sends %s', (stored, want) => expect(preferredCodec(stored)).toBe(want));
});

const opus = (fmtp: string) => `m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 ${fmtp}\r\n`;
const good = opus('minptime=10;useinbandfec=1;cbr=1;usedtx=0;stereo=0');
const answer = (...sections: string[]) => `v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n${sections.join('')}`;
const video = 'm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n';

describe('faultsOfAnswer', () => {
  it.each([
    ['a good answer', answer(good, video, good), []],
    ['an answer that leaves silence suppression out', answer(opus('cbr=1')), []],
    ['variable bit rate', answer(opus('minptime=10;useinbandfec=1')), ['Opus without constant bit rate']],
    ['no parameters at all', answer('m=audio 9 X 111\r\na=rtpmap:111 opus/48000/2\r\n'), ['Opus without constant bit rate']],
    ['silence suppression', answer(opus('cbr=1;usedtx=1')), ['Opus with silence suppression']],
    ['a bit rate mode that only begins like it', answer(opus('cbr=10')), ['Opus without constant bit rate']],
    ['one bad line among good ones', answer(good, opus('usedtx=1')), ['Opus without constant bit rate', 'Opus with silence suppression']],
    ['another codec for sound', answer('m=audio 9 X 9\r\na=rtpmap:9 G722/8000\r\n'), ['sound without Opus']],
    ['RED', answer(`${good}a=rtpmap:63 red/48000/2\r\n`), ['redundancy outside the transform']],
    ['FlexFEC', answer(`${video}a=rtpmap:98 flexfec-03/90000\r\n`), ['redundancy outside the transform']],
    ['sound levels', answer(`${good}a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n`), ['sound levels in the clear']],
    ['sound levels with a direction', answer(`${good}a=extmap:1/sendonly urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n`), ['sound levels in the clear']],
    ['a refused line, which carries nothing', answer(good, 'm=audio 0 UDP/TLS/RTP/SAVPF 0\r\n'), []],
  ])('%s', (_, sdp, want) => expect(faultsOfAnswer(sdp)).toEqual(want));
});
