/** Made by the build (vite/wasm.ts); type checks do without it. */
declare module '*/wasm_exec.js';
