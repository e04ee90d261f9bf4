import type { AppContext } from './app-context';

/** Asks the server again who it is and how it is reached; unknown, with a shield in doubt, while it does not answer. */
export async function refreshInfo({ server, info }: Pick<AppContext, 'server' | 'info'>): Promise<void> {
  try {
    info.set(await server.info());
  } catch {
    info.set(null);
  }
}
