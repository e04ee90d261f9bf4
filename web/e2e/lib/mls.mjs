// The mls worker's part in a journey about media: a script in the page at the
// other end of the media worker's port hands out fixed keys and rules. The
// product has no way in for it but the one that the mls worker uses.
import { rest } from './server.mjs';
import { Person } from './people.mjs';

/**
 * In the page: gives every media worker a port and answers it with what rule()
 * said so far, once begin() has named the two people by their participant ids.
 */
function playMLS() {
  const mls = (window.__mls = { rules: [], told: [], instance: 0, worker: null, port: null, self: '', leaves: [] });
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...args) {
      super(...args);
      this.addEventListener('message', ({ data }) => (mls.self ||= JSON.parse(data).body?.joined?.self ?? ''));
    }
  };
  const Native = window.Worker;
  window.Worker = class extends Native {
    constructor(url, options) {
      super(url, options);
      if (options?.name !== 'media') return;
      const { port1, port2 } = new MessageChannel();
      mls.worker = this;
      mls.port = port1;
      this.postMessage({ type: 'group', port: port2 }, [port2]);
      port1.onmessage = ({ data }) => {
        mls.told.push(data);
        if (data.type !== 'need-instance') return;
        port1.postMessage({ type: 'instance', instance: mls.instance++, meeting: 'a meeting' });
        for (const rule of mls.rules) port1.postMessage(rule);
      };
    }
  };
  mls.begin = (ids) => {
    mls.leaves = ids.map((id, leaf) => [leaf, id]);
    const participant = ids.find((id) => id !== mls.self);
    for (let i = 0; i < 25; i++)
      for (const [media, kind] of [['audio', 'mic'], ['video', 'camera']]) mls.worker.postMessage({ type: 'bound', label: `${media} ${i}`, bound: { participant, kind } });
  };
  mls.rule = (rule) => {
    if (rule.type === 'epoch') {
      rule.base = new Uint8Array(32).fill(rule.epoch).buffer;
      rule.self = mls.leaves.find(([, id]) => id === mls.self)[0];
      rule.leaves = mls.leaves;
      rule.removes ??= false;
    }
    if (rule.type === 'receive') {
      rule.until = Date.now() + 2000;
      rule.from = mls.leaves.map(([, id]) => id);
    }
    mls.rules.push(rule);
    mls.port?.postMessage(rule);
  };
  mls.counts = () =>
    new Promise((resolve) => {
      const take = ({ data }) => {
        if (data.type !== 'counts') return;
        mls.worker.removeEventListener('message', take);
        resolve(data.counts);
      };
      mls.worker.addEventListener('message', take);
      mls.worker.postMessage({ type: 'report', every: false });
    });
}

/**
 * In the page: the camera is one stream whose encoder makes these layers (a
 * scalability mode of WebRTC-SVC) where it can, instead of a stream for each size.
 */
function encodeLayers(mode) {
  const { addTransceiver } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.addTransceiver = function (media, init) {
    if (media === 'video' && init?.sendEncodings) {
      const [{ rid, scaleResolutionDownBy, ...encoding }] = init.sendEncodings;
      init.sendEncodings = [{ ...encoding, scalabilityMode: mode }];
    }
    return addTransceiver.call(this, media, init);
  };
}

/** What a meeting in the clear goes by. */
export const clear = [{ type: 'send', mode: 'clear', epoch: 0 }, { type: 'receive', mode: 'clear' }];
/** What a meeting goes by that is sealed in this epoch. */
export const sealed = (epoch) => [{ type: 'epoch', epoch }, { type: 'send', mode: 'seal', epoch }, { type: 'receive', mode: 'sealed' }];

/** Says rules to a person's media worker, and to every later one. */
export async function rule(person, ...rules) {
  await person.page.evaluate((rules) => rules.forEach((rule) => window.__mls.rule(rule)), rules);
}

/**
 * People in a meeting of their own, who go by these rules once all are in; options as
 * of Person.open, and those of `first` for the first of them only.
 */
export async function meet(server, browsers, rules, { first = {}, ...others } = {}) {
  const meeting = await rest(server, server.token(), 'POST', '/meetings', {});
  const people = [];
  for (const [i, browser] of browsers.entries()) {
    const { layers, ...options } = i === 0 ? { ...others, ...first } : others;
    const person = await Person.open(browser, server, ['Ada', 'Ben', 'Cleo'][i], options);
    await person.page.addInitScript(playMLS);
    if (layers) await person.page.addInitScript(encodeLayers, layers);
    await person.join(server.url + meeting.path);
    people.push(person);
  }
  const ids = await Promise.all(people.map(({ page }) => page.evaluate(() => window.__mls.self)));
  for (const person of people) {
    await person.page.evaluate((ids) => window.__mls.begin(ids), ids);
    await rule(person, ...rules.filter(({ type }) => type !== 'send'));
  }
  // Nobody sends what another cannot judge yet.
  for (const person of people) await rule(person, ...rules.filter(({ type }) => type === 'send'));
  return people;
}

/** Sums of the verdicts of one side of one medium of a page. */
export async function verdicts(person, side, media) {
  const rows = await person.page.evaluate(() => window.__mls.counts());
  const sum = { frames: 0, sealed: 0, clear: 0, held: 0, dropped: {} };
  for (const row of rows) {
    if (row.side !== side || row.media !== media) continue;
    sum.frames += row.frames;
    for (const what of ['sealed', 'clear', 'held']) sum[what] += row.e2ee?.[what] ?? 0;
    for (const [reason, count] of Object.entries(row.e2ee?.dropped ?? {})) sum.dropped[reason] = (sum.dropped[reason] ?? 0) + count;
  }
  return sum;
}

/** Picture and codec as the page decodes them now. */
export async function decoded(person) {
  return person.page.evaluate(async () => {
    const sum = { frames: 0, pli: 0, codecs: [] };
    for (const pc of window.__e2e.connections) {
      const stats = await pc.getStats();
      for (const s of stats.values()) {
        if (s.type !== 'inbound-rtp' || s.kind !== 'video' || !s.framesDecoded) continue;
        sum.frames += s.framesDecoded;
        sum.pli += s.pliCount;
        sum.codecs.push(stats.get(s.codecId)?.mimeType.split('/')[1]);
      }
    }
    return sum;
  });
}

/** Both see and hear each other; a failure says what became of the frames. */
export async function together(ada, ben) {
  await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]).catch(async (error) => {
    for (const person of [ada, ben])
      for (const media of ['audio', 'video'])
        for (const side of ['send', 'receive']) error.message += `\n${person.name} ${side} ${media}: ${JSON.stringify(await verdicts(person, side, media))}`;
    throw error;
  });
}
