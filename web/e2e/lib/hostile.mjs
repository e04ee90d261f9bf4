// A hostile server: the real one with an attacker in it (test/attacks/hostile),
// and a listener whose page lacks one defence at a time, so that an attack shows
// that it arrives and would succeed.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Person, until } from './people.mjs';
import { startServer } from './server.mjs';

/** What cameras give: three pages share a machine. */
export const small = { width: 320, height: 180, fps: 10 };

const root = resolve(import.meta.dirname, '../../..');
const weakPath = '/weak/media-worker.js';

/** Builds and starts it; order() tells the attacker what to do and resolves with what it answers. */
export async function startHostile() {
  const weak = await weakWorker(); // before anything runs that would outlive its failure
  const folder = mkdtempSync(join(tmpdir(), 'roundel-hostile-'));
  try {
    return await hostileIn(folder, weak);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function hostileIn(folder, weak) {
  const program = join(folder, 'roundel');
  execFileSync('go', ['run', './test/attacks/hostile/graft', program], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  const path = join(folder, 'attacker');
  const server = await startServer({ program, env: { ...process.env, ROUNDEL_HOSTILE: path } });
  const { order, close } = attackerAt(path);
  try {
    await order({ do: 'serve', path: weakPath, content: weak });
  } catch (error) {
    close();
    await server.stop();
    throw error;
  }
  return Object.assign(server, {
    order,
    /** What the server took in of each track of a participant within so many ms. */
    async tap(self, ms) {
      await order({ do: 'tap' });
      await new Promise((ok) => setTimeout(ok, ms));
      const sum = { frames: 0, sealed: 0, clear: 0 };
      for (const [track, seen] of Object.entries((await order({ do: 'tap' })).tap ?? {}))
        if (track.startsWith(`${self} `)) for (const what of Object.keys(sum)) sum[what] += seen[what];
      return sum;
    },
    async end() {
      close();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  });
}

/** The way to the attacker; what it has not answered when it goes fails. */
function attackerAt(path) {
  const socket = connect(path);
  const waiting = [];
  const gone = (why) => {
    for (const { fail } of waiting.splice(0)) fail(why);
  };
  socket.on('error', gone);
  socket.on('close', () => gone(new Error('the attacker in the server is gone')));
  createInterface({ input: socket }).on('line', (line) => waiting.shift().ok(JSON.parse(line)));
  const order = async (what) => {
    const answer = new Promise((ok, fail) => waiting.push({ ok, fail }));
    if (socket.destroyed) gone(new Error('the attacker in the server is gone'));
    else socket.write(`${JSON.stringify(what)}\n`);
    const reply = await answer;
    if (reply.error) throw new Error(reply.error);
    return reply;
  };
  return { order, close: () => socket.destroy() };
}

/**
 * The defences that a weakened listener can lack, as changes of the media
 * worker's source. Each must fit exactly once; all of them ask the page which
 * one is lacking now.
 */
const lacking = (what) => `(globalThis.lacking === '${what}')`;
const weaknesses = [
  ['e2ee/incoming.ts', 'if (wrong) return drop(wrong);', `if (wrong && !${lacking('place')} && !(wrong === 'order' && ${lacking('order')})) return drop(wrong);`],
  ['e2ee/incoming.ts', 'const passes = ', `const passes = ${lacking('strictness')} || `],
  ['e2ee/receiver.ts', "else this.end(entry, drop('forged'));", "else {\n      globalThis.failures = (globalThis.failures ?? 0) + 1;\n      this.end(entry, drop('forged'));\n    }"],
  ['e2ee/receiver.ts', 'const verdict = this.ring.judge(entry.arrived);', `const verdict = ${lacking('patience')} && globalThis.failures > 15 ? drop('forged') : this.ring.judge(entry.arrived);`],
  ['e2ee/outgoing.ts', "if (!epoch) return { act: 'hold' };", `if (!epoch) return { act: ${lacking('freshness')} ? 'clear' : 'hold' };`],
  ['media/lanes.ts', 'if (!ring || !this.kind) {', `if (!ring && ${lacking('freshness')}) {\n      go(frame, out);\n      return;\n    }\n    if (!ring || !this.kind) {`],
  ['media/lanes.ts', 'this.attribute(verdict.sealed ?', `this.attribute(verdict.sealed && !${lacking('attribution')} ?`],
  ['media/media-worker.ts', 'switch (data.type) {', 'switch (data.type) {\n    case "lacking":\n      globalThis.lacking = data.what;\n      break;'],
];

async function weakWorker() {
  const { build } = await import('vite');
  const src = join(root, 'web/src/');
  const fitted = new Set();
  const weaken = {
    name: 'weaken',
    enforce: 'pre',
    transform(code, id) {
      for (const change of weaknesses) {
        const [file, old, text] = change;
        if (id !== join(src, file)) continue;
        if (code.split(old).length !== 2) throw new Error(`${file} has changed: ${old} is not there once`);
        code = code.replace(old, () => text);
        fitted.add(change);
      }
      return code;
    },
  };
  const { output } = await build({
    configFile: false,
    logLevel: 'error',
    plugins: [weaken],
    build: { write: false, minify: false, modulePreload: { polyfill: false }, rollupOptions: { input: join(src, 'media/media-worker.ts') } },
  });
  if (fitted.size !== weaknesses.length || output.length !== 1) throw new Error('the weakened worker is not whole');
  return output[0].code;
}

/** In the page: keeps the media workers within reach, and starts a weakened one if asked. */
function watch(weak) {
  const spy = (window.__attack = { media: [], mls: [], self: '', lacking: '' });
  const policies = window.trustedTypes;
  if (weak && policies) {
    const create = policies.createPolicy.bind(policies);
    policies.createPolicy = (name, rules) =>
      create(name, { ...rules, createScriptURL: (url) => (/media-worker/.test(url) ? new URL(weak, location.href).href : rules.createScriptURL(url)) });
  }
  const Native = window.Worker;
  window.Worker = class extends Native {
    constructor(url, options) {
      super(weak && !policies && options?.name === 'media' ? weak : url, options);
      if (options?.name === 'mls') spy.mls.push(this);
      if (options?.name !== 'media') return;
      spy.media.push(this);
      if (weak) this.postMessage({ type: 'lacking', what: spy.lacking });
    }
  };
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...args) {
      super(...args);
      this.addEventListener('message', ({ data }) => {
        const { body } = JSON.parse(data);
        spy.self = body?.joined?.self ?? spy.self;
      });
    }
  };
  spy.counts = () =>
    new Promise((resolve) => {
      const worker = spy.media.at(-1);
      const take = ({ data }) => {
        if (data.type !== 'counts') return;
        worker.removeEventListener('message', take);
        resolve(data.counts);
      };
      worker.addEventListener('message', take);
      worker.postMessage({ type: 'report', every: false });
    });
}

/** Opens a person's page; weak: its media worker can lack a defence. */
export async function open(browser, server, name, { weak = false, lacks = '', ...options } = {}) {
  const person = await Person.open(browser, server, name, options);
  person.page.setDefaultTimeout(60_000);
  await person.page.addInitScript(watch, weak ? weakPath : '');
  if (lacks) await person.page.addInitScript((what) => (window.__attack.lacking = what), lacks);
  return person;
}

/** From now on a weakened page lacks this defence, or none. */
export const lack = (person, what) => person.page.evaluate((what) => window.__attack.media.forEach((worker) => worker.postMessage({ type: 'lacking', what })), what);

export const selfOf = (person) => person.page.evaluate(() => window.__attack.self);

/** What became of the sound that came to a person; lost: packets that never did. */
export async function heard(person) {
  const sum = { frames: 0, sealed: 0, clear: 0, dropped: {}, lost: 0 };
  sum.lost = await person.page.evaluate(async () => {
    let lost = 0;
    for (const pc of window.__e2e.connections)
      for (const s of (await pc.getStats()).values()) if (s.type === 'inbound-rtp' && s.kind === 'audio') lost += s.packetsLost;
    return lost;
  });
  for (const row of await person.page.evaluate(() => window.__attack.counts())) {
    if (row.side !== 'receive' || row.media !== 'audio') continue;
    sum.frames += row.frames;
    sum.sealed += row.e2ee?.sealed ?? 0;
    sum.clear += row.e2ee?.clear ?? 0;
    for (const [reason, count] of Object.entries(row.e2ee?.dropped ?? {})) sum.dropped[reason] = (sum.dropped[reason] ?? 0) + count;
  }
  return sum;
}

/** A host starts a meeting that is encrypted from the start, and returns its link. */
export async function startSealed(host) {
  await host.page.getByRole('switch', { name: /Start end-to-end encrypted/ }).click();
  return host.startMeeting();
}

/** The host switches, and every shield says so. */
export async function turn(host, on, everyone) {
  await host.more(on ? 'Turn on end-to-end encryption' : 'Turn off end-to-end encryption');
  await host.page.getByRole('dialog').getByRole('button', { name: on ? 'Turn on' : 'Turn off', exact: true }).click();
  await Promise.all(everyone.map((person) => person.shield(on ? 'End-to-end encrypted' : 'Encrypted', { timeout: 60_000 })));
}

export const pause = (ms) => new Promise((ok) => setTimeout(ok, ms));
export { Person, until };
