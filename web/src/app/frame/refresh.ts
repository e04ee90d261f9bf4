import type { AppContext } from './app-context';

/** Asks the server again who it is and how it is reached; unknown, with a shield in doubt, while it does not answer. */
export async function refreshInfo({ server, info }: Pick<AppContext, 'server' | 'info'>): Promise<void> {
  try {
    info.set(await server.info());
  } catch {
    info.set(null);
  }
}

/** How often watchInfo asks, ms. */
const interval = 3000;

/**
 * For a screen that follows a loss of the server: unknown at once, and asked
 * again until the returned function is called. A server that is stopping may
 * still answer one request, so its first word comes after a pause.
 */
export function watchInfo(app: Pick<AppContext, 'server' | 'info'>): () => void {
  app.info.set(null);
  const timer = setInterval(() => void refreshInfo(app), interval);
  return () => clearInterval(timer);
}
