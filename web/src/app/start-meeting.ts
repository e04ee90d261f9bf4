import type { Meeting } from '../api/wire';
import { canTakePart } from '../e2ee/able';
import { toBase64 } from '../e2ee/base64';
import type { Keeper } from '../e2ee/keeper';
import { keepInvite } from '../e2ee/invite-link';
import type { NewCard } from '../e2ee/mls';
import { RoundelError } from '../room/model';
import { startKeeper } from '../room/workers';
import type { MeetingWish } from './frame/app-context';
import type { Server } from './server';

/** What making a meeting needs, for tests to stand in. */
export interface Starting {
  server: Pick<Server, 'create' | 'putCard' | 'end'>;
  able: () => Promise<boolean>;
  keeper: () => Pick<Keeper, 'ask' | 'close'>;
  storage: Parameters<typeof keepInvite>[0];
}

/** The real ones. */
export function startingAt(server: Server): Starting {
  return { server, able: canTakePart, keeper: startKeeper, storage: sessionStorage };
}

/**
 * Makes a meeting. Each has a group and can be encrypted at any time: the root
 * key and the link's secret are made in the mls worker, the card that the root
 * signs goes to the server, the secret part of the link stays in this tab, the
 * root key on this device. A browser in which that program does not run makes a
 * meeting without a group, unless encryption is wished.
 */
export async function startMeeting({ server, able, keeper, storage }: Starting, wish: MeetingWish): Promise<{ path: string }> {
  const needed = wish.encryption !== 'off';
  const mayHaveGroup = await able();
  if (!mayHaveGroup && needed) throw cannot();
  const made = await server.create({ title: wish.title });
  if (!mayHaveGroup) return made;
  const worker = keeper();
  try {
    const signed = await sign(worker, made, wish);
    if (!signed && needed) throw cannot();
    if (!signed) return made;
    await server.putCard(made.number, { card: toBase64(signed.card), e2ee: needed });
    keepInvite(storage, made.number, signed.fragment);
    return made;
  } catch (error) {
    // A meeting that was to have a card and has none must not be left behind.
    await server.end(made.number).catch(() => undefined);
    throw error;
  } finally {
    worker.close();
  }
}

/** The card and the link's secret part; null when the program cannot be loaded or does not run. */
async function sign(worker: Pick<Keeper, 'ask'>, { id, settings }: Meeting, { encryption }: MeetingWish) {
  const { lobby, locked, takeover } = settings;
  const body: NewCard = { meeting: id, starts: encryption, lobby, locked, takeover };
  return worker.ask('create', body).catch(() => null);
}

function cannot(): RoundelError {
  return new RoundelError('unsupported', 'This browser cannot make an end-to-end encrypted meeting.');
}
