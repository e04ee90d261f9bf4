// Every page as a person meets it, on the real server: axe finds nothing in
// light and dark, wide and phone-sized; screenshots go to test-results/.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { startServer, rest } from './lib/server.mjs';
import { openBrowser } from './lib/browsers.mjs';
import { Person, until } from './lib/people.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = resolve(import.meta.dirname, '../../test-results/pages');
const images = resolve(import.meta.dirname, '../../docs/images');
mkdirSync(shots, { recursive: true });
mkdirSync(images, { recursive: true });

const sizes = [
  { name: 'wide', width: 1280, height: 800 },
  { name: 'phone', width: 320, height: 640 },
];

let server, browser;

before(async () => {
  server = await startServer();
  browser = await openBrowser('chromium', server.ca);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Looks at the page in both sizes and both themes. */
async function look(person, name) {
  const { page } = person;
  for (const size of sizes) {
    await page.setViewportSize(size);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.waitForTimeout(150);
      await page.screenshot({ path: join(shots, `${name}-${size.name}-${colorScheme}.png`) });
      await page.evaluate(axe);
      const found = await page.evaluate(async () => {
        const { violations } = await window.axe.run({ resultTypes: ['violations'] });
        return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
      });
      assert.deepEqual(found, [], `${name}, ${size.name}, ${colorScheme}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wide <= 0, `${name}, ${size.name}: ${wide} px wider than the screen`);
    }
  }
  await page.setViewportSize(sizes[0]);
}

test('every page, light and dark, wide and phone', async () => {
  const ada = await Person.open(browser, server, 'Ada');
  await ada.page.goto(server.owner);
  await ada.page.getByLabel('Password again').waitFor();
  assert.equal(new URL(ada.page.url()).hash, '', 'the claim token stays in the address bar');
  await look(ada, 'claim');
  await ada.claim();
  await look(ada, 'home');

  await ada.button('New meeting').click();
  await ada.page.getByLabel('Your name').waitFor();
  await look(ada, 'prejoin');
  await ada.enter();
  const link = await ada.link();
  await look(ada, 'alone');

  const ben = await Person.open(browser, server, 'Ben');
  await ben.join(link);
  await ada.sees(ben);
  await ada.says('Shall we begin?');
  await look(ada, 'chat');
  await ada.people();
  await look(ada, 'people');
  await ada.page.setViewportSize(sizes[0]);
  await ada.page.getByRole('button', { name: /^Encryption: / }).first().click();
  await ada.page.getByRole('dialog').waitFor();
  await look(ada, 'shield');
  await ada.page.keyboard.press('Escape');
  await ada.control('More').click();
  await ada.page.getByRole('menuitem', { name: 'Settings', exact: true }).click();
  await ada.page.getByRole('dialog').waitFor();
  await look(ada, 'settings');
  await ada.page.keyboard.press('Escape');

  await ada.people();
  await ada.page.getByRole('switch', { name: 'Lobby' }).click();
  const cleo = await Person.open(browser, server, 'Cleo');
  await cleo.join(link, { until: 'lobby' });
  await look(cleo, 'lobby');
  await ben.control('Leave').click();
  await ben.page.getByText('You left the meeting').waitFor();
  await look(ben, 'left');
  await ben.page.goto(`${server.url}/signin`);
  await ben.page.getByLabel('Password', { exact: true }).waitFor();
  await look(ben, 'signin');
  await ben.page.goto(`${server.url}/nowhere`);
  await ben.page.getByText('There is no such page').waitFor();
  await look(ben, 'notfound');
  await Promise.all([ada.close(), ben.close(), cleo.close()]);
});

test('four people: the picture of the README', async () => {
  const token = server.token();
  const meeting = await rest(server, token, 'POST', '/meetings', { title: 'Weekly round' });
  const link = server.url + meeting.path;
  const names = ['Ada Lovelace', 'Ben Okafor', 'Cleo Marsh', 'Dan Lindqvist'];
  const people = [];
  for (const [i, name] of names.entries()) {
    const p = await Person.open(browser, server, name, { scene: i + 1 });
    await p.join(link);
    people.push(p);
  }
  const [ada, ben, cleo, dan] = people;
  for (const p of people) for (const other of people) if (other !== p) await Promise.all([p.seesMoving(other), p.hears(other)]);
  await ben.says('The slides are ready.');
  await cleo.says('Good. Can everyone see the shield?');
  await ada.panel(/^Chat/);
  for (const p of [cleo, dan]) await p.control('Mute microphone').click();
  await ada.hush();
  await dan.control('Raise hand').click();
  await until('the hand on Ada’s screen', () => ada.page.getByTitle('Hand raised').count());
  await until('the notices are gone', async () => (await ada.page.getByRole('region', { name: 'Notices' }).getByRole('listitem').count()) === 0, { timeout: 30_000 });
  await ada.seesMoving(ada);
  const picture = join(shots, 'readme.png');
  await ada.page.screenshot({ path: picture });
  if (process.env.ROUNDEL_UPDATE_SCREENSHOTS === '1') copyFileSync(picture, join(images, 'meeting.png'));
  for (const p of people) await p.close();
});

test('denied camera and microphone: what to do, and joining without them', async () => {
  const strict = await openBrowser('chromium', server.ca, { permissions: false });
  try {
    const token = server.token();
    const meeting = await rest(server, token, 'POST', '/meetings', {});
    const page = await strict.newPage();
    await page.goto(server.url + meeting.path);
    await page.getByLabel('Your name').fill('Eve');
    await page.getByText('Allow', { exact: false }).or(page.getByText('allow the camera', { exact: false })).first().waitFor();
    await page.getByText('You can join without them').waitFor();
    await page.screenshot({ path: join(shots, 'denied.png') });
    await page.getByRole('button', { name: 'Join', exact: true }).click();
    await page.getByRole('toolbar', { name: 'Meeting controls' }).waitFor();
  } finally {
    await strict.close();
  }
});
