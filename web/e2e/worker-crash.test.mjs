// A worker ends in the middle of an encrypted meeting: nothing leaves any more,
// the screen says so, and a reload brings the person back.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { startServer } from './lib/server.mjs';
import { openBrowser } from './lib/browsers.mjs';
import { Person } from './lib/people.mjs';

let server, chromium, firefox, ada, link;

before(async () => {
  server = await startServer();
  [chromium, firefox] = await Promise.all([openBrowser('chromium', server.ca), openBrowser('firefox', server.ca)]);
  ada = await Person.open(chromium, server, 'Ada');
  await ada.claim();
  await ada.page.getByRole('switch', { name: /Start end-to-end encrypted/ }).click();
  link = await ada.startMeeting();
});

after(async () => {
  await Promise.all([chromium?.close(), firefox?.close()]);
  await server?.stop();
});

/** In the page: keeps its workers by name, so that the test can end one. */
function keepWorkers() {
  window.__workers = {};
  const Native = window.Worker;
  window.Worker = class extends Native {
    constructor(url, options) {
      super(url, options);
      window.__workers[options?.name] = this;
    }
  };
}

const pause = (ms) => new Promise((ok) => setTimeout(ok, ms));

// Another name each time: a known name with a new device would be an exception of its own.
for (const [worker, name] of [['mls', 'Ben'], ['media', 'Cleo']]) {
  test(`the ${worker} worker ends`, async () => {
    const ben = await Person.open(firefox, server, name);
    await ben.page.addInitScript(keepWorkers);
    await ben.join(link);
    const both = [ada, ben];
    await Promise.all(both.map((person) => person.shield('End-to-end encrypted')));
    await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);

    await ben.page.evaluate((worker) => window.__workers[worker].terminate(), worker);
    await ben.shield('Cannot confirm', { timeout: 40_000 });
    await ada.hearsNot(ben);
    const before = await ben.sent();
    await pause(1500);
    assert.deepEqual(await ben.sent(), before, 'media leave without the worker');

    await ben.page.reload();
    await ben.enter();
    await Promise.all(both.map((person) => person.shield('End-to-end encrypted')));
    await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
    await ben.close();
  });
}
