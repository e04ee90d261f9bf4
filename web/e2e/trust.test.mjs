// Whom a device believes: remembered and verified devices, device keys, the host
// link, the rules that the group signs, and codes that stand still.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { startServer } from './lib/server.mjs';
import { openBrowser } from './lib/browsers.mjs';
import { Person, until } from './lib/people.mjs';

let server, chromium, firefox;
/** Groups take their time on a busy machine. */
const PATIENT = { timeout: 60_000 };

before(async () => {
  server = await startServer();
  [chromium, firefox] = await Promise.all([openBrowser('chromium', server.ca), openBrowser('firefox', server.ca)]);
});

after(async () => {
  await Promise.all([chromium?.close(), firefox?.close()]);
  await server?.stop();
});

let claimed = false;
/** The first becomes the server's owner, who then signs in elsewhere. */
async function signIn(person) {
  if (claimed) return person.signIn();
  claimed = true;
  return person.claim();
}

/** A link as the page puts it on the clipboard. */
async function copied(person, open) {
  await person.page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.url });
  await person.page.evaluate(() => navigator.clipboard.writeText(''));
  await open();
  return until(`${person.name} has copied a link`, () => person.page.evaluate(() => navigator.clipboard.readText()));
}

/** The invitation, once the group is there that gives it its secret. */
const invitation = (person) =>
  until(`${person.name}'s invitation has its secret`, async () => {
    const link = await copied(person, () => person.more('Copy invite link'));
    return link.includes('#') && link;
  }, PATIENT);

/** An encrypted meeting of a person who has an account; returns its invitation. */
async function start(person) {
  await person.page.goto(server.url);
  await person.arrives('New meeting');
  const on = person.page.getByRole('switch', { name: /Start end-to-end encrypted/ });
  if (!(await on.isChecked())) await on.click();
  await person.startMeeting();
  return invitation(person);
}

async function leave(person) {
  await person.control('Leave').click();
  const gone = person.page.getByRole('toolbar', { name: 'Meeting controls' }).waitFor({ state: 'detached' });
  // A host chooses between leaving and ending the meeting.
  const chosen = person.page.getByRole('menuitem', { name: /^Leave/ }).click();
  chosen.catch(() => undefined);
  await Promise.race([gone, chosen]);
  await gone;
}

/** What the profile keeps: names of device keys, whether one can be read out, and public keys in hex. */
const devices = (person) =>
  person.page.evaluate(async () => {
    const database = await new Promise((ok, no) => {
      const asked = indexedDB.open('roundel');
      asked.onsuccess = () => ok(asked.result);
      asked.onerror = () => no(asked.error);
    });
    const all = (asked) => new Promise((ok) => (asked.onsuccess = () => ok(asked.result)));
    const store = database.transaction('devices').objectStore('devices');
    const [names, pairs] = await Promise.all([all(store.getAllKeys()), all(store.getAll())]);
    database.close();
    const list = [];
    for (const [i, pair] of pairs.entries()) {
      const read = await crypto.subtle.exportKey('pkcs8', pair.privateKey).then(() => true, () => false);
      const key = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
      list.push({ name: names[i], secret: !read && !pair.privateKey.extractable, key: [...key].join() });
    }
    return list;
  });

async function verify(person, other) {
  await person.act(other, 'Verify…');
  return person.page.getByRole('dialog', { name: `Verify ${other.name}` });
}

const marked = (person, text) => person.page.locator('li [data-mark]', { hasText: text }).first().waitFor();

async function panel(person) {
  await person.page.getByRole('button', { name: /^Encryption: / }).first().click();
  return person.page.getByRole('dialog');
}

test('devices are remembered, verified, missed and forgotten', async () => {
  const ada = await Person.open(chromium, server, 'Ada');
  await signIn(ada);
  const ben = await Person.open(chromium, server, 'Ben');
  const first = await start(ada);
  await ben.open(first);
  await ben.page.getByRole('switch', { name: /Recognise this device/ }).click();
  await ben.enter();
  await Promise.all([ada.shield('End-to-end encrypted', PATIENT), ben.shield('End-to-end encrypted', PATIENT)]);
  const kept = await devices(ben);
  assert.deepEqual(kept.map(({ name, secret }) => [name, secret]), [['profile', true]], 'one key for the profile, which cannot be read out');

  const dialog = await verify(ada, ben);
  await dialog.getByRole('switch', { name: 'I have verified Ben' }).click();
  await dialog.locator('input[role=switch]:checked').waitFor();
  await ada.page.keyboard.press('Escape');
  await marked(ada, 'Verified by you');
  await ada.page.locator('.tile').getByRole('img', { name: 'Verified by you' }).waitFor();
  await leave(ben);
  await leave(ada);

  // The next meeting: the same Ben is known, and somebody else of that name is not him.
  const second = await start(ada);
  await ben.join(second);
  await ada.people();
  await marked(ada, 'Verified by you');
  assert.equal((await devices(ben))[0].key, kept[0].key);
  await leave(ben);
  await until('Ben has left', async () => (await ada.page.locator('[data-person]').count()) === 1, PATIENT);
  const other = await Person.open(chromium, server, 'Ben');
  await other.join(second);
  await ada.page.getByText('Ben is here with another device than before.').first().waitFor();
  await marked(ada, 'Another device than before');
  await ada.shield('Partially encrypted', PATIENT);
  const exceptions = await panel(ada);
  await exceptions.locator('[data-exception=identity]', { hasText: 'Another device than this one remembers' }).waitFor();
  await ada.page.keyboard.press('Escape');
  // Nobody else has met a Ben before.
  await other.shield('End-to-end encrypted', PATIENT);
  await (await verify(ada, other)).getByRole('button', { name: 'Remember this device' }).click();
  await ada.page.keyboard.press('Escape');
  await ada.shield('End-to-end encrypted', PATIENT);
  await leave(other);

  // A Latin B and a Cyrillic e.
  const like = await Person.open(chromium, server, 'Bеn');
  await like.join(second);
  await marked(ada, 'Looks like Ben, another device');
  await leave(like);
  await until('Ada is alone', async () => (await ada.page.locator('[data-person], [data-leaf]').count()) === 1, PATIENT);

  const known = (await panel(ada)).locator('[data-known]');
  await known.getByText('Devices that this one remembers').click();
  await until('two Bens are remembered', async () => (await known.locator('li').count()) === 2);
  await known.getByText('Verified by you').waitFor();
  await known.getByRole('button', { name: 'Forget all' }).click();
  await known.getByText('None yet.').waitFor();
  await Promise.all([ada, ben, other, like].map((person) => person.close()));
});

test('a guest has a new device key in each meeting', async () => {
  const ada = await Person.open(chromium, server, 'Ada');
  await signIn(ada);
  const cy = await Person.open(chromium, server, 'Cy');
  for (let i = 0; i < 2; i++) {
    await cy.join(await start(ada));
    await cy.shield('End-to-end encrypted', PATIENT);
    await leave(cy);
    await leave(ada);
  }
  const kept = await devices(cy);
  assert.equal(new Set(kept.map(({ key }) => key)).size, 2);
  assert.ok(kept.every(({ name, secret }) => name !== 'profile' && secret));
  assert.deepEqual((await devices(ada)).map(({ name }) => name), ['profile'], 'who is signed in has one key');
  await Promise.all([ada.close(), cy.close()]);
});

test('the host link makes another device a host, and its seed stays with them', async () => {
  const ada = await Person.open(chromium, server, 'Ada');
  await signIn(ada);
  const invite = await start(ada);
  const host = await copied(ada, async () => {
    await ada.more('Host link for my other devices');
    await ada.button('Copy host link').click();
  });
  await ada.page.keyboard.press('Escape');
  assert.match(host, /#1\.[\w-]{43}\.[\w-]{22}\.h\.[\w-]{43}$/);
  assert.ok(!invite.includes('.h.'), 'the invitation has the seed');
  const seed = host.split('.h.')[1];
  const cy = await Person.open(firefox, server, 'Cy');
  await cy.join(invite);

  const phone = await Person.open(chromium, server, 'Ada');
  const told = [];
  phone.page.on('request', (request) => told.push(request.url(), request.postData() ?? ''));
  phone.page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => told.push(String(payload))));
  await phone.signIn();
  phone.name = 'Ada abroad';
  await phone.join(host);
  await phone.shield('End-to-end encrypted', PATIENT);
  assert.equal(new URL(phone.page.url()).hash, '', 'the link stays in the address');
  assert.equal(await phone.page.evaluate(() => Object.values({ ...sessionStorage }).join().includes('.h.')), false, 'the seed stays in the tab');
  assert.ok(told.length > 0 && !told.some((text) => text.includes(seed)), 'the server was told the seed');

  await leave(ada);
  await ada.close();
  await phone.more('Turn off end-to-end encryption');
  await phone.page.getByRole('dialog').getByRole('button', { name: 'Turn off', exact: true }).click();
  await Promise.all([phone, cy].map((person) => person.shield('Encrypted', PATIENT)));
  await phone.more('Turn on end-to-end encryption');
  await phone.page.getByRole('dialog').getByRole('button', { name: 'Turn on', exact: true }).click();
  await Promise.all([phone, cy].map((person) => person.shield('End-to-end encrypted', PATIENT)));
  await Promise.all([phone.seesAndHears(cy), cy.seesAndHears(phone)]);
  // Whoever has the plain invitation has no host link to give away.
  await cy.button('More').click();
  assert.equal(await cy.page.getByRole('menuitem', { name: 'Host link for my other devices' }).count(), 0);
  await cy.page.keyboard.press('Escape');
  await Promise.all([phone.close(), cy.close()]);
});

test('a host changes the rules that the group signs', async () => {
  const ada = await Person.open(chromium, server, 'Ada');
  await signIn(ada);
  const invite = await start(ada);
  const cy = await Person.open(firefox, server, 'Cy');
  await cy.join(invite);
  await Promise.all([ada, cy].map((person) => person.shield('End-to-end encrypted', PATIENT)));
  await ada.more('Meeting settings');
  const rules = ada.page.locator('[data-rules]');
  const chosen = async (label, option) => {
    await rules.getByLabel(label).selectOption({ label: option });
    await until(`"${label}" is "${option}"`, () => rules.getByLabel(label).evaluate((select, option) => !select.disabled && select.selectedOptions[0].label === option, option));
  };
  await chosen('Who lets people in', 'Everyone in the meeting');
  await chosen('Devices that cannot encrypt', 'A host is asked whether encryption ends for everyone');
  await ada.page.getByRole('switch', { name: /Hand over when the host leaves/ }).click();
  await ada.page.locator('input[role=switch]:checked').first().waitFor();
  await rules.getByRole('switch', { name: /Encryption cannot be turned off/ }).click();
  await rules.getByRole('button', { name: 'Keep encryption on' }).click();
  await rules.locator('input[role=switch]:checked:disabled').waitFor();
  await ada.button('Cancel').click();

  await ada.button('More').click();
  const off = ada.page.getByRole('menuitem', { name: /Turn off end-to-end encryption/ });
  assert.equal(await off.getAttribute('aria-disabled'), 'true');
  assert.match(await off.innerText(), /Encryption cannot be turned off in this meeting\./);
  await ada.page.keyboard.press('Escape');
  await Promise.all([ada, cy].map((person) => person.shield('End-to-end encrypted', PATIENT)));
  await Promise.all([ada.close(), cy.close()]);
});

test('a code that is compared stands still, and neighbours find it', async () => {
  const ada = await Person.open(chromium, server, 'Ada');
  await signIn(ada);
  const invite = await start(ada);
  const ben = await Person.open(chromium, server, 'Ben');
  await ben.join(invite);
  await Promise.all([ada, ben].map((person) => person.shield('End-to-end encrypted', PATIENT)));
  const digits = async (code) => (await code.innerText()).replace(/\D/g, '').slice(0, 30);

  const shown = await panel(ada);
  await shown.getByRole('button', { name: 'Compare' }).click();
  const frozen = shown.locator('[data-code=frozen] .code').first();
  const before = await digits(frozen);
  assert.match(before, /^\d{30}$/);
  const live = (await panel(ben)).locator('[data-code=live] .code').first();
  assert.equal(await digits(live), before);

  const cy = await Person.open(firefox, server, 'Cy');
  await cy.join(invite);
  await until('the code of the others changes', async () => (await digits(live)) !== before, PATIENT);
  assert.equal(await digits(frozen), before, 'the code moved while it was compared');
  const theirs = ben.page.getByRole('dialog');
  await theirs.getByRole('button', { name: 'Compare' }).click();
  await theirs.getByText('Earlier codes').click();
  const earlier = await theirs.locator('.old .code').all();
  assert.ok((await Promise.all(earlier.map(digits))).includes(before), 'the neighbour’s code is not among the earlier ones');
  await shown.getByRole('button', { name: 'It is the same' }).click();
  await shown.getByText('You found the code to be the same.').waitFor();
  await Promise.all([ada, ben, cy].map((person) => person.close()));
});
