// What people are told of their network, and hosts of everybody's. One of two sits
// behind a bad one; encrypted end to end, Chromium and Firefox, either way round.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { startFarServer, through, far } from './lib/network.mjs';
import { host } from './lib/server.mjs';
import { openBrowser } from './lib/browsers.mjs';
import { Person, until } from './lib/people.mjs';

let server;
const browsers = {};

before(async () => {
  server = await startFarServer({ near: true });
  for (const kind of ['chromium', 'firefox']) browsers[kind] = await openBrowser(kind, server.ca);
});

after(async () => {
  await Promise.all(Object.values(browsers).map((browser) => browser.close()));
  await server?.stop();
});

const patience = { timeout: 90_000, every: 500 };
const whole = { up: {}, down: {} };
const lossy = { up: { loss: 0.15 }, down: { loss: 0.15 } };

/** The first sentence of the panel on the own network, which is open. */
const sentence = ({ page }) => page.locator('[data-network]').innerText();
const says = (person, what) =>
  until(`${person.name} reads ${what}`, async () => {
    const text = await sentence(person);
    return what.test(text) ? text : assert.fail(text);
  }, patience);

/** What the list of people says of the other's connection to somebody who moderates. */
const marks = (person, other, mark, reason) =>
  until(`${person.name} sees a ${mark} of ${other.name}`, async () => {
    const row = person.page.locator('[data-person]', { hasText: other.name });
    const text = await row.innerText();
    const bars = await row.getByRole('img', { name: mark }).count();
    return (bars === 1 && text.includes(reason)) || assert.fail(text);
  }, patience);
const tile = (person, other) => person.page.locator('[data-kind=camera]', { hasText: other.name });

let first = true;

for (const [near, behind] of [['chromium', 'firefox'], ['firefox', 'chromium']])
  test(`${behind} loses packets: its person and the host learn why, and when it is over`, async () => {
    server.network(whole);
    const [ada, ben] = await Promise.all([Person.open(browsers[near], server, 'Ada'), Person.open(browsers[behind], server, 'Ben')]);
    await Promise.all([through(ada, host), through(ben, far)]);
    await (first ? ada.claim() : ada.signIn());
    first = false;
    await ada.page.getByRole('switch', { name: /Start end-to-end encrypted/ }).click();
    await ben.join(await ada.startMeeting());
    await Promise.all([ada.seesAndHears(ben, patience), ben.seesAndHears(ada, patience)]);
    await Promise.all([ada, ben].map((person) => person.shield('End-to-end encrypted', patience)));

    await ben.more('Your network');
    await ada.people();
    await says(ben, /^Your network: good\./);
    await marks(ada, ben, 'Good connection', '');
    const figures = await ben.page.getByRole('table', { name: 'Connection' }).innerText();
    assert.match(figures, /Way\s+UDP, direct/);
    assert.match(figures, /Round trip\s+\d+ ms/);
    assert.match(await ben.page.getByRole('table', { name: 'You send' }).innerText(), /Camera\s+\d+ × \d+ · \d+ fps · [\d.]+ .b\/s · VP8/);
    assert.match(await ben.page.getByRole('table', { name: 'You receive' }).innerText(), /Ada\s+\d+ × \d+ · \d+ fps · [\d.]+ .b\/s · VP8/);

    let since = Date.now();
    server.network(lossy);
    const told = await says(ben, /^Your network is poor because .*\d+% of what (others send to you|you send) gets lost/);
    console.log(`${behind}: “${told}” after ${Date.now() - since} ms`);
    await marks(ada, ben, 'Poor connection', 'gets lost');
    console.log(`${behind}: the host sees it after ${Date.now() - since} ms`);
    await tile(ada, ben).getByRole('img', { name: 'Poor connection' }).waitFor();
    assert.equal(await tile(ada, ada).getByRole('img', { name: /connection$/ }).count(), 0, 'the other’s network is not Ada’s');

    // The own mark leads to the panel.
    await ben.page.getByRole('button', { name: 'Close', exact: true }).click();
    await tile(ben, ben).getByRole('button', { name: 'Poor connection, show your network' }).click();
    await says(ben, /^Your network is poor because /);

    since = Date.now();
    server.network(whole);
    await says(ben, /^Your network: good\./);
    console.log(`${behind}: good again after ${Date.now() - since} ms`);
    await marks(ada, ben, 'Good connection', '');
    console.log(`${behind}: for the host, too, after ${Date.now() - since} ms`);
    await tile(ada, ben).getByRole('img', { name: /connection$/ }).waitFor({ state: 'detached' });
    await Promise.all([ada.close(), ben.close()]);
  });
