// End-to-end encrypted media that must not leave or not play: without rules, with
// a wrong key, before the key is there.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { startServer } from './lib/server.mjs';
import { openBrowser } from './lib/browsers.mjs';
import { until } from './lib/people.mjs';
import { decoded, meet, rule, sealed, together, verdicts } from './lib/mls.mjs';

let server, chromium, firefox;

before(async () => {
  server = await startServer();
  [chromium, firefox] = await Promise.all([openBrowser('chromium', server.ca), openBrowser('firefox', server.ca)]);
});

after(async () => {
  await Promise.all([chromium?.close(), firefox?.close()]);
  await server?.stop();
});

const pause = (ms) => new Promise((ok) => setTimeout(ok, ms));

test('a wrong key shows and plays nothing', async () => {
  const [ada, ben] = await meet(server, [chromium, firefox], sealed(1));
  await together(ada, ben);
  await rule(ada, ...sealed(2));
  await ben.page.evaluate(() => {
    const { port } = window.__mls;
    port.postMessage({ type: 'epoch', epoch: 2, base: new Uint8Array(32).fill(99).buffer, self: 1, leaves: window.__mls.leaves, removes: false });
    port.postMessage({ type: 'send', mode: 'seal', epoch: 2 });
  });
  for (const [one, other] of [[ada, ben], [ben, ada]]) {
    await until(`${one.name} refuses frames`, async () => ((await verdicts(one, 'receive', 'video')).dropped.forged ?? 0) > 20);
    await one.hearsNot(other);
    await standsStill(one);
  }
  await Promise.all([ada.close(), ben.close()]);
});

test('frames whose key is not there are dropped, and play soon after it comes', async () => {
  const [ada, ben] = await meet(server, [chromium, firefox], sealed(1));
  const both = [ada, ben];
  await together(ada, ben);
  for (const [one, other, epoch] of [[ada, ben, 2], [ben, ada, 3]]) {
    await rule(one, ...sealed(epoch));
    await until(`${other.name} drops frames`, async () => ((await verdicts(other, 'receive', 'video')).dropped.expired ?? 0) > 5);
    await other.hearsNot(one);
    await standsStill(other);
    await rule(other, { type: 'epoch', epoch });
    await moves(other);
    await other.hears(one);
    await rule(other, { type: 'send', mode: 'seal', epoch });
  }
  await Promise.all(both.map((person) => person.close()));
});

test('nothing leaves before the rules are there', async () => {
  const [ada, ben] = await meet(server, [chromium, firefox], []);
  await pause(2000);
  for (const person of [ada, ben]) {
    for (const media of ['audio', 'video']) {
      const out = await until(`${person.name}'s ${media} is held`, async () => {
        const out = await verdicts(person, 'send', media);
        return out.held > 0 && out;
      });
      assert.deepEqual([out.sealed, out.clear], [0, 0], `${person.name} ${media}`);
    }
    assert.deepEqual(await person.sent(), { audio: 0, video: 0 });
  }
  await Promise.all([ada, ben].map((person) => rule(person, ...sealed(1))));
  await together(ada, ben);
  await Promise.all([ada.close(), ben.close()]);
});

async function standsStill(person) {
  await pause(500);
  const { frames } = await decoded(person);
  await pause(1000);
  assert.equal((await decoded(person)).frames, frames, `${person.name} decodes pictures`);
}

async function moves(person) {
  const { frames } = await decoded(person);
  await until(`${person.name}'s picture moves again`, async () => (await decoded(person)).frames > frames + 3, { every: 50 });
}
