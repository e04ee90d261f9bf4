import { canTakePart } from '../e2ee/able';
import { fromBase64 } from '../e2ee/base64';
import { inspectCard } from '../e2ee/card';
import { inviteOf } from '../e2ee/invite-link';
import type { E2EEOutlook } from '../room/e2ee-view';

/** What the card that the server shows says of a meeting before joining; null for a meeting without a group. */
export async function outlookOf(card: string | undefined, fragment: string): Promise<E2EEOutlook | null> {
  const supported = await canTakePart();
  const hasLink = fragment !== '';
  if (!card) return hasLink ? { starts: 'on', hasLink, card: 'forged', supported } : null;
  const facts = await inspectCard(read(card), fragment);
  return facts ? { starts: facts.starts, hasLink, card: facts.card, supported } : { starts: 'on', hasLink, card: 'forged', supported };
}

/** The secret part of the link that this tab came with. */
export function fragmentFor(number: string): string {
  return inviteOf(sessionStorage, number);
}

function read(card: string): Uint8Array {
  try {
    return fromBase64(card);
  } catch {
    return new Uint8Array();
  }
}
