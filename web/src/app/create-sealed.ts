import { toBase64 } from '../e2ee/base64';
import { keepInvite } from '../e2ee/invite-link';
import { RoundelError } from '../room/model';
import { startKeeper } from '../room/workers';
import type { SealedMeeting } from './frame/app-context';
import type { Server } from './server';

/**
 * Makes a meeting with a group: the root key and the link's secret are made in
 * the mls worker, the card that the root signs goes to the server, the secret
 * part of the link stays in this tab, the root key on this device.
 */
export async function createSealed(server: Server, wish: SealedMeeting): Promise<{ path: string }> {
  // Without a wish for encryption the meeting has no group, and its link no secret.
  if (wish.encryption === 'off') return server.create({ title: wish.title });
  const made = await server.create({ title: wish.title });
  const keeper = startKeeper();
  try {
    const { lobby, locked, takeover } = made.settings;
    const { card, fragment } = await keeper.ask('create', { meeting: made.id, starts: wish.encryption, lobby, locked, takeover });
    await server.putCard(made.number, { card: toBase64(card), e2ee: true });
    keepInvite(sessionStorage, made.number, fragment);
    return made;
  } catch (error) {
    // A meeting that was to have a card and has none must not be left behind.
    await server.end(made.number).catch(() => undefined);
    throw error instanceof RoundelError ? error : new RoundelError('unsupported', error instanceof Error ? error.message : '');
  } finally {
    keeper.close();
  }
}
