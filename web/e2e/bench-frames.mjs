// What sealing and opening a frame costs in the browser's media worker, what a
// forged one costs, and how long a frame takes there with nine streams. The
// argument is Chromium or Firefox; prints one JSON object for `make bench`.
import { createServer } from 'node:http';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pw from 'playwright-core';
import { build } from 'vite';

const work = { rounds: Number(process.env.ROUNDS ?? 6), seconds: 5, many: 9 };
const folder = mkdtempSync(join(tmpdir(), 'roundel-frames-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

await build({
  configFile: false,
  logLevel: 'error',
  build: { outDir: folder, lib: { entry: join(import.meta.dirname, 'lib/frames-worker.js'), formats: ['es'], fileName: 'worker' }, target: ['chrome123', 'firefox120'] },
});
const script = readFileSync(join(folder, readdirSync(folder).find((name) => name.startsWith('worker'))));

// A page of its own that is isolated, so that clocks are fine.
const server = createServer((request, reply) => {
  const isWorker = request.url === '/worker.js';
  reply.writeHead(200, {
    'content-type': isWorker ? 'text/javascript' : 'text/html',
    'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp',
  });
  reply.end(isWorker ? script : '<!doctype html><title>Frames</title>');
});
await new Promise((ok) => server.listen(0, '127.0.0.1', ok));
const url = `http://127.0.0.1:${server.address().port}/`;
const launched = { timeout: 600_000, headless: true };

async function chromium() {
  const browser = await pw.chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'], ...launched });
  return { page: await browser.newPage(), close: () => browser.close() };
}

async function firefox() {
  const profile = mkdtempSync(join(tmpdir(), 'roundel-frames-firefox-'));
  const context = await pw.firefox.launchPersistentContext(profile, {
    channel: 'moz-firefox', executablePath: '/usr/bin/firefox-esr', firefoxUserPrefs: { 'privacy.reduceTimerPrecision': false },
    env: { ...process.env, HOME: profile }, ...launched,
  });
  return {
    page: await context.newPage(),
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

async function measure({ page, close }) {
  try {
    await page.goto(url);
    return await page.evaluate(
      (work) =>
        new Promise((ok, fail) => {
          const worker = new Worker('/worker.js', { type: 'module' });
          worker.onmessage = ({ data }) => (data.error ? fail(new Error(data.error)) : ok(data.result));
          worker.onerror = (e) => fail(new Error(e.message));
          worker.postMessage(work);
        }),
      work,
    );
  } finally {
    await close();
  }
}

try {
  console.log(JSON.stringify(await measure(await { Chromium: chromium, Firefox: firefox }[process.argv[2]]())));
} finally {
  server.close();
}
