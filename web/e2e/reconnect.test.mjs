// The socket is cut: the seat stays, sound and picture go on, events catch up.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { startServer } from './lib/server.mjs';
import { openBrowser } from './lib/browsers.mjs';
import { Person, until } from './lib/people.mjs';

for (const kind of ['chromium', 'firefox']) {
  test(`${kind}: a cut socket resumes its seat`, async (t) => {
    const server = await startServer();
    const browsers = [await openBrowser('chromium', server.ca), await openBrowser(kind, server.ca)];
    t.after(async () => {
      await Promise.all(browsers.map((b) => b.close()));
      await server.stop();
    });
    const ada = await Person.open(browsers[0], server, 'Ada');
    await ada.claim();
    const link = await ada.startMeeting();
    const ben = await Person.open(browsers[1], server, 'Ben');
    await ben.join(link);
    await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);

    const before = await ben.page.evaluate(() => [window.__e2e.sockets.length, window.__e2e.connections.length]);
    await ben.page.evaluate(() => window.__e2e.sockets.at(-1).close());
    await ada.says('While you were away');
    await until('Ben’s new socket', () => ben.page.evaluate((n) => window.__e2e.sockets.length > n && window.__e2e.sockets.at(-1).readyState === 1, before[0]));
    await ben.reads('While you were away');
    await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
    await ben.shield('Encrypted');
    const connections = await ben.page.evaluate(() => window.__e2e.connections.length);
    assert.equal(connections, before[1], 'the media connection was made anew');
    assert.equal(await ada.page.locator('[data-kind=camera]').count(), 2, 'Ben sits on one chair');
    await Promise.all([ada.close(), ben.close()]);
  });
}

test('a reload comes back to the meeting within the seat’s minute', async (t) => {
  const server = await startServer();
  const browser = await openBrowser('chromium', server.ca);
  t.after(async () => {
    await browser.close();
    await server.stop();
  });
  const ada = await Person.open(browser, server, 'Ada');
  await ada.claim();
  const link = await ada.startMeeting();
  const ben = await Person.open(browser, server, 'Ben');
  await ben.join(link);
  await ada.sees(ben);
  await ada.people();
  await ada.page.getByRole('switch', { name: 'Lobby' }).click();
  await ben.page.reload();
  await ben.enter(); // without knocking: the seat is still his
  await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
  assert.equal(await ada.page.locator('[data-kind=camera]').count(), 2, 'Ben sits on one chair');
  await Promise.all([ada.close(), ben.close()]);
});
