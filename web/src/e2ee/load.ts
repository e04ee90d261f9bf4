import wasmURL from '../../node_modules/.roundel/mls.wasm?url';
import { fileWorkerURL, mlsWorkerURL, startFileWorker, startMLSWorker } from '../media/trusted';

/** The digests that the build wrote into the page (vite/integrity.ts); none while developing. */
const digests = (globalThis as { roundelIntegrity?: Record<string, string> }).roundelIntegrity;

let program: Promise<WebAssembly.Module> | undefined;

/** Compiles the program once for all workers of this page; the first call begins to load it. */
export function loadProgram(): Promise<WebAssembly.Module> {
  program ??= compile().catch((error: unknown) => {
    program = undefined; // the next call tries again
    throw error;
  });
  return program;
}

/**
 * Starts an mls worker. Workers have no integrity attribute: what is fetched and
 * checked here is what the browser then has stored.
 */
export async function startWorker(): Promise<Worker> {
  await fetched(mlsWorkerURL);
  return startMLSWorker();
}

/** Starts a file worker, checked likewise. */
export async function startFiles(): Promise<Worker> {
  await fetched(fileWorkerURL);
  return startFileWorker();
}

async function compile(): Promise<WebAssembly.Module> {
  return WebAssembly.compileStreaming(await fetched(wasmURL));
}

/** Fetches a file of the build; the browser refuses one that is not what the build made. */
async function fetched(path: string): Promise<Response> {
  const integrity = digests?.[path];
  if (digests && !integrity) throw new TypeError('This file is not in the build.');
  const reply = await fetch(path, integrity ? { integrity } : {});
  if (!reply.ok) throw new TypeError('This file cannot be loaded.');
  return reply;
}
