// A server that has nothing but an IPv6 address: pages, signalling, and media over UDP
// and over TCP, Chromium and Firefox.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { startServer } from './lib/server.mjs';
import { openBrowser } from './lib/browsers.mjs';
import { Person } from './lib/people.mjs';

// Of the private network that the journeys run in, for the time of this file.
const address = 'fd66::1';
const ip = (...args) => execFileSync('ip', ['-6', ...args], { stdio: 'inherit' });
before(() => {
  ip('addr', 'add', `${address}/64`, 'dev', 'v0', 'nodad');
  ip('route', 'add', 'default', 'via', 'fd66::2', 'dev', 'v0');
});
after(() => ip('addr', 'del', `${address}/64`, 'dev', 'v0'));

const patience = { timeout: 60_000 };

/** Over what, and to which address, media goes. */
const way = (person) =>
  person.page.evaluate(async () => {
    const stats = await window.__e2e.connections.at(-1).getStats();
    const rows = [...stats.values()];
    const chosen = rows.find((s) => s.type === 'transport')?.selectedCandidatePairId;
    const pair = chosen ? stats.get(chosen) : rows.find((s) => s.type === 'candidate-pair' && s.selected);
    const remote = stats.get(pair?.remoteCandidateId);
    return { protocol: remote?.protocol, address: remote?.address.replace(/[[\]]/g, '') };
  });

/** Takes the candidates of UDP out of what the server answers. */
const withoutUDP = ({ page }) =>
  page.addInitScript(() => {
    const proto = RTCPeerConnection.prototype;
    const native = proto.setRemoteDescription;
    proto.setRemoteDescription = function (answer) {
      return native.call(this, { type: answer.type, sdp: answer.sdp.replace(/a=candidate:\S+ 1 udp .*\r\n/g, '') });
    };
  });

for (const [protocol, prepare] of [['udp', () => undefined], ['tcp', withoutUDP]])
  test(`IPv6 only: sound and picture over ${protocol}`, async (t) => {
    const server = await startServer({ at: address });
    const browsers = await Promise.all(['chromium', 'firefox'].map((kind) => openBrowser(kind, server.ca)));
    t.after(async () => {
      await Promise.all(browsers.map((b) => b.close()));
      await server.stop();
    });
    const ada = await Person.open(browsers[0], server, 'Ada');
    const ben = await Person.open(browsers[1], server, 'Ben');
    await Promise.all([ada, ben].map(prepare));
    await ada.claim();
    const link = await ada.startMeeting();
    await ben.join(link);
    await Promise.all([ada.seesAndHears(ben, patience), ben.seesAndHears(ada, patience)]);
    for (const person of [ada, ben]) assert.deepEqual(await way(person), { protocol, address }, person.name);
    await Promise.all([ada.close(), ben.close()]);
  });
