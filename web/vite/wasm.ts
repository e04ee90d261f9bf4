import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Plugin } from 'vite';

/** Where the machine for the browser is built, with Go's script that runs it. src/e2ee imports both from here. */
export const wasmFolder = resolve(import.meta.dirname, '../node_modules/.roundel');

/**
 * Compiles e2ee/wasm, so that every build of the client has the keys' code that
 * belongs to it. Go's own cache makes this quick when nothing changed.
 */
export function buildWasm(): void {
  const root = resolve(import.meta.dirname, '../..');
  const env = { ...process.env, GOOS: 'js', GOARCH: 'wasm', CGO_ENABLED: '0', GOFLAGS: '' };
  mkdirSync(wasmFolder, { recursive: true });
  const args = ['build', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w', '-o', join(wasmFolder, 'mls.wasm'), './e2ee/wasm'];
  execFileSync('go', args, { cwd: root, env, stdio: 'inherit' });
  const goroot = execFileSync('go', ['env', 'GOROOT'], { cwd: root, encoding: 'utf8' }).trim();
  copyFileSync(join(goroot, 'lib/wasm/wasm_exec.js'), join(wasmFolder, 'wasm_exec.js'));
}

/** Vite plugin: see buildWasm. Unit tests do without it. */
export function wasm(): Plugin {
  let build = false;
  return {
    name: 'roundel-wasm',
    configResolved({ command }) {
      build = command === 'build';
    },
    configureServer() {
      if (!process.env['VITEST']) buildWasm();
    },
    buildStart() {
      if (build) buildWasm();
    },
  };
}
