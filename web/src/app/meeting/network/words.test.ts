import { describe, expect, it, test } from 'vitest';
import type { NetworkFigures, NetworkReason, NetworkVerdict, NetworkView } from '../../../room/model';
import { connectionLines, noteText, receivedLines, sentence, sentLines, supportText } from './words';

const of = (level: NetworkVerdict['level'], ...reasons: NetworkReason[]): NetworkVerdict => ({ level, reasons, notes: [] });

test.each<[NetworkVerdict, string]>([
  [of(0), 'Your network is being measured.'],
  [of(3), 'Your network: good.'],
  [of(1, { id: 'lossDown', level: 1, share: 0.12 }), 'Your network is poor because 12% of what others send to you gets lost.'],
  [of(2, { id: 'lossUp', level: 2, share: 0.031 }), 'Your network is fair because 3% of what you send gets lost.'],
  [of(2, { id: 'roundTrip', level: 2, ms: 412.4 }), 'Your network is fair because the way to the server and back takes 412 ms.'],
  [of(2, { id: 'jitter', level: 2, ms: 60 }), 'Your network is fair because what others send comes unevenly, by 60 ms.'],
  [of(2, { id: 'narrowDown', level: 2 }), 'Your network is fair because it carries too little for the others’ pictures at their full size.'],
  [of(1, { id: 'narrowDown', level: 1 }), 'Your network is poor because it carries too little for all pictures, so that some are held back.'],
  [of(2, { id: 'narrowUp', level: 2 }), 'Your network is fair because it carries too little for your own picture at its full size.'],
  [of(1, { id: 'nothingDown', level: 1 }), 'Your network is poor because nothing comes from the server.'],
  [of(1, { id: 'nothingUp', level: 1 }), 'Your network is poor because nothing that you send reaches the server.'],
  [of(1, { id: 'interrupted', level: 1 }), 'Your network is poor because the connection is broken, and another way is being looked for.'],
  [of(1, { id: 'lossUp', level: 1, share: 0.2 }, { id: 'roundTrip', level: 2, ms: 300 }), 'Your network is poor because 20% of what you send gets lost and the way to the server and back takes 300 ms.'],
])('says %o', (verdict, want) => expect(sentence(verdict)).toBe(want));

test('every note is a sentence', () => {
  for (const note of ['busy', 'tcp', 'relay', 'others', 'uneven'] as const) expect(noteText(note)).toMatch(/^[A-Z].*\.$/);
});

const figures: NetworkFigures = {
  way: 'udp', roundTrip: 23.6, lossDown: 0.004, lossUp: 0.00001, jitter: null, voices: 0, concealed: 0.5, rateIn: 480_400, rateOut: 1_540_000, roomOut: null, busy: null, soundCodec: 'opus',
  sent: [
    { kind: 'mic', layer: '', codec: 'opus', width: null, height: null, fps: null, rate: 32_000, limit: null },
    { kind: 'camera', layer: 'q', codec: 'VP8', width: 320, height: 180, fps: 24.6, rate: 140_000, limit: 'none' },
    { kind: 'camera', layer: 'f', codec: 'VP8', width: 1280, height: 720, fps: 24.6, rate: 1_400_000, limit: 'bandwidth' },
  ],
  received: [
    { participant: 'p-ben', kind: 'camera', codec: 'VP9', width: 640, height: 360, fps: 25, rate: 500_000, freezes: 1, paused: false },
    { participant: 'p-ben', kind: 'screen', codec: null, width: null, height: null, fps: null, rate: null, freezes: null, paused: false },
    { participant: 'p-eve', kind: 'camera', codec: 'VP8', width: 320, height: 180, fps: 0, rate: 0, freezes: 0, paused: true },
  ],
};
const text = (lines: { label: string; value: string }[]) => lines.map(({ label, value }) => `${label}: ${value}`);

describe('figures', () => {
  it('of the connection say what is not known', () => {
    expect(text(connectionLines(figures))).toEqual([
      'Way: UDP, direct', 'Round trip: 24 ms', 'Missing of what others sent: 0.4%', 'Lost of what you sent: 0.1%', 'Jitter of the sound: unknown',
      'Sound made up for what was lost: 50%', 'Comes in: 480 kb/s', 'Goes out: 1.5 Mb/s', 'Your browser’s estimate of the way out: unknown', 'Codec of the sound: opus',
    ]);
  });

  it('of what is sent begin with the largest picture', () => {
    expect(text(sentLines(figures))).toEqual([
      'Camera: 1280 × 720 · 25 fps · 1.4 Mb/s · VP8 · held back by the network',
      'Camera: 320 × 180 · 25 fps · 140 kb/s · VP8',
      'Microphone: 32 kb/s · opus',
    ]);
  });

  it('of what comes name the people', () => {
    expect(text(receivedLines(figures, (id) => id.slice(2)))).toEqual([
      'ben: 640 × 360 · 25 fps · 500 kb/s · VP9 · 1 freeze',
      'ben’s screen: unknown',
      'eve: Paused to save bandwidth',
    ]);
  });
});

test('the text for support has the figures, and no names', () => {
  const view: NetworkView = { verdict: { level: 3, reasons: [], notes: ['tcp'] }, figures };
  const copied = supportText(view, ['roundel-web', 'Browser 1']);
  expect(copied).toMatch(/^roundel-web\nBrowser 1\nYour network: good\.\nYour network blocks/);
  expect(copied).toContain('  Round trip: 24 ms\n');
  expect(copied).toContain('  Person 1: 640 × 360');
  expect(copied).toContain('  Person 2: Paused');
  expect(copied).not.toMatch(/p-ben|p-eve/);
  expect(supportText({ ...view, figures: null }, [])).toBe('Your network: good.\n' + noteText('tcp'));
});
