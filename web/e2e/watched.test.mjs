// What nobody watches is not sent, and is there at once when somebody does.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { startServer } from './lib/server.mjs';
import { openBrowser } from './lib/browsers.mjs';
import { Person, until } from './lib/people.mjs';

/** Before the page's own scripts: notes when the server asks for a camera's layers, and counts pictures that left. */
function noteWanted() {
  window.__wanted = [];
  window.__pictures = async () => {
    let sum = 0;
    for (const pc of window.__e2e.connections) for (const s of (await pc.getStats()).values()) if (s.type === 'outbound-rtp' && s.kind === 'video') sum += s.framesSent ?? 0;
    return sum;
  };
  const Native = window.WebSocket;
  window.WebSocket = class extends Native {
    constructor(...args) {
      super(...args);
      this.addEventListener('message', ({ data }) => {
        const { type, body } = JSON.parse(data);
        if (type === 'media.layersWanted' && body.kind === 'camera') window.__wanted.push({ at: performance.now(), some: body.rids.length > 0 });
      });
    }
  };
}

const pictures = (person) => person.page.evaluate(() => window.__pictures());

/** How long after the server's last word for a camera the first picture of it left, ms. */
const resumed = (person) =>
  person.page.evaluate(async () => {
    const before = await window.__pictures();
    for (;;) {
      await new Promise((ok) => setTimeout(ok, 10));
      if ((await window.__pictures()) > before) return performance.now() - window.__wanted.findLast(({ some }) => some).at;
    }
  });

for (const [own, other] of [['chromium', 'firefox'], ['firefox', 'chromium']]) {
  test(`${own}: a camera that nobody watches rests`, async (t) => {
    const server = await startServer();
    const browsers = await Promise.all([own, other].map((kind) => openBrowser(kind, server.ca)));
    t.after(async () => {
      await Promise.all(browsers.map((browser) => browser.close()));
      await server.stop();
    });
    const ada = await Person.open(browsers[0], server, 'Ada');
    await ada.page.addInitScript(noteWanted);
    await ada.claim();
    await ada.page.getByRole('switch', { name: /Start end-to-end encrypted/ }).click();
    const link = await ada.startMeeting();
    const rests = () => until('Ada’s camera rests', async () => {
      const before = await pictures(ada);
      await new Promise((ok) => setTimeout(ok, 1000));
      return (await pictures(ada)) === before;
    }, { timeout: 30_000 });
    await rests();
    for (const name of ['Ben', 'Cem']) {
      const began = resumed(ada);
      const viewer = await Person.open(browsers[1], server, name);
      await viewer.join(link);
      await Promise.all([viewer.seesAndHears(ada, { timeout: 30_000 }), ada.seesAndHears(viewer, { timeout: 30_000 })]);
      console.log(`${own}: a picture left ${Math.round(await began)} ms after it was asked for`);
      await viewer.close();
      await rests();
    }
    const last = await ada.page.evaluate(() => window.__wanted.at(-1).some);
    assert.equal(last, false, 'the server asked for nothing');
    await ada.close();
  });
}
