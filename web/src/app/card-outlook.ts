import { canTakePart } from '../e2ee/able';
import { fromBase64 } from '../e2ee/base64';
import { inspectCard, meetingOf } from '../e2ee/card';
import { DeviceStore } from '../e2ee/device-store';
import { inviteOf } from '../e2ee/invite-link';
import type { E2EEOutlook } from '../room/e2ee-view';

/** Of a host link's fragment: number, secret and root hash; behind them is the root key's seed. */
const GUEST_PARTS = 3;

/** What the card that the server shows says of a meeting before joining; null for a meeting without a group. */
export async function outlookOf(card: string | undefined, fragment: string): Promise<E2EEOutlook | null> {
  const supported = await canTakePart();
  const hasLink = fragment !== '';
  if (!card) return hasLink ? { starts: 'on', hasLink, card: 'forged', supported } : null;
  const facts = await inspectCard(read(card), fragment);
  return facts ? { starts: facts.starts, hasLink, card: facts.card, supported } : { starts: 'on', hasLink, card: 'forged', supported };
}

/** The secret part of the link: what this tab came with, or else that of a meeting which was made on this device; "" without either. */
export async function fragmentFor(number: string, card?: string): Promise<string> {
  const fragment = inviteOf(sessionStorage, number);
  const meeting = fragment || !card ? null : meetingOf(read(card));
  return meeting === null ? fragment : ownFragment(meeting);
}

/** The link's secret part for others, of a meeting that was made on this device; "" when it was not. */
export async function ownFragment(meeting: string): Promise<string> {
  const host = (await new DeviceStore().root(meeting)) ?? '';
  return host.split('.').slice(0, GUEST_PARTS).join('.');
}

function read(card: string): Uint8Array {
  try {
    return fromBase64(card);
  } catch {
    return new Uint8Array();
  }
}
