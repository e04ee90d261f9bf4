import { describe, expect, it } from 'vitest';
import type { Counters, ReceivedCount, SentCount } from './counters';
import { figuresBetween, type Places } from './figures';

const sent = (change: Partial<SentCount> = {}): SentCount => ({ mid: '1', media: 'video', layer: 'h', codec: 'VP8', width: 640, height: 360, frames: 0, bytes: 0, packets: 0, lost: null, work: 0, limit: 'none', limits: null, ...change });
const got = (change: Partial<ReceivedCount> = {}): ReceivedCount => ({ mid: '7', media: 'video', codec: 'VP8', width: 320, height: 180, frames: 0, bytes: 0, packets: 0, lost: 0, jitter: null, freezes: 0, work: 0, samples: null, concealed: null, silent: null, ...change });
const at = (seconds: number, change: Partial<Counters> = {}): Counters => ({ at: seconds * 1000, way: 'udp', roundTrip: 0.02, roundTrips: null, roomOut: null, bytesIn: 0, bytesOut: 0, sent: new Map(), received: new Map(), ...change });
const places: Places = new Map([
  ['0', { participant: '', kind: 'mic', paused: false }],
  ['1', { participant: '', kind: 'camera', paused: false }],
  ['5', { participant: 'ben', kind: 'mic', paused: false }],
  ['7', { participant: 'ben', kind: 'camera', paused: false }],
  ['8', { participant: 'eve', kind: 'camera', paused: true }],
]);
const between = (before: Partial<Counters>, after: Partial<Counters>) => figuresBetween(at(10, before), at(20, after), places);

describe('figuresBetween', () => {
  it('counts loss in both directions over all lines', () => {
    const figures = between(
      { received: new Map([['a', got({ packets: 100, lost: 5 })], ['b', got({ mid: '5', media: 'audio', packets: 10 })]]), sent: new Map([['s', sent({ packets: 100, lost: 2 })], ['t', sent({ packets: 9 })]]) },
      { received: new Map([['a', got({ packets: 170, lost: 25 })], ['b', got({ mid: '5', media: 'audio', packets: 20 })]]), sent: new Map([['s', sent({ packets: 300, lost: 22 })], ['t', sent({ packets: 500 })]]) },
    );
    expect(figures.lossDown).toBeCloseTo(0.2, 9);
    expect(figures.lossUp, 'only of what the server reported on').toBeCloseTo(0.1, 9);
  });

  it('knows no loss where nothing passed', () => {
    expect(between({}, {})).toMatchObject({ lossDown: null, lossUp: null, jitter: null, concealed: null, busy: null });
  });

  it('takes late packets for no loss', () => {
    const figures = between({ received: new Map([['a', got({ packets: 100, lost: 5 })]]) }, { received: new Map([['a', got({ packets: 200, lost: 3 })]]) });
    expect(figures.lossDown).toBe(0);
  });

  it('makes rates of counts', () => {
    const figures = between(
      { bytesIn: 1000, bytesOut: 0, received: new Map([['a', got({ frames: 50, bytes: 1000, packets: 1 })]]), sent: new Map([['s', sent({ frames: 10, bytes: 500, packets: 1, work: 1 })]]) },
      { bytesIn: 126_000, bytesOut: 250_000, received: new Map([['a', got({ frames: 300, bytes: 63_500, packets: 2, freezes: 2 })]]), sent: new Map([['s', sent({ frames: 160, bytes: 188_000, packets: 2, work: 9 })]]) },
    );
    expect(figures).toMatchObject({ rateIn: 100_000, rateOut: 200_000, busy: 0.8 });
    expect(figures.received).toEqual([{ participant: 'ben', kind: 'camera', codec: 'VP8', width: 320, height: 180, fps: 25, rate: 50_000, freezes: 2, paused: false }]);
    expect(figures.sent).toEqual([{ kind: 'camera', layer: 'h', codec: 'VP8', width: 640, height: 360, fps: 15, rate: 150_000, limit: 'none' }]);
  });

  it('shows what is held back, and leaves out what is not sent or not there', () => {
    const figures = between(
      { received: new Map([['a', got({ mid: '8' })], ['b', got({ mid: '9' })]]), sent: new Map([['s', sent()]]) },
      { received: new Map([['a', got({ mid: '8' })], ['b', got({ mid: '9' })], ['c', got()]]), sent: new Map([['s', sent()]]) },
    );
    expect(figures.received.map(({ participant, paused }) => [participant, paused])).toEqual([['eve', true]]);
    expect(figures.sent).toEqual([]);
  });

  it('takes jitter and concealment of the sound that comes', () => {
    const sound = (change: Partial<ReceivedCount>) => got({ mid: '5', media: 'audio', codec: 'opus', ...change });
    const figures = between(
      { received: new Map([['a', sound({ packets: 0, samples: 0, concealed: 0, silent: 0 })], ['idle', sound({ packets: 9, jitter: 9, samples: 0, concealed: 0, silent: 0 })]]) },
      { received: new Map([['a', sound({ packets: 500, jitter: 0.02, samples: 480_000, concealed: 28_800, silent: 4800 })], ['idle', sound({ packets: 9, jitter: 9, samples: 480_000, concealed: 480_000, silent: 0 })]]) },
    );
    expect(figures).toMatchObject({ jitter: 20, voices: 1, concealed: 0.05, soundCodec: 'opus' });
  });

  it('takes the jitter that all voices have', () => {
    const sound = (packets: number, jitter: number) => got({ mid: '5', media: 'audio', packets, jitter });
    const figures = between({ received: new Map([['a', sound(0, 0)], ['b', sound(0, 0)]]) }, { received: new Map([['a', sound(9, 0.09)], ['b', sound(9, 0.03)]]) });
    expect(figures).toMatchObject({ jitter: 30, voices: 2 });
  });

  it.each([
    ['all of the time', { cpu: 8 }, 'cpu'],
    ['for a moment', { bandwidth: 1, none: 9 }, 'none'],
    ['most of the time', { bandwidth: 6, none: 4 }, 'bandwidth'],
  ] as const)('tells what held an encoder back %s', (_, limits, want) => {
    const none = { none: 0, cpu: 0, bandwidth: 0, other: 0 };
    const figures = between({ sent: new Map([['s', sent({ packets: 1, limits: none })]]) }, { sent: new Map([['s', sent({ packets: 2, limits: { ...none, ...limits }, limit: 'other' })]]) });
    expect(figures.sent[0]?.limit).toBe(want);
  });

  it('takes the last word on the limit where the browser counts no time', () => {
    const figures = between({ sent: new Map([['s', sent({ packets: 1 })]]) }, { sent: new Map([['s', sent({ packets: 2, limit: 'bandwidth' })]]) });
    expect(figures.sent[0]?.limit).toBe('bandwidth');
  });

  it('averages the round trips, or takes the last', () => {
    expect(between({ roundTrips: { sum: 1, count: 10 } }, { roundTrips: { sum: 2, count: 20 } }).roundTrip).toBeCloseTo(100, 9);
    expect(between({ roundTrips: { sum: 1, count: 10 } }, { roundTrips: { sum: 1, count: 10 } }).roundTrip).toBe(20);
    expect(between({}, { roundTrip: null }).roundTrip).toBeNull();
  });
});
