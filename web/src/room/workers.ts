import type { FileWorkerLike } from '../e2ee/file-carrier';
import { Keeper, type MLSWorkerLike } from '../e2ee/keeper';
import { startMediaWorker } from '../media/trusted';
import { Transforms } from '../media/transforms';

/** Starts the worker that keeps the group's keys; its code loads with the first meeting that has a group. */
export function startKeeper(): Keeper {
  const code = import('../e2ee/load');
  return new Keeper(
    code.then((load) => load.startWorker()) as Promise<MLSWorkerLike>,
    code.then((load) => load.loadProgram()),
  );
}

/** Starts the worker that carries files; its code loads with the first of them. */
export async function startFileWorker(): Promise<FileWorkerLike> {
  const load = await import('../e2ee/load');
  return (await load.startFiles()) as FileWorkerLike;
}

/** Starts a media worker; one with a port to the group lets nothing pass before the group's word. */
export function startTransforms(group: MessagePort | null): Transforms {
  return new Transforms(startMediaWorker(), group);
}
