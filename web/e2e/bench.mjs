// From the click on Join to the first sound and the first picture of somebody
// else, in Chromium, 20 times in new pages. Prints one JSON object; `make bench`
// runs it with ROUNDEL_URL, ROUNDEL_CA and ROUNDEL_TOKEN of a running server.
import { openBrowser } from './lib/browsers.mjs';
import { rest } from './lib/server.mjs';
import { sdkJoins } from './lib/sdk.mjs';
import { install } from './lib/signals.mjs';

const rounds = Number(process.env.ROUNDS ?? 20);
const server = { url: process.env.ROUNDEL_URL, ca: process.env.ROUNDEL_CA };
const meeting = await rest(server, process.env.ROUNDEL_TOKEN, 'POST', '/meetings', { title: 'Bench' });
const robot = sdkJoins(server, meeting.number, 'Robot');
const browser = await openBrowser('chromium', server.ca);

/** In the page: notes when Join was clicked, and when the first sound and picture came. */
function watch() {
  const times = (window.__times = { click: 0, audio: 0, video: 0 });
  addEventListener('click', (e) => {
    if (!times.click && e.target.closest?.('button')?.textContent.trim() === 'Join') times.click = performance.now();
  }, true);
  const picture = new MutationObserver(() => {
    const v = document.querySelector('video[aria-label="Video of Robot"]');
    if (!v) return;
    picture.disconnect();
    v.requestVideoFrameCallback(() => (times.video = performance.now()));
  });
  picture.observe(document, { subtree: true, childList: true });
  const sound = setInterval(async () => {
    for (const pc of window.__e2e?.connections ?? [])
      for (const s of (await pc.getStats()).values())
        if (s.type === 'inbound-rtp' && s.kind === 'audio' && s.totalAudioEnergy > 0 && !times.audio) {
          times.audio = performance.now();
          clearInterval(sound);
        }
  }, 20);
}

async function round() {
  const page = await browser.newPage();
  await page.addInitScript(install, { id: 1, tone: 500 });
  await page.addInitScript(watch);
  await page.goto(server.url + meeting.path);
  await page.getByLabel('Your name').fill('Bench');
  await page.locator('video').first().waitFor();
  await page.waitForTimeout(1000);
  await page.getByRole('button', { name: 'Join', exact: true }).click();
  await page.waitForFunction(() => window.__times.audio && window.__times.video, null, { timeout: 20_000, polling: 50 });
  const t = await page.evaluate(() => window.__times);
  await page.close();
  return { audio: t.audio - t.click, video: t.video - t.click };
}

const got = [];
try {
  await round(); // the browser's first page compiles and caches
  for (let i = 0; i < rounds; i++) got.push(await round());
} finally {
  await browser.close();
  await robot.leave();
}

const quantile = (key, q) => {
  const sorted = got.map((g) => g[key]).sort((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]);
};
const figures = (key) => ({ p50: quantile(key, 0.5), p95: quantile(key, 0.95) });
console.log(JSON.stringify({ rounds, firstAudioMs: figures('audio'), firstVideoMs: figures('video') }));
