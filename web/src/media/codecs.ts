/** Video codecs by the names of WebRTC. */
export const VIDEO_CODECS = ['VP8', 'VP9', 'AV1', 'H264'] as const;
export type VideoCodec = (typeof VIDEO_CODECS)[number];

/** Where a setting (or a test) names the codec to send. */
export const CODEC_KEY = 'roundel.codec';

/** The part of a codec capability that is used. */
export interface Capability {
  mimeType: string;
  sdpFmtpLine?: string;
}

/** The codec to send: VP8, which everything decodes and encodes cheaply, unless the setting names another. */
export function preferredCodec(stored: string | null): VideoCodec {
  return VIDEO_CODECS.find((name) => name === stored) ?? 'VP8';
}

/**
 * The video codecs to offer, the preferred one first: one profile of each that
 * all current browsers share, and retransmission. No RED, ULPFEC or FlexFEC
 * (e2ee: a switch of encryption must not renegotiate, and they carry copies of
 * payload that the transform would not see).
 */
export function videoPreferences<T extends Capability>(capabilities: readonly T[], first: VideoCodec): T[] {
  const order = [first, ...VIDEO_CODECS.filter((name) => name !== first)];
  const video = order.flatMap((name) => capabilities.filter((c) => matches(c, name)));
  return [...video, ...capabilities.filter((c) => c.mimeType.toLowerCase() === 'video/rtx')];
}

/**
 * What the encodings of a simulcast say beside their sizes (WebRTC-SVC; browsers that
 * do not know it pass it over). VP8 and H.264 come at three frame rates, so that the
 * server can lower that of the smallest before it sends nothing. Chromium takes several
 * encodings of VP9 or AV1 for layers of one stream, and sends the smallest only,
 * unless each names its own mode.
 */
export function simulcastMode(codec: VideoCodec): { scalabilityMode: string } {
  return { scalabilityMode: codec === 'VP9' || codec === 'AV1' ? 'L1T1' : 'L1T3' };
}

/** Opus and nothing else. */
export function audioPreferences<T extends Capability>(capabilities: readonly T[]): T[] {
  return capabilities.filter((c) => c.mimeType.toLowerCase() === 'audio/opus');
}

function matches(c: Capability, name: VideoCodec): boolean {
  if (c.mimeType.toLowerCase() !== `video/${name.toLowerCase()}`) return false;
  const fmtp = c.sdpFmtpLine ?? '';
  switch (name) {
    case 'VP8':
      return true;
    case 'VP9': // RFC 9628, 6: profile 0 is the default
      return !/profile-id=[1-3]/.test(fmtp);
    case 'AV1':
      return !/profile=[1-2]/.test(fmtp);
    case 'H264': // RFC 6184: constrained baseline 3.1, fragmented packets
      return /profile-level-id=42e01f/i.test(fmtp) && /packetization-mode=1/.test(fmtp);
  }
}
