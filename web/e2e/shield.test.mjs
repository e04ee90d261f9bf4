// The shield tells the truth: a leg with a weak suite turns every screen to
// "Partially encrypted" with its row, and back when it is gone.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { startServer } from './lib/server.mjs';
import { openBrowser } from './lib/browsers.mjs';
import { Person } from './lib/people.mjs';
import { sdkJoins, sdkTone } from './lib/sdk.mjs';

let server, chromium, firefox, ada, ben, link;

before(async () => {
  server = await startServer();
  [chromium, firefox] = await Promise.all([openBrowser('chromium', server.ca), openBrowser('firefox', server.ca)]);
  ada = await Person.open(chromium, server, 'Ada');
  await ada.claim();
  link = await ada.startMeeting();
  ben = await Person.open(firefox, server, 'Ben');
  await ben.join(link);
});

after(async () => {
  await Promise.all([chromium?.close(), firefox?.close()]);
  await server?.stop();
});

test('an SDK participant with AES-GCM is seen, heard and no exception', async () => {
  const sdk = sdkJoins(server, link, 'Strong robot');
  try {
    for (const p of [ada, ben]) {
      await p.hears({ name: 'the robot', tone: sdkTone });
      await p.page.locator('video[aria-label="Video of Strong robot"]').waitFor();
      await p.shield('Encrypted');
    }
  } finally {
    await sdk.leave();
  }
});

test('a leg with AES-CM makes every shield an exclamation that names it', async () => {
  const sdk = sdkJoins(server, link, 'Weak robot', { srtp: 'aes128cm' });
  try {
    for (const p of [ada, ben]) {
      await p.shield('Partially encrypted');
      await p.page.getByRole('button', { name: /^Encryption: / }).first().click();
      const dialog = p.page.getByRole('dialog');
      // The name comes from the group, a moment after the leg.
      await dialog.getByText('Weak robot').first().waitFor();
      const text = await dialog.innerText();
      assert.match(text, /1 connection is weaker than the rest/);
      assert.match(text, /Exceptions/);
      assert.match(text, /Weak robot/);
      assert.match(text, /AES.?128.?CM/i);
      await p.page.keyboard.press('Escape');
    }
  } finally {
    await sdk.leave();
  }
  for (const p of [ada, ben]) await p.shield('Encrypted');
});

test('without the server nothing is confirmed', async () => {
  await server.stop({ keepData: true });
  for (const p of [ada, ben]) await p.shield('Cannot confirm');
});
