/**
 * The meeting card as far as it is shown before joining: the form is that of
 * e2ee/session/card.go, which has the last word when the group is joined.
 */
import type { E2EEOutlook } from '../room/e2ee-view';

const FORMAT = 1;
const ROOT = 32;
const SIGNATURE = 64;
/** of SHA-256 of the root key, in the link */
const ROOT_HASH = 16;
/** four flags, three choices and the suite, behind the two numbers */
const SETTINGS = 4 + 3 + 2;

export interface CardFacts {
  meeting: string;
  starts: E2EEOutlook['starts'];
  card: E2EEOutlook['card'];
}

/** Of which meeting a card is; null for what is no card. */
export function meetingOf(bytes: Uint8Array): string | null {
  if (bytes.length < 3 || bytes[0] !== FORMAT) return null;
  const size = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint16(1);
  return bytes.length === 3 + size + 8 + SETTINGS + ROOT + SIGNATURE ? new TextDecoder().decode(bytes.subarray(3, 3 + size)) : null;
}

/** Reads a card and checks it with its root key, and that key with the link's fragment; null for what is no card. */
export async function inspectCard(bytes: Uint8Array, fragment: string): Promise<CardFacts | null> {
  const meeting = meetingOf(bytes);
  if (meeting === null) return null;
  const root = bytes.length - SIGNATURE - ROOT;
  const settings = root - SETTINGS;
  const [e2ee, required] = [bytes[settings] === 1, bytes[settings + 1] === 1];
  const key = bytes.subarray(root, root + ROOT);
  const signed = tuple('roundel card v1', bytes.subarray(0, root + ROOT));
  const genuine = (await verify(key, bytes.subarray(root + ROOT), signed)) && (fragment === '' || (await isNamed(key, fragment)));
  return {
    meeting,
    starts: required ? 'required' : e2ee ? 'on' : 'off',
    card: !genuine ? 'forged' : fragment === '' ? 'unverified' : 'verified',
  };
}

/** A label and a field, each behind its length in two bytes. */
function tuple(label: string, field: Uint8Array): Uint8Array<ArrayBuffer> {
  const name = new TextEncoder().encode(label);
  return Uint8Array.from([name.length >> 8, name.length & 255, ...name, field.length >> 8, field.length & 255, ...field]);
}

async function verify(key: Uint8Array, signature: Uint8Array, message: BufferSource): Promise<boolean> {
  try {
    const imported = await crypto.subtle.importKey('raw', key as BufferSource, 'Ed25519', false, ['verify']);
    return await crypto.subtle.verify('Ed25519', imported, signature as BufferSource, message);
  } catch {
    return false;
  }
}

/** Whether the link names this root key. */
async function isNamed(key: Uint8Array, fragment: string): Promise<boolean> {
  const named = fragment.split('.')[2] ?? '';
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', key as BufferSource)).subarray(0, ROOT_HASH);
  const text = btoa(String.fromCharCode(...hash));
  return named === text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
