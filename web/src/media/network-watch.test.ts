import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fakePerson } from '../app/meeting/fake-screen';
import type { MeetingState, NetworkView } from '../room/model';
import type { Places } from './figures';
import { NetworkWatch } from './network-watch';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function make() {
  const network = { packets: 0, lost: 0, bytes: 0, reads: 0, there: true };
  const places: Places = new Map([['7', { participant: 'ben', kind: 'camera', paused: false }]]);
  const source = {
    places: () => places,
    report: async () => {
      network.reads++;
      if (!network.there) return null;
      const rows = [
        { id: 'P', type: 'candidate-pair', nominated: true, state: 'succeeded', bytesReceived: network.bytes, bytesSent: 0 },
        { id: 'I', type: 'inbound-rtp', kind: 'video', mid: '7', packetsReceived: network.packets, packetsLost: network.lost },
      ];
      return new Map(rows.map((row) => [row.id, row])) as unknown as RTCStatsReport;
    },
  };
  const state = { connection: { media: 'up' }, participants: [fakePerson('me', { quality: 0 }), fakePerson('ben')] } as unknown as MeetingState;
  const watch = new NetworkWatch(source, () => state, () => Date.now());
  const pass = async (seconds: number, packets: number, lost: number) => {
    for (let s = 0; s < seconds; s++) {
      await vi.advanceTimersByTimeAsync(1000);
      network.packets += packets;
      network.lost += lost;
      network.bytes += packets * 1000;
    }
  };
  return { watch, network, pass };
}

describe('NetworkWatch', () => {
  it('reads only while somebody looks', async () => {
    const { watch, network, pass } = make();
    await pass(10, 50, 0);
    expect(network.reads).toBe(0);
    const ends = [watch.subscribe(() => {}), watch.subscribe(() => {})];
    await pass(10, 50, 0);
    expect(network.reads).toBeGreaterThanOrEqual(5);
    for (const end of [...ends, ...ends]) end();
    const before = network.reads;
    await pass(10, 50, 0);
    expect(network.reads).toBe(before);
    expect(vi.getTimerCount()).toBe(0);
    expect(watch.current).toEqual({ verdict: { level: 0, reasons: [], notes: [] }, figures: null });
  });

  it('says what the last seconds were like, and forgets', async () => {
    const { watch, pass } = make();
    const seen: NetworkView[] = [];
    const end = watch.subscribe((view) => seen.push(view));
    await pass(11, 85, 15);
    expect(watch.current.verdict.reasons).toMatchObject([{ id: 'lossDown', level: 1 }]);
    expect(watch.current.figures?.lossDown).toBeCloseTo(0.15, 2);
    await pass(14, 100, 0);
    expect(watch.current.verdict).toMatchObject({ level: 3, reasons: [] });
    expect(seen[0]?.figures).toBeNull();
    end();
  });

  it('notices that nothing comes any more', async () => {
    const { watch, pass } = make();
    const end = watch.subscribe(() => {});
    await pass(10, 50, 0);
    await pass(8, 0, 0);
    expect(watch.current.verdict.reasons).toEqual([{ id: 'nothingDown', level: 1 }]);
    end();
  });

  it('begins anew with another connection', async () => {
    const { watch, network, pass } = make();
    const end = watch.subscribe(() => {});
    await pass(10, 50, 20);
    Object.assign(network, { packets: 0, lost: 0, bytes: 0 });
    await pass(5, 50, 0);
    expect(watch.current.verdict).toMatchObject({ level: 3, reasons: [] });
    network.there = false;
    await pass(4, 50, 0);
    expect(watch.current).toEqual({ verdict: { level: 0, reasons: [], notes: [] }, figures: null });
    end();
  });
});
