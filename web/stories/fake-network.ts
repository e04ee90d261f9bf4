import type { NetworkFigures, NetworkView } from '../src/room/model';

/** What is measured in a network without faults. */
export const figures: NetworkFigures = {
  way: 'udp',
  roundTrip: 24,
  lossDown: 0.001,
  lossUp: 0,
  jitter: 3,
  voices: 2,
  concealed: 0.002,
  rateIn: 2_340_000,
  rateOut: 1_910_000,
  roomOut: 3_200_000,
  busy: 0.2,
  soundCodec: 'opus',
  sent: [
    { kind: 'mic', layer: '', codec: 'opus', width: null, height: null, fps: null, rate: 34_000, limit: null },
    { kind: 'camera', layer: 'q', codec: 'VP8', width: 320, height: 180, fps: 25, rate: 140_000, limit: 'none' },
    { kind: 'camera', layer: 'f', codec: 'VP8', width: 1280, height: 720, fps: 25, rate: 1_480_000, limit: 'none' },
  ],
  received: [
    { participant: 'p1', kind: 'camera', codec: 'VP8', width: 1280, height: 720, fps: 25.1, rate: 1_450_000, freezes: 0, paused: false },
    { participant: 'p3', kind: 'camera', codec: 'VP9', width: 640, height: 360, fps: 24.2, rate: 430_000, freezes: 1, paused: false },
    { participant: 'p4', kind: 'screen', codec: 'VP8', width: 1920, height: 1080, fps: 4, rate: 210_000, freezes: 0, paused: false },
  ],
};

/** Nothing to complain of. */
export const goodNetwork: NetworkView = { verdict: { level: 3, reasons: [], notes: [] }, figures };
