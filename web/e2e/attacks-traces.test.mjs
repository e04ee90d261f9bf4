// What a real meeting of two browsers and the SDK leaves behind: on the server's
// disk, in its memory, its log and on the network, and in the consoles of its
// members. Without encryption the same search finds what was said.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openBrowser } from './lib/browsers.mjs';
import { pause, small, turn } from './lib/hostile.mjs';
import { Person, until } from './lib/people.mjs';
import { host, roundelctl, startServer } from './lib/server.mjs';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'roundel-traces-'));
const capture = join(folder, 'capture');
const canary = () => `canary${randomBytes(12).toString('hex')}`;

let server, chromium, firefox, packets;
/** What the robot sends: none of these frames may be found. */
const media = { video: join(folder, 'pattern.ivf'), audio: join(folder, 'noise.ogg') };

before(async () => {
  const ffmpeg = (...args) => execFileSync('ffmpeg', ['-loglevel', 'error', '-y', '-f', 'lavfi', '-i', ...args]);
  ffmpeg('testsrc2=size=320x180:rate=15', '-t', '4', '-c:v', 'libvpx', '-b:v', '300k', '-g', '30', media.video);
  ffmpeg('anoisesrc=sample_rate=48000:amplitude=0.1', '-t', '4', '-c:a', 'libopus', '-b:a', '48k', media.audio);
  execFileSync('go', ['build', '-o', capture, './test/attacks/capture'], { cwd: root, stdio: 'inherit' });
  packets = await startCapture(join(folder, 'all.pcap'));
  server = await startServer({ args: ['--log-level', 'debug'] });
  [chromium, firefox] = await Promise.all([openBrowser('chromium', server.ca), openBrowser('firefox', server.ca)]);
});

after(async () => {
  await Promise.all([chromium?.close(), firefox?.close()]);
  await server?.stop();
  await packets?.end();
  rmSync(folder, { recursive: true, force: true });
});

async function startCapture(file) {
  const child = spawn(capture, [file, host], { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise((ok, fail) => {
    child.stdout.once('data', ok);
    child.once('exit', () => fail(new Error('the capture ended')));
  });
  return {
    file,
    async end() {
      if (child.exitCode !== null) return;
      const ended = new Promise((ok) => child.once('exit', ok));
      child.stdin.end();
      await ended;
    },
  };
}

/** In the page: lets the keys pass from worker to worker as ever, and notes them. */
function overhear() {
  const bases = (window.__bases = []);
  const Native = window.MessageChannel;
  window.MessageChannel = function () {
    const [one, two] = [new Native(), new Native()];
    const carry = (from, to) => {
      from.onmessage = ({ data }) => {
        if (data?.base) bases.push([...new Uint8Array(data.base)].map((b) => b.toString(16).padStart(2, '0')).join(''));
        to.postMessage(data, data?.base ? [data.base] : []);
      };
    };
    carry(one.port2, two.port1);
    carry(two.port1, one.port2);
    return { port1: one.port1, port2: two.port2 };
  };
}

/** Somebody whose console is kept, with those of the page's workers. */
async function open(browser, name) {
  const person = await Person.open(browser, server, name, small);
  person.page.setDefaultTimeout(60_000);
  person.console = '';
  person.page.on('console', (message) => (person.console += `${message.type()} ${message.text()}\n`));
  person.page.on('pageerror', (error) => (person.console += `${error.stack}\n`));
  await person.page.addInitScript(overhear);
  return person;
}

/** The SDK's participant, which says what lines say. */
function robotJoins(link, name) {
  const args = ['join', '--ca', server.ca, '--name', name, '--video', media.video, '--audio', media.audio, '--chat', '--json'];
  const child = spawn(roundelctl, args, { stdio: 'pipe', env: { ...process.env, ROUNDEL_LINK: link } });
  const robot = { out: '', errors: '', says: (line) => child.stdin.write(`${line}\n`) };
  child.stdout.on('data', (chunk) => (robot.out += chunk));
  child.stderr.on('data', (chunk) => (robot.errors += chunk));
  const ended = new Promise((ok) => child.on('exit', ok));
  robot.end = async (signal) => {
    child.kill(signal);
    await ended;
  };
  return robot;
}

/** What roundelctl audit finds, by secret and place. */
function audit(needles, ...args) {
  const secrets = join(folder, 'secrets');
  writeFileSync(secrets, needles.map(([name, value]) => `${name} ${value}\n`).join(''));
  const { status, stdout, stderr } = spawnSync(roundelctl, ['audit', '--json', '--secrets', secrets, ...args], { encoding: 'utf8', maxBuffer: 64 << 20 });
  rmSync(secrets);
  assert.ok(stdout, stderr);
  const report = JSON.parse(stdout);
  assert.equal(status !== 0, report.findings.length > 0, stderr);
  return { found: [...new Set(report.findings.map(({ what, where }) => `${what} in ${where.replace(folder, '').replace(server.data, 'data')}`))].toSorted(), bytes: report.bytes, skipped: report.skipped };
}

const hex = (text) => Buffer.from(text).toString('hex');

/** Looks at all that the server has while it stands still: memory, disk, log, network. */
function look(needles) {
  const traces = join(folder, 'traces');
  mkdirSync(traces, { recursive: true });
  process.kill(server.pid, 'SIGSTOP');
  try {
    // Its own lines about the first owner's link are for its operator.
    writeFileSync(join(traces, 'log'), server.log);
    copyFileSync(packets.file, join(traces, 'packets.pcap'));
    const memory = audit(needles, '--pid', String(server.pid), '--media', media.video, '--media', media.audio);
    const rest = audit(needles, '--data', server.data, '--data', join(traces, 'log'), '--capture', join(traces, 'packets.pcap'), '--media', media.video, '--media', media.audio);
    return { memory, rest };
  } finally {
    process.kill(server.pid, 'SIGCONT');
  }
}

test('an encrypted meeting leaves nothing with the server, and its keys in no console', async (t) => {
  const [ben, robotName, chat, privately, fileName, content] = Array.from({ length: 6 }, canary);
  const ada = await open(chromium, 'Ada');
  await ada.claim();
  await ada.page.getByRole('switch', { name: /Start end-to-end encrypted/ }).click();
  const link = await ada.startMeeting();
  const guest = await open(firefox, `Ben ${ben}`);
  await guest.join(link);
  const robot = robotJoins(link, `Robot ${robotName}`);
  const both = [ada, guest];
  await Promise.all(both.map((person) => person.page.locator(`video[aria-label="Video of Robot ${robotName}"]`).waitFor({ timeout: 60_000 })));
  await Promise.all(both.map((person) => person.shield('End-to-end encrypted', { timeout: 60_000 })));
  await ada.says(chat);
  await guest.reads(chat);
  await guest.says(privately, { to: ada });
  await ada.reads(privately);
  const path = join(folder, `${fileName}.txt`);
  writeFileSync(path, `${content}\n`.repeat(2000));
  robot.says(`/file ${path}`);
  const secret = chat.split('').toReversed().join(''); // said by the robot itself
  robot.says(secret);
  await ada.reads(secret);
  await until('the file is on the server', () => statSync(server.data).isDirectory() && execFileSync('find', [server.data, '-type', 'f', '-size', '+40k', '-newer', path], { encoding: 'utf8' }).trim());
  await pause(1000);

  const parts = new URL(link).hash.slice(1).split('.');
  const seeds = await ada.page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]));
  const seed = /\.h\.([\w-]{43})/.exec(seeds)?.[1];
  const bases = new Set((await Promise.all(both.map((person) => person.page.evaluate(() => window.__bases)))).flat());
  const keys = [
    ['secret of the link', Buffer.from(parts[1], 'base64url').toString('hex')],
    ...(seed ? [['seed of the root', Buffer.from(seed, 'base64url').toString('hex')]] : []),
    ...[...bases].map((base, i) => [`exporter secret ${i + 1}`, base]),
  ];
  assert.ok(bases.size >= 1, 'no key was overheard');
  const texts = Object.entries({ chat, 'private chat': privately, 'chat of the robot': secret, 'name of Ben': ben, 'name of the robot': robotName, 'name of the file': fileName, file: content });
  const needles = [...keys, ...texts.map(([name, text]) => [name, hex(text)])];
  const { memory, rest } = look(needles);
  t.diagnostic(`looked for ${needles.length} secrets (the seed of the root ${seed ? 'too' : 'is not in the page'}) in ${memory.bytes >> 20} MB of memory and ${rest.bytes >> 20} MB of disk, log and network: ${JSON.stringify([memory, rest])}`);
  assert.ok(memory.bytes > 20 << 20 && rest.bytes > 1 << 20, 'nothing was looked at');
  assert.deepEqual([memory.found, rest.found], [[], []]);

  // Everything that a console or a dying program may say, and a positive control.
  await Promise.all(both.map((person) => person.page.evaluate(() => window.__e2e.sockets.at(-1).close())));
  await Promise.all(both.map((person) => person.shield('End-to-end encrypted', { timeout: 60_000 })));
  const control = canary();
  await ada.page.evaluate((text) => console.log(text, new Uint8Array(8)), control);
  await guest.page.evaluate((text) => console.log(text), control);
  for (const person of both) await person.page.evaluate(() => console.warn(window.__e2e.sockets.length));
  await robot.end('SIGQUIT'); // Go says then what each goroutine does
  assert.match(robot.errors, /goroutine \d+ /, 'the robot said nothing when it ended');
  await until('the control is in both consoles', () => both.every((person) => person.console.includes(control)));
  const consoles = join(folder, 'consoles');
  mkdirSync(consoles);
  writeFileSync(join(consoles, 'chromium'), ada.console);
  writeFileSync(join(consoles, 'firefox'), guest.console);
  writeFileSync(join(consoles, 'robot-errors'), robot.errors);
  // What others say is what --chat prints; keys are not.
  writeFileSync(join(folder, 'robot-out'), robot.out);
  const said = audit([...needles, ['control', hex(control)]], '--data', consoles);
  const printed = audit(keys, '--data', join(folder, 'robot-out'));
  t.diagnostic(`consoles: ${[ada.console, guest.console, robot.errors, robot.out].map((text) => text.length)} bytes: ${JSON.stringify([said.found, printed.found])}`);
  assert.deepEqual([said.found, printed.found], [['control in /consoles/chromium', 'control in /consoles/firefox'], []]);
  const numbers = keys.map(([, key]) => [...Buffer.from(key, 'hex')].slice(0, 8));
  for (const text of [ada.console, guest.console, robot.errors, robot.out])
    for (const list of numbers) assert.ok(!text.includes(list.join(',')) && !text.includes(list.join(', ')) && !text.includes(list.join(' ')), 'a key is printed as numbers');

  // The same meeting, and the same search, in the clear.
  const again = robotJoins(link, `Robot ${robotName}`);
  await ada.page.locator(`video[aria-label="Video of Robot ${robotName}"]`).waitFor({ timeout: 60_000 });
  await turn(ada, false, both);
  const openly = canary();
  await ada.says(openly);
  await guest.reads(openly);
  // The first robot's seat stays a while, and the second one waits for its proof.
  await ada.seesMoving({ name: `Robot ${robotName}` });
  const clear = look([...needles, ['chat in the clear', hex(openly)]]);
  t.diagnostic(`in the clear: ${JSON.stringify([clear.memory.found, clear.rest.found])}`);
  assert.ok(clear.memory.found.some((line) => line.startsWith('chat in the clear in process')), 'what is said in the clear is not found either: the audit proves nothing');
  assert.ok(clear.memory.found.some((line) => line.startsWith('frame ')), 'media in the clear is not found either: the audit proves nothing');
  await again.end('SIGINT');
  await Promise.all(both.map((person) => person.page.close()));
});
