// The first thing a new user does: claim, start, invite, see and hear each other.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { rest, startServer } from './lib/server.mjs';
import { openBrowser } from './lib/browsers.mjs';
import { Person, until } from './lib/people.mjs';

let server, chromium, firefox;

before(async () => {
  server = await startServer();
  [chromium, firefox] = await Promise.all([openBrowser('chromium', server.ca), openBrowser('firefox', server.ca)]);
});

after(async () => {
  await Promise.all([chromium?.close(), firefox?.close()]);
  await server?.stop();
});

test('from the first-run link to a meeting of two browsers', async () => {
  const ada = await Person.open(chromium, server, 'Ada');
  await ada.claim();
  const link = await ada.startMeeting();
  await ada.shield('Encrypted');

  const ben = await Person.open(firefox, server, 'Ben');
  await ben.join(link);
  await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
  await Promise.all([ada.shield('Encrypted'), ben.shield('Encrypted')]);

  // Mute: nothing is sent, nothing is heard or seen, and it comes back.
  await ben.control('Mute microphone').click();
  await ada.hearsNot(ben);
  await ben.control('Turn camera off').click();
  await ada.seesNot(ben);
  const muted = await ben.sent();
  await new Promise((ok) => setTimeout(ok, 1500));
  assert.deepEqual(await ben.sent(), muted, 'a muted browser sends media');
  await ben.control('Unmute microphone').click();
  await ben.control('Turn camera on').click();
  await ada.seesAndHears(ben);

  await ben.control('Share screen').click();
  await ada.sees(ben, 'screen');
  await ada.hears(ben, { tone: ben.tone + 3000 });
  await ben.control('Stop sharing').click();
  await ada.seesNot(ben, 'screen');

  await ada.says('Hello Ben');
  await ben.reads('Hello Ben');
  await ben.says('Only for you', { to: ada });
  await ada.reads('Only for you');

  await ben.control('Leave').click();
  await ben.page.getByText('You left the meeting').waitFor();
  await ada.seesNot(ben);
  await Promise.all([ada.close(), ben.close()]);
});

test('a slot that somebody left shows nothing of them under the next name', async () => {
  const meeting = await rest(server, server.token(), 'POST', '/meetings', {});
  const link = server.url + meeting.path;
  const open = async (browser, name) => {
    const person = await Person.open(browser, server, name);
    await person.join(link);
    return person;
  };
  const viewers = [await open(chromium, 'Vera'), await open(firefox, 'Walt')];
  const cleo = await open(chromium, 'Cleo');
  for (const viewer of viewers) await viewer.sees(cleo);
  const slots = await Promise.all(viewers.map((viewer) => viewer.trackOf(cleo)));
  await Promise.all(viewers.map((viewer) => viewer.watch('Dan')));
  await cleo.close();
  const dan = await open(chromium, 'Dan');
  for (const [i, viewer] of viewers.entries()) {
    await viewer.sees(dan);
    assert.equal(await viewer.trackOf(dan), slots[i], 'the next person got another slot');
    assert.deepEqual(await viewer.watched(), [dan.id], `what ${viewer.name} saw under Dan's name`);
  }
  await Promise.all([...viewers, dan].map((person) => person.close()));
});

for (const codec of ['VP8', 'VP9', 'AV1']) {
  test(`Chromium and Firefox both ways by ${codec}`, async () => {
    const ada = await Person.open(chromium, server, 'Ada', { codec });
    await ada.signIn();
    const link = await ada.startMeeting();
    const ben = await Person.open(firefox, server, 'Ben', { codec });
    await ben.join(link);
    await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
    for (const p of [ada, ben]) {
      await until(`${p.name} receives ${codec}`, async () => (await received(p)).includes(codec));
    }
    await Promise.all([ada.close(), ben.close()]);
  });
}

/** The codecs of the video that a page decodes now. */
async function received(person) {
  return person.page.evaluate(async () => {
    const names = [];
    for (const pc of window.__e2e.connections) {
      const stats = await pc.getStats();
      for (const s of stats.values())
        if (s.type === 'inbound-rtp' && s.kind === 'video' && s.framesDecoded > 0) names.push(stats.get(s.codecId)?.mimeType.split('/')[1]);
    }
    return names;
  });
}
