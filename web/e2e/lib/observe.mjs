// What the bench notes inside a page while encryption is switched on and off:
// descriptions that are set, words of the shield, every picture that is shown
// with its counter, concealed sound, and the media worker's counts and times.

import { readFileSync } from 'node:fs';
import { get } from 'node:https';

/** In the page, before its own scripts. */
export function observe() {
  const seen = (window.__seen = { descriptions: 0, words: [], pictures: [], sound: [], clicks: [], took: [], empty: 0, worker: null });
  const { prototype } = RTCPeerConnection;
  for (const name of ['setLocalDescription', 'setRemoteDescription']) {
    const native = prototype[name];
    prototype[name] = function (...args) {
      seen.descriptions++;
      return native.apply(this, args);
    };
  }
  const Native = window.Worker;
  window.Worker = class extends Native {
    constructor(url, options) {
      super(url, options);
      if (options?.name === 'media') seen.worker = this;
    }
  };
  new BroadcastChannel('bench').onmessage = ({ data }) => {
    seen.took.push(...data.took);
    seen.empty += data.empty;
  };
  addEventListener('click', (e) => seen.clicks.push({ at: Date.now(), on: e.target.closest?.('button')?.textContent.trim() }), true);

  let word = '';
  const shield = () => {
    const now = document.querySelector('button[aria-label^="Encryption: "]')?.getAttribute('aria-label').slice('Encryption: '.length);
    if (now && now !== word) seen.words.push({ at: Date.now(), word: (word = now) });
  };
  new MutationObserver(shield).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['aria-label'] });

  // 64 × 36 pixels are enough for the cells, and cheap to read for every picture.
  const canvas = new OffscreenCanvas(64, 36);
  const g = canvas.getContext('2d', { willReadFrequently: true });
  const look = (video) => {
    g.clearRect(0, 0, 64, 36);
    g.drawImage(video, 0, 0, 64, 36);
    const { data } = g.getImageData(0, 0, 64, 18);
    if (data[3] === 0) return null; // nothing was drawn: the picture is gone already
    const bit = (x, y) => (data[(y * 64 + x) * 4 + 1] > 127 ? 1 : 0);
    let counter = 0;
    let id = 0;
    for (let i = 0; i < 16; i++) counter |= bit(i * 4 + 2, 4) << i;
    for (let i = 0; i < 8; i++) id |= bit(i * 8 + 4, 13) << i;
    return { counter, id };
  };
  const followed = new WeakSet();
  setInterval(() => {
    for (const video of document.querySelectorAll('video[aria-label^="Video of "]')) {
      if (followed.has(video)) continue;
      followed.add(video);
      const shown = () => {
        const name = video.getAttribute('aria-label').slice('Video of '.length);
        const picture = look(video);
        if (picture) seen.pictures.push({ name, at: performance.timeOrigin + performance.now(), ...picture });
        video.requestVideoFrameCallback(shown);
      };
      video.requestVideoFrameCallback(shown);
    }
  }, 200);
  setInterval(async () => {
    const at = Date.now();
    for (const pc of window.__e2e?.connections ?? [])
      for (const s of (await pc.getStats()).values())
        if (s.type === 'inbound-rtp' && s.kind === 'audio' && s.packetsReceived > 0) seen.sound.push({ at, mid: s.mid, concealed: s.concealedSamples });
  }, 200);
}

/** Goes before the media worker's own script: how long each frame was in it, from its hands to its hands. */
function timing() {
  let took = [];
  let empty = 0;
  const Native = globalThis.TransformStream;
  globalThis.TransformStream = class extends Native {
    constructor(transformer, ...rest) {
      const step = transformer?.transform;
      if (!step) return super(transformer, ...rest);
      super(
        {
          ...transformer,
          transform(frame, controller) {
            if (frame.data.byteLength === 0) empty++;
            const from = performance.now();
            return step(frame, {
              enqueue(out) {
                took.push(performance.now() - from);
                controller.enqueue(out);
              },
            });
          },
        },
        ...rest,
      );
    }
  };
  const channel = new BroadcastChannel('bench');
  setInterval(() => {
    channel.postMessage({ took, empty });
    took = [];
    empty = 0;
  }, 1000);
}

/** A file of the server, whose certificate this process does not trust by itself. */
function file(server, url) {
  return new Promise((ok, fail) => {
    get(url, { ca: readFileSync(server.ca) }, (reply) => {
      const parts = [];
      reply.on('data', (part) => parts.push(part));
      reply.on('end', () => ok({ headers: reply.headers, text: Buffer.concat(parts).toString() }));
    }).on('error', fail);
  });
}

/** Installs both in a page that has not been opened yet. */
export async function watchAll(page, server) {
  await page.addInitScript(observe);
  await page.route(/media-worker[^/]*\.js$/, async (route) => {
    const { headers, text } = await file(server, route.request().url());
    delete headers['content-length'];
    await route.fulfill({ status: 200, headers, body: `(${timing})();\n${text}` });
  });
}

/**
 * What was noted since the last call; the page forgets it. As one text, for drivers
 * take a page's main thread for long with thousands of values one by one.
 */
export async function drain(page) {
  const text = await page.evaluate(() => {
    const seen = window.__seen;
    const { descriptions, empty } = seen;
    const take = (list) => list.splice(0);
    return JSON.stringify({ descriptions, empty, words: take(seen.words), pictures: take(seen.pictures), sound: take(seen.sound), clicks: take(seen.clicks), took: take(seen.took) });
  });
  return JSON.parse(text);
}

/** The words and clicks that were noted since the last drain, which stay: little enough to be asked for in the middle of a switch. */
export async function glance(page) {
  return JSON.parse(await page.evaluate(() => JSON.stringify({ words: window.__seen.words, clicks: window.__seen.clicks })));
}

/** Sums of the media worker's verdicts since it began. */
export function verdicts(page) {
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        const { worker } = window.__seen;
        const take = ({ data }) => {
          if (data.type !== 'counts') return;
          worker.removeEventListener('message', take);
          const sum = { frames: 0, held: 0, dropped: {} };
          for (const row of data.counts) {
            sum.frames += row.frames;
            sum.held += row.e2ee?.held ?? 0;
            for (const [why, n] of Object.entries(row.e2ee?.dropped ?? {})) sum.dropped[`${row.media} ${why}`] = (sum.dropped[`${row.media} ${why}`] ?? 0) + n;
          }
          resolve(sum);
        };
        worker.addEventListener('message', take);
        worker.postMessage({ type: 'report', every: false });
      }),
  );
}
