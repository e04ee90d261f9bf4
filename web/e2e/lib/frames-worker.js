// The media worker's own way of frames without a network: groups and lanes of
// web/src/media, frames made here. bench-frames.mjs bundles it and runs it as a
// worker in browsers.
import { encodeHeader } from '../../src/e2ee/header';
import { encodeKID, KINDS } from '../../src/e2ee/kid';
import { wrap } from '../../src/e2ee/shell';
import { Group } from '../../src/media/group';
import { ReceiveLane, SendLane } from '../../src/media/lanes';

const BATCH = 40; // short, so that some batches run without a pause
const BATCHES = 10;
const TAG = 16;
const MIME = { mic: 'audio/opus', camera: 'video/VP8' };

const verdicts = () => ({ sealed: 0, clear: 0, held: 0, dropped: {}, owner: null });
const quantile = (list, q) => [...list].sort((a, b) => a - b)[Math.max(0, Math.ceil(q * list.length) - 1)];
let epochs = 0;

/** Groups of so many people in an epoch of their own, each as its mls worker would tell it. */
async function meeting(size) {
  const epoch = ++epochs;
  const leaves = Array.from({ length: size }, (_, leaf) => [leaf, `person ${leaf}`]);
  const groups = leaves.map(([self]) => {
    const { port1, port2 } = new MessageChannel();
    const group = new Group(port1);
    const base = new Uint8Array(32).fill(epoch % 256);
    base[0] = epoch >> 8;
    for (const message of [
      { type: 'instance', instance: 0, meeting: 'bench' },
      { type: 'epoch', epoch, base: base.buffer, self, leaves, removes: false },
      { type: 'send', mode: 'seal', epoch },
      { type: 'receive', mode: 'sealed', until: 0, from: [] },
    ]) port2.postMessage(message);
    return group;
  });
  while (!groups.every((group) => group.ring?.knows(epoch))) await new Promise((ok) => setTimeout(ok, 5));
  return { epoch, groups, close: () => groups.forEach((group) => group.close()) };
}

const frameOf = (kind, data, time) => ({
  data,
  ...(kind === 'camera' && { type: time === 0 ? 'key' : 'delta' }),
  getMetadata: () => ({ mimeType: MIME[kind], rtpTimestamp: time, synchronizationSource: 1 }),
});

const sendLane = (group, kind) => new SendLane(group, {}, { side: 'send', media: kind === 'mic' ? 'audio' : 'video', label: kind, group: true }, verdicts());
function receiveLane(group, kind, slot) {
  const counts = verdicts();
  const lane = new ReceiveLane(group, {}, { side: 'receive', media: kind === 'mic' ? 'audio' : 'video', label: `${kind} ${slot}`, group: true }, counts, { played() {}, owner() {} });
  return { lane, counts };
}

/** Sends so many frames through a lane; resolves with what left. */
function seal(lane, kind, size, many, from = 0) {
  const out = [];
  return new Promise((resolve) => {
    const next = { enqueue: (frame) => out.push(frame.data) === many && resolve(out) };
    for (let i = 0; i < many; i++) lane.push(frameOf(kind, crypto.getRandomValues(new Uint8Array(size)).buffer, from + i), next);
  });
}

/** Gives frames to a lane; resolves when the last, which must be good, has opened. */
function open(lane, kind, list, from = 0) {
  return new Promise((resolve) => {
    const last = list.length - 1;
    list.forEach((data, i) => lane.push(frameOf(kind, data, from + i), { enqueue: (frame) => frame.getMetadata().rtpTimestamp === from + last && resolve() }));
  });
}

/** The same frame with its tag broken. */
function broken(data) {
  const copy = data.slice(0);
  new Uint8Array(copy)[copy.byteLength - 3 - 1] ^= 1; // before the marker
  return copy;
}

/** Frames that nobody sealed, each naming another key. */
const strange = (epoch, size, id) =>
  Array.from({ length: BATCH - 1 }, (_, i) => wrap('opus', false, encodeHeader(encodeKID({ epoch, leaf: 0, ...id(i) }), 1e6 + i), new Uint8Array(size + TAG)));

/** Microseconds for one frame, batch by batch: of good ones, and of each sort of forged ones. */
async function costs(size) {
  const { epoch, groups: [alice, bob], close } = await meeting(2);
  const { lane, counts } = receiveLane(bob, 'mic', 0);
  const sending = sendLane(alice, 'mic');
  let time = 0;
  const timed = async (list) => {
    const from = performance.now();
    await open(lane, 'mic', list, time);
    const took = performance.now() - from;
    time += list.length;
    return (took / list.length) * 1000;
  };
  await timed(await seal(sending, 'mic', size, 1)); // proves the key
  const batches = [];
  while (batches.length < BATCHES) batches.push(await batch());
  close();
  return batches;

  async function batch() {
    const opened = counts.sealed;
    const from = performance.now();
    const good = await seal(sending, 'mic', size, BATCH, time);
    const sealed = ((performance.now() - from) / BATCH) * 1000;
    const result = { sealed, opened: await timed(good) };
    if (counts.sealed !== opened + BATCH) throw new Error(`of ${BATCH} good frames ${counts.sealed - opened} opened`);
    const forged = {
      'known key': async () => (await seal(sending, 'mic', size, BATCH - 1, time)).map(broken),
      'changing worker': () => strange(epoch, size, (i) => ({ kind: 'mic', instance: i + 1 })),
      'changing kind and worker': () => strange(epoch, size, (i) => ({ kind: KINDS[i % 4], instance: i + 1 })),
      'changing person': () => strange(epoch, size, (i) => ({ kind: 'mic', instance: 0, leaf: i + 2 })),
      'changing epoch': () => strange(epoch, size, (i) => ({ kind: 'mic', instance: 0, epoch: epoch + 128 + (i % 100) })),
    };
    result.forged = {};
    for (const [sort, make] of Object.entries(forged)) {
      const flood = await make();
      const [proof] = await seal(sending, 'mic', size, 1, time);
      const before = counts.sealed;
      result.forged[sort] = await timed([...flood, proof]);
      if (counts.sealed !== before + 1) throw new Error(`${counts.sealed - before} of a flood opened: ${sort}`);
    }
    return result;
  }
}

/** Times of single frames in ms, with so many streams of sound and pictures: one's own and those of others. */
async function streams(many, seconds) {
  const rates = { mic: { fps: 50, size: 160 }, camera: { fps: 30, size: 4000 } };
  const { groups: [bob, ...others], close } = await meeting(many);
  const feeds = [];
  for (const [kind, { fps, size }] of Object.entries(rates)) {
    feeds.push({ kind, fps, lane: sendLane(bob, kind), next: () => crypto.getRandomValues(new Uint8Array(size)).buffer, sent: 0 });
    for (const [i, group] of others.entries()) {
      const sending = sendLane(group, kind);
      const list = [];
      while (list.length < fps * seconds) list.push(...(await seal(sending, kind, size, Math.min(400, fps * seconds - list.length), list.length)));
      const { lane } = receiveLane(bob, kind, i);
      feeds.push({ kind, fps, lane, next: (n) => list[n], sent: 0 });
    }
  }
  // People's cameras are not in step with each other.
  for (const [i, feed] of feeds.entries()) feed.phase = i / feeds.length;
  const took = [];
  const began = performance.now();
  for (let now = began; feeds.some((feed) => feed.sent < feed.fps * seconds); now = performance.now()) {
    for (const feed of feeds) {
      if (feed.sent >= feed.fps * seconds || now < began + ((feed.sent + feed.phase) / feed.fps) * 1000) continue;
      const n = feed.sent++;
      const from = performance.now();
      feed.lane.push(frameOf(feed.kind, feed.next(n), n), { enqueue: () => took.push(performance.now() - from) });
    }
    await new Promise((ok) => setTimeout(ok, 2));
  }
  await new Promise((ok) => setTimeout(ok, 500));
  close();
  const sent = feeds.reduce((sum, feed) => sum + feed.sent, 0);
  if (took.length !== sent) throw new Error(`of ${sent} frames ${took.length} passed`);
  return { frames: sent, p50: quantile(took, 0.5), p95: quantile(took, 0.95) };
}

globalThis.onmessage = async ({ data: { rounds, seconds, many } }) => {
  try {
    const result = { costs: { 160: [], 1200: [] }, streams: [] };
    for (let i = 0; i < rounds; i++) {
      for (const size of [160, 1200]) result.costs[size].push(...(await costs(size)));
      result.streams.push(await streams(many, seconds));
    }
    for (const list of Object.values(result.costs)) list.splice(0, BATCHES); // the first round compiles
    globalThis.postMessage({ result });
  } catch (error) {
    globalThis.postMessage({ error: String(error.stack ?? error) });
  }
};
