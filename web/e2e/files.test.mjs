// Files in the chat: sealed and in clear, between browsers and with roundelctl, and
// what the server has of them.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, readSync, readdirSync, rmSync, statSync, writeFileSync, writeSync, closeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer, roundelctl } from './lib/server.mjs';
import { openBrowser } from './lib/browsers.mjs';
import { Person, until } from './lib/people.mjs';

const patience = { timeout: 60_000 };
const MiB = 1 << 20;
let server, chromium, firefox, folder, ada;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roundel-files-'));
  server = await startServer();
  [chromium, firefox] = await Promise.all([openBrowser('chromium', server.ca), openBrowser('firefox', server.ca)]);
  ada = await open(chromium, 'Ada');
  await ada.claim();
});

after(async () => {
  await Promise.all([chromium?.close(), firefox?.close()]);
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A person whose page keeps what it gives the browser to save. */
async function open(browser, name) {
  const person = await Person.open(browser, server, name);
  await person.page.addInitScript(() => {
    window.__saved = [];
    const make = URL.createObjectURL.bind(URL);
    URL.createObjectURL = (blob) => {
      window.__saved.push(blob);
      return make(blob);
    };
  });
  return person;
}

/** A file on this machine with bytes that nobody can guess. */
function makeFile(name, size) {
  const path = join(folder, name);
  writeFileSync(path, randomBytes(size));
  return { name, path, size, sha256: sha256(readFileSync(path)) };
}

const sha256 = (data) => createHash('sha256').update(data).digest('hex');

/** Starts a meeting as Ada; sealed: with a card, and encryption on. */
async function start(sealed) {
  await ada.page.goto(server.url);
  if (sealed) await ada.page.getByRole('switch', { name: /Start end-to-end encrypted/ }).click();
  return ada.startMeeting();
}

async function sends(person, file, { to } = {}) {
  await person.panel(/^Chat/);
  await person.page.getByLabel('To', { exact: true }).selectOption({ label: to?.name ?? 'Everyone' });
  await person.page.locator('input[type=file]').setInputFiles(file.path);
  await person.page.locator(`[data-staged="${file.name}"]`).waitFor();
  await person.button('Send').click();
}

const card = (person, file) => person.page.locator(`[data-file="${file.name}"]`);

/** Downloads what was offered; returns the SHA-256 of what the browser was given. */
async function fetches(person, file) {
  await person.panel(/^Chat/);
  await card(person, file).waitFor(patience);
  const before = await person.page.evaluate(() => window.__saved.length);
  await person.button(`Download ${file.name}`).click();
  await until(`${person.name} gets ${file.name}`, () => person.page.evaluate((n) => window.__saved.length > n, before), patience);
  return person.page.evaluate(async () => {
    const blob = window.__saved.at(-1);
    const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()));
    return [...sum].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  });
}

/** Files that the server keeps, as paths. */
function kept() {
  const all = [];
  const walk = (path) => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const inner = join(path, entry.name);
      if (entry.isDirectory()) walk(inner);
      else if (/[/\\]meeting-[^/\\]*[/\\][^/\\]+$/.test(inner)) all.push(inner);
    }
  };
  walk(server.data);
  return all;
}

/** Changes one byte of a file on the server's disk. */
function change(path, at = 1000) {
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, at);
  byte[0] ^= 1;
  writeSync(file, byte, 0, 1, at);
  closeSync(file);
}

/** Whether the text is anywhere in what the server has written. */
function written(text) {
  const found = [];
  const walk = (path) => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const inner = join(path, entry.name);
      if (entry.isDirectory()) walk(inner);
      else if (readFileSync(inner).includes(text)) found.push(inner);
    }
  };
  walk(server.data);
  return server.log.includes(text) ? [...found, 'log'] : found;
}

/** roundelctl in the meeting: says lines, and keeps what it is offered. */
function tool(link, name) {
  const files = join(folder, name);
  mkdirSync(files, { recursive: true });
  const args = ['join', '--ca', server.ca, '--name', name, '--chat', '--files', files, '--json'];
  const secret = link.includes('#');
  const child = spawn(roundelctl, [...args, ...(secret ? [] : ['--server', server.url, '--number', link.match(/\d{10}/)[0]])], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...(secret ? { ROUNDEL_LINK: link } : {}) },
  });
  let log = '';
  child.stdout.on('data', (c) => (log += c));
  child.stderr.on('data', (c) => (log += c));
  const ended = new Promise((ok) => child.on('exit', ok));
  return {
    name,
    has: (file) => existsSync(join(files, file.name)) && sha256(readFileSync(join(files, file.name))),
    list: () => readdirSync(files),
    says: (line) => child.stdin.write(`${line}\n`),
    get log() {
      return log;
    },
    async leave() {
      child.kill('SIGINT');
      await ended;
    },
  };
}

async function turn(person, on) {
  await person.more(on ? 'Turn on end-to-end encryption' : 'Turn off end-to-end encryption');
  await person.page.getByRole('dialog').getByRole('button', { name: on ? 'Turn on' : 'Turn off', exact: true }).click();
}

async function endForAll(person) {
  await person.control('Leave').click();
  await person.page.getByRole('menuitem', { name: 'End for everyone' }).click();
  await person.page.getByRole('dialog').getByRole('button', { name: 'End for everyone' }).click();
  await person.page.getByRole('heading', { name: 'The meeting has ended' }).waitFor();
}

test('sealed files between Chromium, Firefox and roundelctl', async () => {
  const link = await start(true);
  const ben = await open(firefox, 'Ben');
  await ben.join(link);
  const bot = tool(link, 'Bot');
  const both = [ada, ben];
  await Promise.all(both.map((person) => person.shield('End-to-end encrypted', patience)));
  await until('roundelctl is in', () => /"in"/.test(bot.log), patience);
  await ada.panel(/^Chat/);
  await ada.page.locator('[data-turn=on]').waitFor();

  const plan = makeFile('canary-plan-5MB.bin', 5 * MiB + 123);
  const back = makeFile('canary-answer-6MB.bin', 6 * MiB + 7);
  await sends(ada, plan);
  assert.equal(await fetches(ben, plan), plan.sha256);
  await until('roundelctl has it', () => bot.has(plan) === plan.sha256, patience);
  await sends(ben, back);
  assert.equal(await fetches(ada, back), back.sha256);
  // Who sent it can fetch it, too.
  assert.equal(await fetches(ada, plan), plan.sha256);

  const third = makeFile('canary-from-tool.bin', 5 * MiB);
  bot.says(`/file ${third.path}`);
  for (const person of both) assert.equal(await fetches(person, third), third.sha256);

  const secret = makeFile('canary-private.bin', 70_000);
  await sends(ada, secret, { to: ben });
  assert.equal(await fetches(ben, secret), secret.sha256);
  const after = makeFile('canary-after.bin', 1);
  await sends(ada, after);
  await until('roundelctl has what came after', () => bot.has(after) === after.sha256, patience);
  assert.ok(!bot.list().includes(secret.name), 'the third person has the private file');

  assert.equal(kept().length, 5);
  assert.deepEqual(written('canary-'), [], 'the server has the name of a file');
  for (const file of [plan, secret]) assert.deepEqual(written(readFileSync(file.path).subarray(100, 132)), [], `the server has bytes of ${file.name}`);
  await bot.leave();
  await endForAll(ada);
  await until('the files are gone', () => kept().length === 0, patience);
  await ben.close();
});

test('a file that was changed on the server is refused', async () => {
  const link = await start(true);
  const ben = await open(chromium, 'Ben');
  await ben.join(link);
  const bot = tool(link, 'Careful');
  await Promise.all([ada, ben].map((person) => person.shield('End-to-end encrypted', patience)));
  await until('roundelctl is in', () => /"in"/.test(bot.log), patience);
  // It is changed while it is still on its way up, so that everybody gets the changed one.
  let done = false;
  const changing = (async () => {
    while (!done) {
      const path = kept().find((one) => statSync(one).size > 2000);
      if (path) {
        change(path);
        return;
      }
      await new Promise((ok) => setTimeout(ok, 1));
    }
  })();
  const file = makeFile('changed.bin', 5 * MiB);
  await sends(ada, file);
  await ben.panel(/^Chat/);
  await card(ben, file).waitFor(patience);
  done = true;
  await changing;
  await ben.button(`Download ${file.name}`).click();
  await ben.page.getByText('This file was changed on its way or on the server. It was not saved.').waitFor(patience);
  assert.equal(await ben.page.evaluate(() => window.__saved.length), 0, 'something was saved');
  await until('roundelctl refuses it', () => bot.log.includes('the file is not what was offered'), patience);
  assert.deepEqual(bot.list(), []);
  await bot.leave();
  await endForAll(ada);
  await ben.close();
});

test('what was sealed stays readable and marked after switching off, and nobody else gets it', async () => {
  const link = await start(true);
  const ben = await open(chromium, 'Ben');
  await ben.join(link);
  const both = [ada, ben];
  await Promise.all(both.map((person) => person.shield('End-to-end encrypted', patience)));
  const file = makeFile('kept-sealed.bin', 2 * MiB);
  await ada.says('Sealed canary words');
  await sends(ada, file);
  assert.equal(await fetches(ben, file), file.sha256);

  await turn(ada, false);
  await Promise.all(both.map((person) => person.shield('Encrypted', patience)));
  const cleo = await open(chromium, 'Cleo');
  await cleo.join(link);
  await until('encryption is off for Cleo', () => cleo.shield('Encrypted').then(() => true), patience);
  const clear = makeFile('in-clear.bin', 3 * MiB);
  await sends(ben, clear);
  for (const person of [ada, cleo]) assert.equal(await fetches(person, clear), clear.sha256);
  assert.ok(written(readFileSync(clear.path).subarray(100, 132)).length > 0, 'a clear file is not on the disk as it is: this test would see nothing');

  for (const person of both) {
    await person.reads('Sealed canary words');
    assert.equal(await person.page.locator('[data-turn]').count(), 2);
    const order = await person.page.locator('[data-turn], [data-sealed], [data-file]').evaluateAll((all) => all.map((one) => one.dataset.turn ?? one.dataset.file ?? 'lock'));
    assert.deepEqual(order, ['on', 'lock', file.name, 'off', clear.name]);
  }
  assert.equal(await fetches(ben, file), file.sha256, 'what was sealed can still be fetched');
  await cleo.panel(/^Chat/);
  assert.equal(await cleo.page.getByText('Sealed canary words').count(), 0);
  assert.equal(await card(cleo, file).count(), 0);
  assert.deepEqual([...written('Sealed canary words'), ...written(file.name)], []);
  await endForAll(ada);
  await Promise.all([ben.close(), cleo.close()]);
});

test('files while encryption is off: drop, paste, private, late', async () => {
  const link = await start(false);
  const ben = await open(firefox, 'Ben');
  await ben.join(link);
  await Promise.all([ada.seesAndHears(ben), ben.seesAndHears(ada)]);
  // Dropped on the meeting, not on the chat.
  await ada.page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(['dropped words'], 'dropped.txt', { type: 'text/plain' }));
    document.querySelector('main').dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }));
  });
  await ada.page.locator('[data-staged="dropped.txt"]').waitFor();
  await ada.page.evaluate(() => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([new Uint8Array(2000)], 'image.png', { type: 'image/png' }));
    document.body.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData }));
  });
  await ada.page.locator('[data-staged="image.png"]').waitFor();
  await ada.button('Do not send image.png').click();
  await ada.button('Send').click();
  assert.equal(await fetches(ben, { name: 'dropped.txt' }), sha256('dropped words'));

  const secret = makeFile('for-ada.bin', 5 * MiB);
  await sends(ben, secret, { to: ada });
  assert.equal(await fetches(ada, secret), secret.sha256);
  const cleo = await open(chromium, 'Cleo');
  await cleo.join(link);
  assert.equal(await fetches(cleo, { name: 'dropped.txt' }), sha256('dropped words'));
  assert.equal(await card(cleo, secret).count(), 0);

  const large = join(folder, 'too-large.bin');
  writeFileSync(large, '');
  await ada.page.evaluate((size) => {
    const file = new File(['x'], 'too-large.bin');
    Object.defineProperty(file, 'size', { value: size });
    const input = document.querySelector('input[type=file]');
    Object.defineProperty(input, 'files', { value: [file], configurable: true });
    input.dispatchEvent(new Event('change', { bubbles: true }));
    delete input.files;
  }, 100 * MiB + 1);
  await ada.page.getByText(/is too large\. A file has at most/).waitFor();
  assert.ok(await ada.button('Send').isDisabled());

  await endForAll(ada);
  await until('the files are gone', () => kept().length === 0, patience);
  await Promise.all([ben.close(), cleo.close()]);
  await ada.close();
});
