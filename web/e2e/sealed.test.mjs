// End-to-end encrypted media through the real server between real browsers: every
// codec both ways, and switching on and off.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { startServer } from './lib/server.mjs';
import { openBrowser } from './lib/browsers.mjs';
import { until } from './lib/people.mjs';
import { clear, decoded, meet, rule, sealed, together, verdicts } from './lib/mls.mjs';

let server, chromium, firefox;

before(async () => {
  server = await startServer();
  [chromium, firefox] = await Promise.all([openBrowser('chromium', server.ca), openBrowser('firefox', server.ca)]);
});

after(async () => {
  await Promise.all([chromium?.close(), firefox?.close()]);
  await server?.stop();
});

const browsersOf = (pair) => pair.map((name) => ({ Chromium: chromium, Firefox: firefox })[name]);
const pause = (ms) => new Promise((ok) => setTimeout(ok, ms));

for (const [codec, pair] of [
  ['VP8', ['Chromium', 'Firefox']],
  ['VP9', ['Chromium', 'Firefox']],
  ['AV1', ['Chromium', 'Firefox']],
  ['H264', ['Chromium', 'Chromium']],
]) {
  test(`${codec} sealed both ways between ${pair.join(' and ')}`, async () => {
    const [ada, ben] = await meet(server, browsersOf(pair), sealed(1), { codec });
    await together(ada, ben);
    for (const person of [ada, ben]) {
      assert.deepEqual((await decoded(person)).codecs, [codec]);
      for (const media of ['audio', 'video'])
        for (const side of ['send', 'receive']) {
          const sum = await until(`${person.name}'s ${media} is sealed (${side})`, async () => {
            const sum = await verdicts(person, side, media);
            return sum.sealed > 50 && sum;
          });
          // Firefox hands over an empty frame of sound now and then: it is dropped, as nothing clear may pass.
          const { clear: empty = 0, ...others } = sum.dropped;
          assert.deepEqual([sum.clear, others, side === 'receive' && media === 'audio' ? empty <= 5 : empty === 0], [0, {}, true], `${person.name} ${side} ${media}`);
        }
    }
    await Promise.all([ada.close(), ben.close()]);
  });
}

// The encoder's layers in one stream: every frame of every layer is sealed by itself.
for (const [codec, layers] of [['VP8', 'L1T3'], ['VP9', 'L2T3_KEY'], ['AV1', 'L1T3']]) {
  test(`${codec} in layers (${layers}) sealed from Chromium to Firefox`, async () => {
    const [ada, ben] = await meet(server, browsersOf(['Chromium', 'Firefox']), sealed(1), { codec, layers });
    await together(ada, ben);
    assert.equal(await ada.page.evaluate(scalability), layers);
    assert.deepEqual((await decoded(ben)).codecs, [codec]);
    for (const [person, side] of [[ada, 'send'], [ben, 'receive']]) {
      const sum = await until(`${person.name}'s video is sealed`, async () => {
        const sum = await verdicts(person, side, 'video');
        return sum.sealed > 100 && sum;
      });
      assert.deepEqual([sum.clear, sum.dropped], [0, {}], `${person.name} ${side}`);
    }
    await Promise.all([ada.close(), ben.close()]);
  });
}

/** In the page: the layers that the camera's encoder makes. */
async function scalability() {
  for (const connection of window.__e2e.connections)
    for (const report of (await connection.getStats()).values())
      if (report.type === 'outbound-rtp' && report.kind === 'video' && report.framesEncoded > 0) return report.scalabilityMode;
  return null;
}

test('switching on and off loses no frame', async () => {
  const [ada, ben] = await meet(server, browsersOf(['Chromium', 'Firefox']), clear);
  const both = [ada, ben];
  await together(ada, ben);
  const before = await Promise.all(both.map(decoded));
  // Before the rules were there some was held and dropped.
  const [held, dropped] = [[], []];
  for (const person of both) {
    held.push({ audio: (await verdicts(person, 'send', 'audio')).held, video: (await verdicts(person, 'send', 'video')).held });
    dropped.push({ audio: (await verdicts(person, 'receive', 'audio')).dropped, video: (await verdicts(person, 'receive', 'video')).dropped });
  }
  for (let epoch = 1; epoch <= 6; epoch++) {
    const on = epoch % 2 === 1;
    // One learns of it after the other, as commits arrive.
    const order = epoch % 4 < 2 ? both : both.toReversed();
    for (const person of order) {
      await rule(person, { type: 'epoch', epoch }, ...(on ? [{ type: 'send', mode: 'seal', epoch }] : []), { type: 'receive', mode: on ? 'grace' : 'clear' });
      await pause(100);
    }
    // Clear frames that come before the word that they may are dropped: senders give it a moment.
    if (!on) for (const person of order) await rule(person, { type: 'send', mode: 'clear', epoch });
    await pause(700);
    if (on) for (const person of both) await rule(person, { type: 'receive', mode: 'sealed' });
    await pause(500);
  }
  for (const [i, person] of both.entries()) {
    for (const media of ['audio', 'video']) {
      const out = await verdicts(person, 'send', media);
      assert.deepEqual([out.sealed > 10, out.clear > 10, out.held], [true, true, held[i][media]], `${person.name} sends ${media}: ${JSON.stringify(out)}`);
      const back = await verdicts(person, 'receive', media);
      assert.deepEqual([back.sealed > 10, back.clear > 10], [true, true], `${person.name} receives ${media}: ${JSON.stringify(back)}`);
      assert.deepEqual(back.dropped, dropped[i][media], `${person.name} receives ${media}: ${JSON.stringify(back)}`);
    }
    const now = await decoded(person);
    assert.ok(now.frames - before[i].frames > 100, `${person.name} decoded ${now.frames - before[i].frames} frames`);
    assert.equal(now.pli, before[i].pli, `${person.name} asked for key frames`);
    const told = await person.page.evaluate(() => window.__mls.told);
    assert.deepEqual(told.filter((t) => t.type === 'sealing').map((t) => t.epoch), [1, 3, 5]);
  }
  await Promise.all(both.map((person) => person.close()));
});
