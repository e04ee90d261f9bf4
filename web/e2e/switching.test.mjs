// What a switch of encryption leaves as it is: nobody's video begins anew.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { startServer } from './lib/server.mjs';
import { openBrowser } from './lib/browsers.mjs';
import { Person } from './lib/people.mjs';
import { sdkJoins } from './lib/sdk.mjs';

let server, chromium, firefox, ada, ben, robot;

/** In the page: counts how often a video is given a stream, or loses it. */
function countStreams() {
  const { prototype } = HTMLMediaElement;
  const { get, set } = Object.getOwnPropertyDescriptor(prototype, 'srcObject');
  window.__streams = 0;
  Object.defineProperty(prototype, 'srcObject', {
    configurable: true,
    get,
    set(value) {
      if (this instanceof HTMLVideoElement) window.__streams++;
      set.call(this, value);
    },
  });
}

before(async () => {
  server = await startServer();
  [chromium, firefox] = await Promise.all([openBrowser('chromium', server.ca), openBrowser('firefox', server.ca)]);
  ada = await Person.open(chromium, server, 'Ada');
  ben = await Person.open(firefox, server, 'Ben');
  for (const { page } of [ada, ben]) await page.addInitScript(countStreams);
  await ada.claim();
  const link = await ada.startMeeting();
  await ben.join(link);
  robot = sdkJoins(server, link, 'Robot');
  for (const person of [ada, ben]) await person.page.locator('video[aria-label="Video of Robot"]').waitFor();
  await ada.sees(ben, 'camera');
  await ben.sees(ada, 'camera');
});

after(async () => {
  await robot?.leave();
  await Promise.all([chromium?.close(), firefox?.close()]);
  await server?.stop();
});

test('videos keep their streams while encryption is turned on and off, and while people speak', async (t) => {
  const streams = () => Promise.all([ada, ben].map(({ page }) => page.evaluate(() => window.__streams)));
  const before = await streams();
  for (const n of before) assert.ok(n >= 3, `the counter sees ${n} streams of three videos`);
  for (const on of [true, false, true]) {
    await ada.more(on ? 'Turn on end-to-end encryption' : 'Turn off end-to-end encryption');
    await ada.page.getByRole('dialog').getByRole('button', { name: on ? 'Turn on' : 'Turn off', exact: true }).click();
    for (const person of [ada, ben]) await person.shield(on ? 'End-to-end encrypted' : 'Encrypted', { timeout: 30_000 });
    // Long enough that those who are heard are shown as speaking.
    for (const { page } of [ada, ben]) if (on) await page.locator('.tile.speaking').first().waitFor();
  }
  assert.deepEqual(await streams(), before, 'videos were given their streams again');
  await ada.sees(ben, 'camera');
  t.diagnostic(`streams given to videos in Chromium and Firefox: ${before}, none since`);
});
