// A camera whose sizes are layers inside one stream (WebRTC-SVC), as another client
// may send it: each viewer gets the size that its place on the screen has a use for,
// chosen by the descriptor beside the payload, sealed and in the clear.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { startServer } from './lib/server.mjs';
import { openBrowser } from './lib/browsers.mjs';
import { follow } from './lib/layers.mjs';
import { Person, until } from './lib/people.mjs';
import { clear, meet, sealed, verdicts } from './lib/mls.mjs';

let server, chromium, firefox;

before(async () => {
  server = await startServer();
  [chromium, firefox] = await Promise.all([openBrowser('chromium', server.ca), openBrowser('firefox', server.ca)]);
});

after(async () => {
  await Promise.all([chromium?.close(), firefox?.close()]);
  await server?.stop();
});

// Slow enough for a software encoder of three sizes; the viewers' own pictures cost next to nothing.
const camera = { width: 960, height: 540, fps: 8 };
const others = { width: 160, height: 90, fps: 2 };
// A tile of one of two others: the size that fits, and the bounds of what an encoder short of time makes of it.
const large = { screen: { width: 2400, height: 1400 }, above: 480, most: 960 };
const medium = { screen: { width: 1100, height: 700 }, above: 240, most: 480 };
const small = { screen: { width: 280, height: 560 }, above: 0, most: 240 };
const patience = { timeout: 60_000 };
/** So many pictures, four seconds of them, may be missing in a row on a busy machine. */
const BREAK = 32;

/** In the page: streams of the camera that are sent now, and the layers of the encoder. */
async function streams() {
  const found = [];
  for (const connection of window.__e2e.connections)
    for (const report of (await connection.getStats()).values())
      if (report.type === 'outbound-rtp' && report.kind === 'video' && report.framesEncoded > 0) found.push(report.scalabilityMode);
  return found;
}

for (const [name, codec, layers, rules, second] of [
  ['sealed', 'VP9', 'L3T3_KEY', sealed(1), 'Firefox'],
  ['in the clear', 'VP9', 'L3T3', clear, 'Firefox'],
  ['sealed', 'AV1', 'L3T1_KEY', sealed(1), 'Chromium'],
]) {
  test(`${codec} in layers of one stream (${layers}), ${name}: viewers in Chromium and ${second} get the size that they show`, async () => {
    const [ada, ...viewers] = await meet(server, [chromium, chromium, second === 'Firefox' ? firefox : chromium], rules, { codec, ...others, first: { ...camera, layers } });
    await Promise.all(viewers.map((viewer) => viewer.sees(ada, 'camera', patience)));
    assert.deepEqual(await ada.page.evaluate(streams), [layers]);
    // Before everybody had the key some frames were dropped.
    const before = await Promise.all(viewers.map((viewer) => verdicts(viewer, 'receive', 'video')));
    await Promise.all(viewers.map((viewer) => follow(viewer, ada)));
    for (const sizes of [[large, small], [small, medium], [medium, large], [small, small], [large, large]]) {
      await Promise.all(
        viewers.map(async (viewer, i) => {
          const { screen, above, most } = sizes[i];
          await viewer.page.setViewportSize(screen);
          await until(`${viewer.name} gets ${above} to ${most}`, async () => {
            const { width } = (await viewer.look(ada)) ?? {};
            return (width > above && width <= most) || assert.fail(`${width} pixels wide`);
          }, patience);
        }),
      );
    }
    for (const [i, viewer] of viewers.entries()) {
      const { jumps } = await until(`${viewer.name} saw many pictures`, async () => {
        const seen = await viewer.page.evaluate(() => window.__followed);
        return (seen.pictures > 60 && seen) || assert.fail(`${seen.pictures} pictures`);
      }, patience);
      assert.deepEqual(jumps.filter((jump) => jump < 0 || jump > BREAK), [], `Ada's picture went on for ${viewer.name}`);
      const came = await verdicts(viewer, 'receive', 'video');
      const opened = rules === clear ? came.clear - before[i].clear : came.sealed - before[i].sealed;
      assert.deepEqual([opened > 60, came.dropped], [true, before[i].dropped], `${viewer.name} receives: ${JSON.stringify([before[i], came])}`);
    }
    await Promise.all([ada, ...viewers].map((person) => person.close()));
  });
}

// What shows one person after another is one stream to the browser, also when the
// frames of one come with descriptors (Chromium's) and those of the next without.
test('one place shows cameras of Chromium and Firefox in turn', async () => {
  const ben = await Person.open(chromium, server, 'Ben');
  await ben.claim();
  await ben.page.getByRole('switch', { name: /Start end-to-end encrypted/ }).click();
  const link = await ben.startMeeting();
  for (const [i, browser] of [chromium, firefox, chromium, firefox, chromium].entries()) {
    const other = await Person.open(browser, server, `Guest ${i}`);
    await other.join(link);
    await ben.sees(other, 'camera', patience);
    await other.close();
    await ben.seesNot(other);
  }
  const lines = await ben.page.evaluate(async () => {
    const found = [];
    for (const pc of window.__e2e.connections) for (const s of (await pc.getStats()).values()) if (s.type === 'inbound-rtp' && s.kind === 'video' && s.framesDecoded > 0) found.push(s.mid);
    return found;
  });
  assert.equal(lines.length, 1, `it was one stream: ${lines}`);
  await ben.close();
});
