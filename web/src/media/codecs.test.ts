import { describe, expect, it } from 'vitest';
import { audioPreferences, preferredCodec, videoPreferences } from './codecs';

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
