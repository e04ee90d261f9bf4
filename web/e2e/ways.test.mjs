// How media gets through: UDP blocked from the start, taken away in the middle, and
// addresses that change. Encrypted end to end, Chromium and Firefox.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { startFarServer } from './lib/network.mjs';
import { host } from './lib/server.mjs';
import { openBrowser } from './lib/browsers.mjs';
import { Person, until } from './lib/people.mjs';

/** A meeting of two on a server of its own, with browsers that know its CA. */
async function meeting(t, options, blocked, prepare = () => undefined) {
  const server = await startFarServer(options);
  // Firefox finds addresses, too, where it is told to find the name: no ICE over TCP then.
  const prefs = options.name ? { 'media.peerconnection.ice.tcp': false } : {};
  const [chromium, firefox] = await Promise.all(['chromium', 'firefox'].map((kind) => openBrowser(kind, server.ca, { name: options.name, at: host, prefs })));
  t.after(async () => {
    await Promise.all([chromium.close(), firefox.close()]);
    await server.stop();
  });
  if (blocked) server.network(cut);
  const [ada, ben] = await Promise.all([Person.open(chromium, server, 'Ada'), Person.open(firefox, server, 'Ben')]);
  await Promise.all([ada, ben].map(prepare));
  await ada.claim();
  await ada.page.getByRole('switch', { name: /Start end-to-end encrypted/ }).click();
  const link = await ada.startMeeting();
  await ben.join(link);
  await Promise.all([ada.seesAndHears(ben, patience), ben.seesAndHears(ada, patience)]);
  await Promise.all([ada, ben].map((person) => person.shield('End-to-end encrypted', patience)));
  return { server, ada, ben };
}

const cut = { up: { cut: true }, down: { cut: true } };
const whole = { up: {}, down: {} };
const patience = { timeout: 45_000 };

/** The way that media takes: udp, tcp or relay. */
const way = (person) =>
  person.page.evaluate(async () => {
    const stats = await window.__e2e.connections.at(-1).getStats();
    const rows = [...stats.values()];
    const chosen = rows.find((s) => s.type === 'transport')?.selectedCandidatePairId;
    const pair = chosen ? stats.get(chosen) : rows.find((s) => s.type === 'candidate-pair' && s.selected);
    const local = stats.get(pair?.localCandidateId);
    return local?.candidateType === 'relay' ? 'relay' : local?.protocol;
  });
const by = async (want, ...people) => {
  for (const person of people) assert.equal(await way(person), want, person.name);
};

/** Notes in the page when packets of sound come. */
const listen = (person) =>
  person.page.evaluate(() => {
    window.__sound = { packets: 0, at: Date.now(), gaps: [] };
    setInterval(async () => {
      let packets = 0;
      for (const pc of window.__e2e.connections) {
        if (pc.connectionState === 'closed') continue;
        for (const s of (await pc.getStats()).values()) if (s.type === 'inbound-rtp' && s.kind === 'audio') packets += s.packetsReceived;
      }
      const sound = window.__sound;
      if (packets === sound.packets) return;
      if (Date.now() - sound.at > 400) sound.gaps.push(Date.now() - sound.at);
      Object.assign(sound, { packets, at: Date.now() });
    }, 100);
  });
const gaps = (person) => person.page.evaluate(() => [...window.__sound.gaps, Date.now() - window.__sound.at]);
const seats = async (ada) => assert.equal(await ada.page.locator('[data-kind=camera]').count(), 2, 'nobody sits twice');

test('UDP is blocked: sound and picture by TCP', async (t) => {
  const { ada, ben } = await meeting(t, { tcp: true }, true);
  await by('tcp', ada, ben);
  await Promise.all([ada.close(), ben.close()]);
});

for (const scheme of ['turns', 'turn'])
  test(`only the port of the pages is reached: sound and picture by the relay (${scheme})`, async (t) => {
    // The server's candidates are elsewhere, where nothing gets through. Browsers take what of the relay is there first.
    // Firefox wants a name for TLS.
    const { ada, ben } = await meeting(t, { name: 'meet.test' }, true, ({ page }) =>
      page.addInitScript((scheme) => {
        const Native = window.RTCPeerConnection;
        window.RTCPeerConnection = class extends Native {
          constructor(config) {
            for (const server of config?.iceServers ?? []) server.urls = server.urls.filter((url) => url.startsWith(`${scheme}:`));
            super(config);
          }
        };
      }, scheme),
    );
    await by('relay', ada, ben);
    await Promise.all([ada.close(), ben.close()]);
  });

test('UDP goes away in the middle: TCP takes over', async (t) => {
  const { server, ada, ben } = await meeting(t, { tcp: true });
  await by('udp', ada, ben);
  await Promise.all([listen(ada), listen(ben)]);
  await new Promise((ok) => setTimeout(ok, 3000)); // what comes in is steady
  server.network(cut);
  await new Promise((ok) => setTimeout(ok, 2000));
  await Promise.all([ada, ben].map((person) => until(`sound comes to ${person.name}`, async () => (await gaps(person)).at(-1) < 400, patience)));
  await Promise.all([ada.seesAndHears(ben, patience), ben.seesAndHears(ada, patience)]);
  for (const person of [ada, ben]) console.log(`${person.name}: without sound for ${Math.max(...(await gaps(person)))} ms`);
  await by('tcp', ada, ben);
  await seats(ada);
  await Promise.all([ada.close(), ben.close()]);
});

test('UDP goes away for ten seconds, and nothing else is there', async (t) => {
  const { server, ada, ben } = await meeting(t, { tcp: false });
  await Promise.all([listen(ada), listen(ben)]);
  server.network(cut);
  await new Promise((ok) => setTimeout(ok, 10_000));
  server.network(whole);
  const back = Date.now();
  await Promise.all([ada, ben].map(async (person) => {
    await until(`sound comes to ${person.name}`, async () => (await gaps(person)).at(-1) < 400, patience);
    console.log(`${person.name}: sound ${Date.now() - back} ms after the network`);
  }));
  await Promise.all([ada.seesAndHears(ben, patience), ben.seesAndHears(ada, patience)]);
  await Promise.all([ada, ben].map((person) => person.shield('End-to-end encrypted', patience)));
  await seats(ada);
  await Promise.all([ada.close(), ben.close()]);
});

test('addresses change, as behind a NAT that forgets', async (t) => {
  const { server, ada, ben } = await meeting(t, { tcp: false });
  await Promise.all([listen(ada), listen(ben)]);
  await new Promise((ok) => setTimeout(ok, 3000));
  server.rebind();
  await new Promise((ok) => setTimeout(ok, 1000));
  await Promise.all([ada, ben].map((person) => until(`sound comes to ${person.name}`, async () => (await gaps(person)).at(-1) < 400, patience)));
  for (const person of [ada, ben]) console.log(`${person.name}: without sound for ${Math.max(...(await gaps(person)))} ms`);
  await Promise.all([ada.seesAndHears(ben, patience), ben.seesAndHears(ada, patience)]);
  await seats(ada);
  await Promise.all([ada.close(), ben.close()]);
});
