import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { build, type Manifest } from 'vite';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { addIntegrity, digest } from './integrity';

const out = mkdtempSync(join(tmpdir(), 'roundel-web-'));
const budget = 165 * 1024; // bytes of gzip before the pre-join screen shows
const programBudget = { gz: 1.6e6, br: 1.3e6 }; // bytes; it loads while the pre-join screen shows
let html = '';
let manifest: Manifest = {};

beforeAll(async () => {
  writeFileSync(join(out, 'placeholder.html'), 'kept');
  writeFileSync(join(out, 'stale.js'), 'old');
  vi.stubEnv('NODE_ENV', 'production'); // as the product is built: without it Svelte's checks for developers come along
  await build({ root: join(import.meta.dirname, '..'), logLevel: 'error', build: { outDir: out, manifest: true } });
  html = readFileSync(join(out, 'index.html'), 'utf8');
  manifest = JSON.parse(readFileSync(join(out, '.vite/manifest.json'), 'utf8')) as Manifest;
}, 400_000); // compressing the program takes its time

afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(out, { recursive: true });
});

test('the output folder is emptied but for the placeholder', () => {
  expect(readdirSync(out)).toContain('placeholder.html');
  expect(readdirSync(out)).not.toContain('stale.js');
});

test('scripts, styles and preloads carry the digest of what they load', () => {
  const tags = [...html.matchAll(/<(?:script|link)[^>]*(?:src|href)="\/(assets\/[^"]+)"[^>]*>/g)];
  expect(tags.length).toBeGreaterThan(1);
  for (const [tag, path = ''] of tags) {
    expect(tag).toContain(`integrity="${digest(readFileSync(join(out, path)))}"`);
  }
});

test('chunks that load later have their digests in a script of the page', () => {
  const path = /src="\/(assets\/integrity-[^"]+)"/.exec(html)?.[1] ?? '';
  const scope: { roundelIntegrity?: Record<string, string> } = {};
  new Function('globalThis', readFileSync(join(out, path), 'utf8'))(scope);
  const later = Object.values(manifest).filter((chunk) => chunk.isDynamicEntry).flatMap((chunk) => [chunk.file, ...(chunk.css ?? [])]);
  expect(later.length).toBeGreaterThan(3);
  for (const file of later) expect(scope.roundelIntegrity?.[`/${file}`]).toBe(digest(readFileSync(join(out, file))));
});

test('nothing is inline, so that the content security policy needs no exception', () => {
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/);
  expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=/);
});

test('assets have hashed names', () => {
  const names = readdirSync(join(out, 'assets')).filter((name) => !/\.(?:gz|br)$/.test(name));
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name) => !/-[\w-]{8}\.\w+$/.test(name))).toEqual([]);
});

test('compressed files hold the same', () => {
  const whole = readFileSync(join(out, 'index.html'));
  expect(gunzipSync(readFileSync(join(out, 'index.html.gz'))).equals(whole)).toBe(true);
  expect(brotliDecompressSync(readFileSync(join(out, 'index.html.br'))).equals(whole)).toBe(true);
});

test('stories and tests are not in the product', () => {
  const code = readdirSync(join(out, 'assets')).filter((name) => name.endsWith('.js')).map((name) => readFileSync(join(out, 'assets', name), 'utf8')).join('');
  expect(code).not.toContain('Lovelace');
});

test('the first load before the pre-join screen stays within its budget', () => {
  const files = new Set<string>();
  collect('index.html', files);
  collect('src/app/join/JoinFlow.svelte', files);
  collect('src/media/devices.ts', files);
  const total = [...files].reduce((sum, file) => sum + gzipped(file), gzipped('index.html'));
  expect(files.size).toBeGreaterThan(3);
  expect(total).toBeLessThan(budget);
});

test('the program that keeps the keys stays within its budget, and the page knows its digest and the worker’s', () => {
  const names = readdirSync(join(out, 'assets'));
  const path = /src="\/(assets\/integrity-[^"]+)"/.exec(html)?.[1] ?? '';
  const table = readFileSync(join(out, path), 'utf8');
  for (const shape of [/^mls-[\w-]{8}\.wasm$/, /^mls-worker-[\w-]{8}\.js$/]) {
    const name = names.find((one) => shape.test(one)) ?? '';
    expect(table).toContain(`"/assets/${name}":"${digest(readFileSync(join(out, 'assets', name)))}"`);
  }
  const program = names.find((one) => one.endsWith('.wasm')) ?? '';
  expect(readFileSync(join(out, 'assets', `${program}.gz`)).length).toBeLessThan(programBudget.gz);
  expect(readFileSync(join(out, 'assets', `${program}.br`)).length).toBeLessThan(programBudget.br);
});

/** Adds a chunk, what it needs at once, and their styles. */
function collect(key: string, files: Set<string>): void {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`${key} is not in the manifest`);
  if (files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const style of chunk.css ?? []) files.add(style);
  for (const needed of chunk.imports ?? []) collect(needed, files);
}

function gzipped(file: string): number {
  try {
    return readFileSync(join(out, `${file}.gz`)).length;
  } catch {
    return readFileSync(join(out, file)).length;
  }
}

test('a tag for a file that is not in the build fails the build', () => {
  expect(() => addIntegrity('<script src="/gone.js"></script>', () => undefined)).toThrow('gone.js');
  expect(addIntegrity('<link rel="icon" href="/icon.svg" />', () => undefined)).toBe('<link rel="icon" href="/icon.svg" />');
});
