import type { NetworkView } from '../src/room/model';
import { scene } from './fake-meeting';
import { figures, goodNetwork } from './fake-network';
import { people } from './people';
import { meeting, type Story } from './story';

const poorNetwork: NetworkView = {
  verdict: {
    level: 1,
    reasons: [{ id: 'lossDown', level: 1, share: 0.124 }, { id: 'narrowDown', level: 1 }, { id: 'roundTrip', level: 2, ms: 412 }],
    notes: ['relay', 'busy'],
  },
  figures: {
    ...figures,
    way: 'relay',
    roundTrip: 412,
    lossDown: 0.124,
    lossUp: 0.011,
    jitter: 28,
    concealed: 0.064,
    rateIn: 310_000,
    roomOut: null,
    sent: figures.sent.map((one) => (one.layer === 'f' ? { ...one, limit: 'cpu' as const } : one)),
    received: figures.received.map((one, i) => (i === 1 ? { ...one, paused: true } : { ...one, width: 320, height: 180, rate: 120_000, freezes: 7 })),
  },
};

const fairNetwork: NetworkView = { verdict: { level: 2, reasons: [{ id: 'lossUp', level: 2, share: 0.05 }], notes: ['tcp'] }, figures: { ...figures, way: 'tcp', lossUp: 0.05, received: [] } };

const unknownNetwork: NetworkView = { verdict: { level: 0, reasons: [], notes: [] }, figures: null };

const crowd = () => people(5, { 0: { quality: 2, qualityReason: 'narrow' }, 2: { quality: 1, qualityReason: 'lossUp' }, 3: { quality: 2, qualityReason: 'roundTrip' }, 4: { disconnected: true, quality: 0 } });
const panel = (network: NetworkView) => meeting(() => scene({}, crowd()), { panel: 'network' }, [], [], network);

/** The own network, and everybody's for those who moderate. */
export const networkStories: Record<string, Story> = {
  'network-good': panel(goodNetwork),
  'network-fair': panel(fairNetwork),
  'network-poor': panel(poorNetwork),
  'network-unknown': panel(unknownNetwork),
  'network-people': meeting(() => scene({}, crowd()), { panel: 'people' }),
  'network-people-guest': meeting(() => scene({}, crowd().map((person, i) => (i === 0 ? { ...person, role: 'participant' as const } : person))), { panel: 'people' }),
};
