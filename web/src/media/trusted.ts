import fileURL from '../e2ee/file-worker.ts?worker&url';
import mlsURL from '../e2ee/mls-worker.ts?worker&url';
import mediaWorkerURL from './media-worker.ts?worker&url';

/** Trusted Types (W3C) as far as they are used; not in TypeScript's DOM library yet. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): unknown };
}

/** The one name that the server's Content-Security-Policy allows for our own policy. */
export const POLICY = 'roundel';

/** Where the mls worker's script is. */
export const mlsWorkerURL = mlsURL;
/** Where the file worker's script is. */
export const fileWorkerURL = fileURL;

/** Returns the URL when it is the one of a worker that the build emitted on this origin; throws for any other. */
export function allowWorker(url: string, allowed: readonly string[], base: string): string {
  const target = new URL(url, base);
  const known = allowed.some((candidate) => new URL(candidate, base).href === target.href);
  if (!known || target.origin !== new URL(base).origin) throw new TypeError('This is not a worker of this page.');
  return target.href;
}

/** Starts the media worker, through the policy where the browser enforces Trusted Types. */
export function startMediaWorker(): Worker {
  return start(mediaWorkerURL, 'media');
}

/** Starts the mls worker, likewise. */
export function startMLSWorker(): Worker {
  return start(mlsURL, 'mls');
}

/** Starts the file worker, likewise. */
export function startFileWorker(): Worker {
  return start(fileURL, 'files');
}

function start(url: string, name: string): Worker {
  const createScriptURL = (asked: string) => allowWorker(asked, [mediaWorkerURL, mlsURL, fileURL], location.href);
  const factory = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  policy ??= factory ? factory.createPolicy(POLICY, { createScriptURL }) : { createScriptURL };
  // A TrustedScriptURL is accepted where the type says string.
  return new Worker(policy.createScriptURL(url) as string, { type: 'module', name });
}

/** Made once: a second policy of the same name is refused. */
let policy: { createScriptURL(url: string): unknown } | undefined;
