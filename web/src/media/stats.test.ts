import { describe, expect, it } from 'vitest';
import { lossBetween, read } from './stats';

describe('read', () => {
  it.each([
    ['Chromium with AES-256-GCM', { tlsVersion: 'FEFD', dtlsCipher: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', srtpCipher: 'AEAD_AES_256_GCM' }, 'DTLS 1.2', 'SRTP_AEAD_AES_256_GCM'],
    ['a name that is IANA already', { tlsVersion: 'fefd', srtpCipher: 'SRTP_AEAD_AES_128_GCM' }, 'DTLS 1.2', 'SRTP_AEAD_AES_128_GCM'],
    ['AES-CM by its older name', { tlsVersion: 'FEFC', srtpCipher: 'AES_CM_128_HMAC_SHA1_80' }, 'DTLS 1.3', 'SRTP_AES128_CM_HMAC_SHA1_80'],
    ['an old version', { tlsVersion: 'FEFF' }, 'DTLS 1.0', null],
    ['an unknown version and suite', { tlsVersion: 'ABCD', srtpCipher: 'NEW' }, 'DTLS ABCD', 'SRTP_NEW'],
    ['a browser that tells nothing', {}, null, null],
    ['empty strings before the handshake', { tlsVersion: '', srtpCipher: '', dtlsCipher: '' }, null, null],
  ])('names the suites of %s', (_, row, dtls, srtp) => {
    expect(read([{ type: 'transport', ...row }]).own).toMatchObject({ dtls, srtp });
  });

  it('sums the receive slots and takes the round trip of the way in use', () => {
    const rows = [
      { type: 'inbound-rtp', packetsReceived: 90, packetsLost: 10 },
      { type: 'inbound-rtp', packetsReceived: 10 },
      { type: 'outbound-rtp', packetsSent: 500 },
      { type: 'candidate-pair', state: 'waiting', nominated: false, currentRoundTripTime: 9 },
      { type: 'candidate-pair', state: 'succeeded', nominated: true, currentRoundTripTime: 0.02 },
    ];
    expect(read(rows)).toMatchObject({ received: 100, lost: 10, rtt: 0.02 });
  });
});

describe('lossBetween', () => {
  const at = (received: number, lost: number) => ({ own: { dtls: null, suite: null, srtp: null }, received, lost, rtt: 0, bytes: 0 });
  it.each([
    ['none', at(0, 0), at(100, 0), 0],
    ['one in five', at(100, 0), at(180, 20), 0.2],
    ['nothing came', at(100, 5), at(100, 5), 0],
    ['late packets take lost ones back', at(100, 5), at(110, 3), 0],
    ['counters that began anew', at(1000, 50), at(10, 0), 0],
  ])('%s', (_, before, after, want) => expect(lossBetween(before, after)).toBeCloseTo(want, 9));
});
