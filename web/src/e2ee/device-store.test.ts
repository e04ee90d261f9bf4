import { expect, it } from 'vitest';
import { DeviceStore, sign } from './device-store';

it('makes device keys that cannot be read out, one for each name', async () => {
  const store = new DeviceStore(undefined);
  const [profile, again, meeting] = await Promise.all([store.device('profile'), store.device('profile'), store.device('a meeting')]);
  expect(profile.pair.privateKey.extractable).toBe(false);
  await expect(crypto.subtle.exportKey('pkcs8', profile.pair.privateKey)).rejects.toThrow();
  expect(meeting.publicKey).not.toEqual(profile.publicKey);
  expect(again.publicKey).toEqual(profile.publicKey);
  const message = new TextEncoder().encode('over this');
  const signature = await sign(again, message);
  expect(signature.length).toBe(64);
  expect(await crypto.subtle.verify('Ed25519', again.pair.publicKey, signature as BufferSource, message)).toBe(true);
});

it('changes what is remembered on top of what was kept', async () => {
  const store = new DeviceStore(undefined);
  expect(await store.trust()).toBeUndefined();
  const seen: (number | undefined)[] = [];
  for (const next of [1, 2, 3])
    await store.changeTrust((kept) => {
      seen.push(kept?.[0]);
      return Uint8Array.of(next);
    });
  expect(seen).toEqual([undefined, 1, 2]);
  expect(await store.trust()).toEqual(Uint8Array.of(3));
});
