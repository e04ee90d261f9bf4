// A camera in layers through the real server, sealed: each viewer gets the size
// that its place on the screen has a use for, and what nobody watches is not sent.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { startServer } from './lib/server.mjs';
import { openBrowser } from './lib/browsers.mjs';
import { follow, layersSent, received, sent } from './lib/layers.mjs';
import { until } from './lib/people.mjs';
import { clear, meet, sealed, together, verdicts } from './lib/mls.mjs';

let server, chromium, firefox;

before(async () => {
  server = await startServer();
  [chromium, firefox] = await Promise.all([openBrowser('chromium', server.ca), openBrowser('firefox', server.ca)]);
});

after(async () => {
  await Promise.all([chromium?.close(), firefox?.close()]);
  await server?.stop();
});

// Slow and small enough for two software encoders of several layers on one small machine.
const camera = { width: 960, height: 540, fps: 8 };
// An encoder that is short of time or bandwidth makes a layer's picture smaller, but not as small as the next layer's.
const large = { screen: { width: 1280, height: 800 }, rid: 'f', above: 480, most: 960 };
const medium = { screen: { width: 320, height: 600 }, rid: 'h', above: 240, most: 480 };
const small = { screen: { width: 280, height: 560 }, rid: 'q', above: 0, most: 240 };
const patience = { timeout: 60_000 };
// The layers of one picture leave Chromium by threads of their own, so the one that a
// viewer goes over to can come behind another that was counted after it. It is dropped
// and asked for again: at most once for each change.
/** So many pictures of the other, three seconds of them, may be missing in a row on a busy machine. */
const BREAK = 24;

/** Gives both this screen, and waits until each gets the layer that fits it. */
async function show(both, ways, { screen, rid, above, most }) {
  await Promise.all(both.map(({ page }) => page.setViewportSize(screen)));
  await Promise.all(
    ways.map(([viewer]) =>
      until(`${viewer.name} gets ${rid}`, async () => {
        const width = await received(viewer);
        return (width > above && width <= most) || assert.fail(`${width} pixels wide`);
      }, patience),
    ),
  );
}

/** The other's picture went on all the time. */
async function unbroken(person) {
  const { pictures, jumps } = await person.page.evaluate(() => window.__followed);
  assert.ok(pictures > 30, `${person.name} saw ${pictures} pictures`);
  assert.deepEqual(jumps.filter((jump) => jump < 0 || jump > BREAK), [], `the other's picture went on for ${person.name}`);
}

test('a camera in layers between Chromium and Firefox, sealed: each gets the size that it shows', async () => {
  const both = await meet(server, [chromium, firefox], sealed(1), camera);
  const [ada, ben] = both;
  await together(ada, ben);
  const ways = [[ada, ben], [ben, ada]];
  await Promise.all(ways.map(([viewer, sender]) => follow(viewer, sender)));
  const steps = [[large], [medium], [small, true], [large], [small], [large, true]];
  for (const [size, rests] of steps) {
    await show(both, ways, size);
    if (!rests) continue;
    await Promise.all(
      ways.map(([, sender]) =>
        until(`${sender.name} sends ${size.rid} and nothing else`, async () => {
          const rids = await sent(sender);
          return rids === size.rid || assert.fail(rids);
        }, patience),
      ),
    );
  }
  for (const person of both) {
    await unbroken(person);
    const layers = await person.page.evaluate(layersSent);
    const out = await verdicts(person, 'send', 'video');
    const came = await verdicts(person, 'receive', 'video');
    // A few may be under way.
    assert.deepEqual([out.clear, out.frames - out.held - out.sealed < 5], [0, true], `${person.name} sends: ${JSON.stringify(out)}`);
    const { order = 0, ...others } = came.dropped;
    assert.deepEqual([came.clear, others], [0, {}], `${person.name} receives`);
    assert.ok(order <= steps.length, `${order} frames out of order for ${person.name}`);
    assert.deepEqual([Object.keys(layers), out.sealed + out.held >= Object.values(layers).reduce((a, b) => a + b)], [['f', 'h', 'q'], true], `${person.name} sent ${JSON.stringify(layers)}`);
  }
  await Promise.all(both.map((person) => person.close()));
});

for (const [how, rules] of [['sealed', sealed(1)], ['in the clear', clear]])
  test(`twenty changes of size between Chromium and Firefox, ${how}: the picture goes on`, async () => {
    const both = await meet(server, [chromium, firefox], rules, camera);
    const [ada, ben] = both;
    await together(ada, ben);
    const ways = [[ada, ben], [ben, ada]];
    await Promise.all(ways.map(([viewer, sender]) => follow(viewer, sender)));
    for (let change = 0; change < 20; change++) await show(both, ways, [large, small, medium, small, large, medium][change % 6]);
    for (const person of both) {
      await unbroken(person);
      const { clear, sealed, dropped } = await verdicts(person, 'receive', 'video');
      const { order = 0, ...others } = dropped;
      assert.deepEqual([how === 'sealed' ? clear : sealed, others], [0, {}], `${person.name} receives`);
      assert.ok(order <= 20, `${order} frames out of order for ${person.name}`);
    }
    await Promise.all(both.map((person) => person.close()));
  });
