// The ways in: with the link, by the number alone, through the lobby, with a link
// that was replaced. A meeting has a group in every one of them, also while its
// encryption is off.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { startServer } from './lib/server.mjs';
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

/** A host in a meeting of their own; `encrypted`: from the start. */
async function host(name, { encrypted = false } = {}) {
  const person = await Person.open(chromium, server, name);
  if (server.claimed) await person.signIn();
  else await person.claim();
  server.claimed = true;
  if (encrypted) await person.page.getByRole('switch', { name: /Start end-to-end encrypted/ }).click();
  return { person, link: await person.startMeeting() };
}

const bare = (link) => link.replace(/#.*/, '');

/** The twelve digits that a person's screen shows while they wait. */
async function ownDigits(person) {
  const groups = person.page.getByRole('region', { name: 'Compare by phone' }).locator('.group');
  return (await groups.allInnerTexts()).join('');
}

const digitsIn = (text) => text.replace(/\D/g, '');

for (const encrypted of [false, true]) {
  test(`by the number alone, encryption ${encrypted ? 'on' : 'off'}: waits, is let in, and both hear each other`, async () => {
    const { person: ada, link } = await host('Ada', { encrypted });
    assert.match(link, /#1\.[\w-]{43}\.[\w-]{22}$/);
    const ben = await Person.open(firefox, server, 'Ben');
    await ben.join(bare(link), { until: 'door' });
    await ada.people();
    const row = ada.page.getByRole('listitem').filter({ has: ada.button('Admit Ben') });
    await row.waitFor();
    // The same twelve digits on both screens, to be compared by phone.
    const shown = digitsIn(await row.innerText());
    assert.match(shown, /^\d{12}$/);
    assert.equal(await ownDigits(ben), shown, 'the newcomer sees other digits');
    await ada.button('Admit Ben').click();
    await ben.inMeeting();
    await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
    if (encrypted) {
      // Nobody's shield says lock before a host has confirmed the newcomer.
      await Promise.all([ada, ben].map((person) => person.shield('Partially encrypted')));
    } else {
      await Promise.all([ada, ben].map((person) => person.shield('Encrypted')));
    }
    await Promise.all([ada.close(), ben.close()]);
  });
}

test('who has only the number can be turned away', async () => {
  const { person: ada, link } = await host('Ada');
  const ben = await Person.open(chromium, server, 'Ben');
  await ben.join(bare(link), { until: 'door' });
  await ada.people();
  await ada.button('Deny Ben').click();
  await ben.page.getByRole('heading', { name: 'You are no longer in the meeting' }).waitFor();
  await Promise.all([ada.close(), ben.close()]);
});

for (const encrypted of [false, true]) {
  test(`the lobby with the link, encryption ${encrypted ? 'on' : 'off'}: hosts read the name, the server does not`, async () => {
    const { person: ada, link } = await host('Ada', { encrypted });
    await ada.people();
    await ada.page.getByRole('switch', { name: 'Lobby' }).click();
    const names = [];
    ada.page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => names.push(payload)));
    const ben = await Person.open(firefox, server, 'Benedikt');
    await ben.join(link, { until: 'lobby' });
    await ada.button('Admit Benedikt').click();
    await ben.inMeeting();
    await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
    await Promise.all([ada, ben].map((person) => person.shield(encrypted ? 'End-to-end encrypted' : 'Encrypted')));
    assert.deepEqual(names.filter((text) => encrypted && String(text).includes('Benedikt')), [], 'the server has read the name');
    await Promise.all([ada.close(), ben.close()]);
  });
}

test('after a ban the old link reaches only the lobby, and says so; the new one works', async () => {
  const { person: ada, link } = await host('Ada', { encrypted: true });
  // Two who were here before: a ban keeps out unknown devices from the same address.
  const [mallory, ben] = [await Person.open(chromium, server, 'Mallory'), await Person.open(chromium, server, 'Ben')];
  for (const person of [mallory, ben]) {
    await person.join(link);
    await person.control('Leave').click();
    await person.page.getByText('You left the meeting').waitFor();
  }
  const eve = await Person.open(firefox, server, 'Eve');
  await eve.join(link);
  await ada.seesAndHears(eve);
  await ada.act(eve, 'Remove…');
  await ada.page.getByRole('dialog').getByText('Do not let them come back').click();
  await ada.page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
  await eve.page.getByRole('heading', { name: 'You are no longer in the meeting' }).waitFor();
  await eve.close();

  await mallory.join(link, { until: 'door' });
  await ada.people();
  const row = ada.page.getByRole('listitem').filter({ has: ada.button('Admit Mallory') });
  await row.getByText(/With an old link/).waitFor();

  const renewed = await until('the host has the new link', async () => {
    const next = await ada.link();
    return next !== link && next;
  });
  assert.match(renewed, /#2\.[\w-]{43}\.[\w-]{22}$/);
  await ben.join(renewed);
  await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
  await Promise.all([ada.close(), ben.close(), mallory.close()]);
});
