// A network that becomes narrow and wide again: pictures follow, sound goes on.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { startFarServer } from './lib/network.mjs';
import { openBrowser } from './lib/browsers.mjs';
import { follow, received } from './lib/layers.mjs';
import { until } from './lib/people.mjs';
import { meet, sealed, together, verdicts } from './lib/mls.mjs';

let server, chromium, firefox;

before(async () => {
  server = await startFarServer();
  [chromium, firefox] = await Promise.all([openBrowser('chromium', server.ca), openBrowser('firefox', server.ca)]);
});

after(async () => {
  await Promise.all([chromium?.close(), firefox?.close()]);
  await server?.stop();
});

const camera = { width: 960, height: 540, fps: 10, page: { viewport: { width: 1280, height: 800 } } };
const wide = { delay: 20 };
const narrow = { delay: 20, rate: 250_000 };
const patience = { timeout: 60_000 };

test('a network that becomes narrow and wide again, sealed: pictures follow, sound goes on', async () => {
  server.network({ up: wide, down: wide });
  const both = await meet(server, [chromium, firefox], sealed(1), camera);
  const [ada, ben] = both;
  await together(ada, ben);
  await Promise.all([follow(ada, ben), follow(ben, ada)]);
  const width = (name, right) => Promise.all(both.map((person) => until(`${person.name} gets ${name}`, async () => {
    const width = await received(person);
    return right(width) || assert.fail(`${width} pixels wide`);
  }, patience)));
  await width('the large picture', (w) => w > 480);
  let since = Date.now();
  server.network({ up: wide, down: narrow });
  await width('a smaller picture', (w) => w <= 480);
  console.log(`smaller after ${Date.now() - since} ms`);
  await Promise.all([ada.hears(ben), ben.hears(ada)]);
  since = Date.now();
  server.network({ up: wide, down: wide });
  await width('the large picture again', (w) => w > 480);
  console.log(`larger after ${Date.now() - since} ms`);
  for (const person of both) {
    const { pictures, jumps } = await person.page.evaluate(() => window.__followed);
    assert.ok(pictures > 30, `${person.name} saw ${pictures} pictures`);
    assert.deepEqual(jumps.filter((jump) => jump < 0), [], `the other's picture never went back for ${person.name}`);
    const { clear, dropped } = await verdicts(person, 'receive', 'video');
    const { order = 0, ...others } = dropped; // see simulcast.test.mjs
    assert.deepEqual([clear, others], [0, {}], `${person.name} receives`);
    assert.ok(order <= 4, `${order} frames out of order for ${person.name}`);
  }
  await Promise.all(both.map((person) => person.close()));
});
