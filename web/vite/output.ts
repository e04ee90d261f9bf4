import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Plugin } from 'vite';

/**
 * Empties the output folder before a build but keeps the named file, which is
 * committed: the Go server embeds the folder even when the client is not built.
 */
export function clearOutput(keep: string): Plugin {
  let folder = '';
  return {
    name: 'roundel-clear-output',
    apply: 'build',
    configResolved(config) {
      folder = resolve(config.root, config.build.outDir);
    },
    async buildStart() {
      const names = await readdir(folder).catch(() => []);
      await Promise.all(
        names.filter((n) => n !== keep).map((n) => rm(join(folder, n), { recursive: true })),
      );
    },
  };
}
