import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { compress } from './vite/compress.ts';
import { integrity } from './vite/integrity.ts';
import { clearOutput } from './vite/output.ts';
import { wasm } from './vite/wasm.ts';

/** The server that `npm run dev` passes API calls and signalling to. */
const backend = process.env['ROUNDEL_BACKEND'] ?? 'https://localhost:8443';

export default defineConfig({
  plugins: [svelte(), wasm(), clearOutput('placeholder.html'), integrity(), compress()],
  build: {
    target: ['chrome123', 'firefox120', 'safari17.5'],
    manifest: false,
    sourcemap: false,
    emptyOutDir: false,
    // Everything stays a file of its own: the CSP allows neither inline scripts nor data: scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 400,
  },
  worker: { format: 'es' },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/signal', '/ca.crt'].map((path) => [
        path,
        { target: backend, secure: false, changeOrigin: true, ws: path === '/signal', rewriteWsOrigin: true },
      ]),
    ),
  },
  test: {
    include: ['src/**/*.test.ts', 'vite/**/*.test.ts', 'stories/**/*.test.ts'],
    environment: 'node',
  },
});
