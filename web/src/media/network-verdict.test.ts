import { describe, expect, it } from 'vitest';
import type { NetworkFigures, SentFigures } from '../room/model';
import { judge, type Evidence } from './network-verdict';

const camera: SentFigures = { kind: 'camera', layer: 'h', codec: 'VP8', width: 640, height: 360, fps: 25, rate: 500_000, limit: 'none' };
const fine: NetworkFigures = {
  way: 'udp', roundTrip: 20, lossDown: 0, lossUp: 0, jitter: 3, voices: 2, concealed: 0, rateIn: 1e6, rateOut: 1e6, roomOut: 3e6, busy: 0.1, soundCodec: 'opus', sent: [camera], received: [],
};
const unknown: NetworkFigures = {
  way: null, roundTrip: null, lossDown: null, lossUp: null, jitter: null, voices: 0, concealed: null, rateIn: null, rateOut: null, roomOut: null, busy: null, soundCodec: null, sent: [], received: [],
};
const lossy: Evidence['server'] = { quality: 2, qualityReason: 'lossDown' };
const evidence: Evidence = { connection: 'up', figures: fine, idle: 0, expects: true, held: 0, server: { quality: 3, qualityReason: '' } };

describe('judge', () => {
  it.each<[string, Partial<Evidence>, Partial<NetworkFigures>, number, string[]]>([
    ['a network without faults', {}, {}, 3, []],
    ['a little loss', {}, { lossDown: 0.02, lossUp: 0.02 }, 3, []],
    ['loss down', { server: lossy }, { lossDown: 0.05 }, 2, ['lossDown']],
    ['much loss down', { server: lossy }, { lossDown: 0.12 }, 1, ['lossDown']],
    ['loss down before the server knows anything', { server: { quality: 0, qualityReason: '' } }, { lossDown: 0.12 }, 1, ['lossDown']],
    ['loss on the way of others', {}, { lossDown: 0.12 }, 3, ['others']],
    ['jitter of the only voice', {}, { jitter: 60, voices: 1 }, 3, ['uneven']],
    ['loss up', {}, { lossUp: 0.05 }, 2, ['lossUp']],
    ['much loss up', {}, { lossUp: 0.15 }, 1, ['lossUp']],
    ['a long round trip', {}, { roundTrip: 400 }, 2, ['roundTrip']],
    ['a very long round trip', {}, { roundTrip: 900 }, 1, ['roundTrip']],
    ['jitter', {}, { jitter: 60 }, 2, ['jitter']],
    ['much jitter', {}, { jitter: 150 }, 1, ['jitter']],
    ['pictures that are held back', { held: 2 }, {}, 1, ['narrowDown']],
    ['smaller pictures, by the server’s word', { server: { quality: 2, qualityReason: 'narrow' } }, {}, 2, ['narrowDown']],
    ['a word of the server that counts no more', { server: { quality: 3, qualityReason: 'narrow' } }, {}, 3, []],
    ['an own picture that is held back', {}, { sent: [{ ...camera, limit: 'bandwidth' }] }, 2, ['narrowUp']],
    ['an encoder without time', {}, { sent: [{ ...camera, limit: 'cpu' }] }, 3, ['busy']],
    ['a decoder without time', {}, { busy: 0.9 }, 3, ['busy']],
    ['TCP', {}, { way: 'tcp' }, 3, ['tcp']],
    ['the relay', {}, { way: 'relay', lossUp: 0.1 }, 1, ['lossUp', 'relay']],
    ['nothing that comes', { idle: 6000 }, { rateIn: 0 }, 1, ['nothingDown']],
    ['nothing for a moment', { idle: 2000 }, { rateIn: 0 }, 3, []],
    ['nobody from whom anything should come', { idle: 60_000, expects: false }, { rateIn: 0 }, 3, []],
    ['nothing that the server hears', { server: { quality: 1, qualityReason: 'silent' } }, {}, 1, ['nothingUp']],
    ['several, the gravest first', {}, { roundTrip: 300, lossUp: 0.03, jitter: 200 }, 1, ['jitter', 'lossUp', 'roundTrip']],
    ['a connection that is broken', { connection: 'interrupted' }, { lossUp: 0.5 }, 1, ['interrupted']],
    ['a connection that failed', { connection: 'failed' }, {}, 1, ['interrupted']],
    ['a connection that is made', { connection: 'connecting' }, {}, 0, []],
    ['nothing measured yet', { figures: null }, {}, 0, []],
    ['a browser that tells nothing', {}, unknown, 3, []],
  ])('%s', (_, change, figures, level, ids) => {
    const given = { ...evidence, ...change };
    const verdict = judge({ ...given, figures: given.figures && { ...given.figures, ...figures } });
    expect(verdict.level).toBe(level);
    expect([...verdict.reasons.map(({ id }) => id), ...verdict.notes]).toEqual(ids);
  });

  it('says how much', () => {
    expect(judge({ ...evidence, server: lossy, figures: { ...fine, lossDown: 0.12, roundTrip: 400 } }).reasons).toEqual([
      { id: 'lossDown', level: 1, share: 0.12 },
      { id: 'roundTrip', level: 2, ms: 400 },
    ]);
  });
});
