// End-to-end encryption as people use it: a meeting that has a card, its link,
// the switch in the menu, and what everybody's shield says.
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

/** The digits of the security code as this person's panel shows them. */
async function code(person) {
  await person.page.getByRole('button', { name: /^Encryption: / }).first().click();
  const digits = person.page.locator('[data-code] .code').first();
  // Once to be read, once to be heard.
  const text = (await digits.innerText()).replace(/\D/g, '').slice(0, 30);
  await person.page.keyboard.press('Escape');
  return text;
}

/** Whether this person's page has told the server who speaks since the last look. */
function toldSpeech(person) {
  const told = [];
  person.page.on('websocket', (socket) =>
    socket.on('framesent', ({ payload }) => {
      if (String(payload).includes('"self.speaking"')) told.push(String(payload));
    }),
  );
  return () => told.splice(0).length > 0;
}

/** Waits until the other's picture has the ring of who speaks. */
const seesSpeaking = (person, other) =>
  person.page.locator('.tile.speaking').filter({ hasText: other.name }).first().waitFor({ timeout: 20_000 });

async function turn(person, on) {
  await person.more(on ? 'Turn on end-to-end encryption' : 'Turn off end-to-end encryption');
  await person.page.getByRole('dialog').getByRole('button', { name: on ? 'Turn on' : 'Turn off', exact: true }).click();
}

test('an encrypted meeting between Chromium and Firefox, off and on again', async () => {
  const ada = await Person.open(chromium, server, 'Ada');
  await ada.claim();
  await ada.page.getByRole('switch', { name: /Start end-to-end encrypted/ }).click();
  const told = toldSpeech(ada);
  const link = await ada.startMeeting();
  assert.match(link, /#1\.[\w-]{43}\.[\w-]{22}$/);
  const ben = await Person.open(firefox, server, 'Ben');
  await ben.join(link);
  assert.equal(new URL(ben.page.url()).hash, '', 'the secret stays in the address');
  const both = [ada, ben];

  await Promise.all(both.map((person) => person.shield('End-to-end encrypted', { timeout: 20_000 })));
  await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
  await Promise.all([seesSpeaking(ada, ben), seesSpeaking(ben, ada)]);
  assert.equal(told(), false, 'the server was told who speaks while encryption was on');
  await ada.says('Sealed hello');
  await ben.reads('Sealed hello');
  const digits = await code(ada);
  assert.match(digits, /^\d{30}$/);
  assert.equal(await code(ben), digits);

  await turn(ada, false);
  await Promise.all(both.map((person) => person.shield('Encrypted')));
  await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
  await until('the server is told who speaks', told);
  await ben.says('Clear hello');
  await ada.reads('Clear hello');

  await turn(ada, true);
  await Promise.all(both.map((person) => person.shield('End-to-end encrypted')));
  await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);

  await ben.page.reload();
  await ben.enter();
  await Promise.all(both.map((person) => person.shield('End-to-end encrypted')));
  await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
  await Promise.all(both.map((person) => person.close()));
});
