// Builds the stories, opens each in Chromium in light and dark at several widths,
// takes screenshots and runs axe. Ends with 1 when axe or the content security
// policy complains, or a page logs an error.
//
//   node stories/look.mjs [--only PART] [--out FOLDER] [--widths 320,1280] [--themes light,dark] [--no-axe]
import { mkdirSync, readFileSync, rmSync, mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pw from 'playwright-core';
import { build } from 'vite';
import { actions } from './actions.mjs';
import { serve } from './serve.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    out: { type: 'string', default: '' },
    widths: { type: 'string', default: '1280,320,2560' },
    themes: { type: 'string', default: 'light,dark' },
    'no-axe': { type: 'boolean', default: false },
  },
});
const heights = { 320: 640, 1280: 800, 2560: 1440, 3840: 2160 };
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const built = mkdtempSync(join(tmpdir(), 'stories-'));
await build({ configFile: fileURLToPath(new URL('vite.config.ts', import.meta.url)), logLevel: 'error', build: { outDir: built } });
const server = await serve(built);
const browser = await pw.chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
if (values.out) mkdirSync(values.out, { recursive: true });

let failures = 0;
const complain = (where, what) => {
  failures++;
  console.log(`${where}: ${what}`);
};

// A page that has shown many stories is large and slow: each shows a few.
const FEW = 12;
const LANES = 2;

try {
  const names = await storyNames();
  const visits = [];
  for (const width of values.widths.split(',').map(Number))
    for (const theme of values.themes.split(','))
      for (let at = 0; at < names.length; at += FEW) visits.push({ width, theme, names: names.slice(at, at + FEW) });
  await Promise.all(Array.from({ length: LANES }, async () => {
    for (let next = visits.shift(); next; next = visits.shift()) await visit(next);
  }));
} finally {
  await browser.close();
  server.close();
  rmSync(built, { recursive: true });
}
console.log(failures === 0 ? 'stories: no complaints' : `stories: ${failures} complaints`);
process.exit(failures === 0 ? 0 : 1);

/** Every story, and the stories that an action makes of one. */
async function storyNames() {
  const page = await browser.newPage();
  await page.goto(server.url);
  const plain = await page.evaluate(() => globalThis.stories);
  await page.close();
  return [...plain, ...Object.keys(actions)].filter((name) => name.includes(values.only));
}

async function visit({ width, theme, names }) {
  const page = await browser.newPage({ viewport: { width, height: heights[width] ?? 900 }, colorScheme: theme, hasTouch: width < 500 });
  for (const name of names) await look(page, name, theme, width);
  await page.close();
}

async function look(page, name, theme, width) {
  const where = `${name} ${theme} ${width}`;
  const onConsole = (line) => line.type() === 'error' && complain(where, line.text());
  const onError = (error) => complain(where, error.message);
  page.on('console', onConsole);
  page.on('pageerror', onError);
  const action = actions[name];
  const fragment = (action?.story ?? name) === 'claim' ? '#0123456789abcdef' : '';
  await page.goto('about:blank');
  await page.goto(`${server.url}?story=${action?.story ?? name}&theme=${theme}${fragment}`);
  await page.locator('main').first().waitFor({ state: 'attached' });
  await page.waitForTimeout(250);
  try {
    await action?.run(page);
    await page.waitForTimeout(action ? 250 : 50);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) complain(where, `scrolls sideways by ${wide} px`);
    if (!values['no-axe']) await runAxe(page, where);
  } catch (error) {
    complain(where, error.message);
  }
  if (values.out) await page.screenshot({ path: join(values.out, `${name}-${theme}-${width}.png`) });
  page.off('console', onConsole);
  page.off('pageerror', onError);
}

async function runAxe(page, where) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const { violations } = await globalThis.axe.run(document, { runOnly: tags });
    return violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target.join(' ')} ${n.any[0]?.message ?? ''}`).join(' | ')}`);
  });
  for (const one of found) complain(where, `axe ${one}`);
}
