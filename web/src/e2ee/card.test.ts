import { beforeAll, describe, expect, it } from 'vitest';
import { inspectCard, meetingOf } from './card';

let pair: CryptoKeyPair;
let fragment = '';

/** A card as e2ee/session/card.go encodes it. */
async function card({ e2ee = 1, required = 0 } = {}): Promise<Uint8Array> {
  const root = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const body = [1, 0, 3, ...new TextEncoder().encode('abc'), 0, 0, 0, 1, 0, 0, 0, 1, e2ee, required, 0, 0, 0, 0, 0, 0xf0, 0xd1, ...root];
  const label = new TextEncoder().encode('roundel card v1');
  const signed = Uint8Array.from([0, label.length, ...label, body.length >> 8, body.length & 255, ...body]);
  return Uint8Array.from([...body, ...new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, signed))]);
}

beforeAll(async () => {
  pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
  const hash = await crypto.subtle.digest('SHA-256', await crypto.subtle.exportKey('raw', pair.publicKey));
  fragment = `1.${'A'.repeat(43)}.${Buffer.from(hash.slice(0, 16)).toString('base64url')}`;
});

describe('inspectCard', () => {
  it('verifies a card that the link names', async () => {
    expect(await inspectCard(await card(), fragment)).toEqual({ meeting: 'abc', starts: 'on', card: 'verified' });
    expect(await inspectCard(await card({ required: 1 }), fragment)).toMatchObject({ starts: 'required' });
  });

  it('says only that a card is signed when there is no link', async () => {
    expect(await inspectCard(await card({ e2ee: 0 }), '')).toMatchObject({ starts: 'off', card: 'unverified' });
  });

  it('refuses a card of another root, and a changed one', async () => {
    expect(await inspectCard(await card(), `1.${'A'.repeat(43)}.${'A'.repeat(22)}`)).toMatchObject({ card: 'forged' });
    const changed = await card();
    changed[14] = 0; // e2ee
    expect(await inspectCard(changed, fragment)).toMatchObject({ starts: 'off', card: 'forged' });
  });

  it('knows what is no card', async () => {
    for (const bytes of [new Uint8Array(), (await card()).subarray(1), (await card()).subarray(0, 100)]) {
      expect(await inspectCard(bytes, fragment)).toBeNull();
      expect(meetingOf(bytes)).toBeNull();
    }
  });
});
