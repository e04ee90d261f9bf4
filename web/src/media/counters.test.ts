import { describe, expect, it } from 'vitest';
import { count } from './counters';

const chromium = [
  { id: 'T', type: 'transport', selectedCandidatePairId: 'P1', bytesReceived: 1 },
  { id: 'P0', type: 'candidate-pair', state: 'succeeded', nominated: true, localCandidateId: 'L0', currentRoundTripTime: 9, bytesReceived: 10, bytesSent: 20 },
  { id: 'P1', type: 'candidate-pair', state: 'succeeded', nominated: true, localCandidateId: 'L1', currentRoundTripTime: 0.04, totalRoundTripTime: 1.2, responsesReceived: 30, availableOutgoingBitrate: 900_000, bytesReceived: 1000, bytesSent: 2000 },
  { id: 'L0', type: 'local-candidate', candidateType: 'host', protocol: 'udp', address: '192.0.2.7' },
  { id: 'L1', type: 'local-candidate', candidateType: 'host', protocol: 'tcp', address: '192.0.2.7' },
  { id: 'C', type: 'codec', mimeType: 'video/VP8' },
  { id: 'O', type: 'outbound-rtp', kind: 'video', mid: '1', rid: 'h', codecId: 'C', remoteId: 'R', frameWidth: 640, frameHeight: 360, framesEncoded: 50, bytesSent: 9000, packetsSent: 110, retransmittedPacketsSent: 10, totalEncodeTime: 0.5, qualityLimitationReason: 'cpu', qualityLimitationDurations: { none: 1, cpu: 2, bandwidth: 0, other: 0 } },
  { id: 'R', type: 'remote-inbound-rtp', packetsLost: 4 },
  { id: 'I', type: 'inbound-rtp', kind: 'audio', mid: '5', bytesReceived: 800, packetsReceived: 90, packetsLost: 3, jitter: 0.01, concealedSamples: 50, silentConcealedSamples: 20, totalSamplesReceived: 9600 },
  { id: 'X', type: 'inbound-rtp', kind: 'video', packetsReceived: 1 },
];

describe('count', () => {
  it('reads the way, what is sent and what comes', () => {
    const counters = count(chromium, 7);
    expect(counters).toMatchObject({ at: 7, way: 'tcp', roundTrip: 0.04, roundTrips: { sum: 1.2, count: 30 }, roomOut: 900_000, bytesIn: 1010, bytesOut: 2020 });
    expect(counters.sent.get('O')).toMatchObject({ mid: '1', media: 'video', layer: 'h', codec: 'VP8', width: 640, height: 360, frames: 50, packets: 100, lost: 4, work: 0.5, limit: 'cpu' });
    expect(counters.received.get('I')).toMatchObject({ mid: '5', media: 'audio', codec: null, packets: 90, lost: 3, jitter: 0.01, concealed: 50, silent: 20, samples: 9600, width: null });
    expect(counters.received.size, 'what belongs to no line is passed over').toBe(1);
  });

  it.each([
    ['a pair that is called selected', [{ id: 'P', type: 'candidate-pair', selected: true, localCandidateId: 'L' }, { id: 'L', type: 'local-candidate', candidateType: 'srflx', protocol: 'udp' }], 'udp'],
    ['the relay', [{ id: 'P', type: 'candidate-pair', nominated: true, state: 'succeeded', localCandidateId: 'L' }, { id: 'L', type: 'local-candidate', candidateType: 'relay', protocol: 'udp' }], 'relay'],
    ['nothing that is chosen yet', [{ id: 'P', type: 'candidate-pair', state: 'waiting', localCandidateId: 'L' }, { id: 'L', type: 'local-candidate', protocol: 'udp' }], null],
    ['nothing', [], null],
  ])('finds the way by %s', (_, rows, want) => expect(count(rows, 0).way).toBe(want));

  it('keeps no address', () => {
    expect(JSON.stringify([...count(chromium, 0).sent, count(chromium, 0)])).not.toContain('192.0.2.7');
  });

  it('knows nothing of an empty report', () => {
    expect(count([], 0)).toMatchObject({ way: null, roundTrip: null, roundTrips: null, roomOut: null, bytesIn: null, bytesOut: null });
  });

  it('takes what is no number for unknown', () => {
    const [one] = count([{ id: 'O', type: 'outbound-rtp', kind: 'video', mid: '1', framesEncoded: 'many', qualityLimitationReason: 'weather', frameWidth: NaN }], 0).sent.values();
    expect(one).toMatchObject({ frames: null, width: null, limit: null, limits: null, lost: null, packets: 0 });
  });
});
