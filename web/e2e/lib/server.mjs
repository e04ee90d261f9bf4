// The real server, started for one test file on a free port with a data folder of its own.
import { spawn, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createServer } from 'node:net';

const bin = resolve(import.meta.dirname, '../../../bin');
export const roundel = join(bin, 'roundel');
export const roundelctl = join(bin, 'roundelctl');
export const host = process.env.ROUNDEL_E2E_HOST ?? '127.0.0.1';

const freePort = (at) =>
  new Promise((ok, fail) => {
    const s = createServer();
    s.on('error', fail);
    s.listen(0, at, () => {
      const { port } = s.address();
      s.close(() => ok(port));
    });
  });

/** Starts `roundel serve` at an address, or another program that is one; resolves when it printed its ready line. */
export async function startServer({ args = [], port, data, program = roundel, env = process.env, name = '', at = host } = {}) {
  port ??= await freePort(at);
  const place = `${at.includes(':') ? `[${at}]` : at}:${port}`;
  const url = name ? `https://${name}:${port}` : `https://${place}`;
  if (name) args = [...args, '--url', url];
  const ownData = data === undefined;
  data ??= mkdtempSync(join(tmpdir(), 'roundel-e2e-'));
  const child = spawn(
    program,
    ['serve', '--listen', place, '--udp', place, '--data', data, ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], env },
  );
  let log = '';
  let owner = '';
  const ready = new Promise((ok, fail) => {
    const timer = setTimeout(() => fail(new Error(`the server is not ready:\n${log}`)), 20_000);
    const read = (chunk) => {
      log += chunk;
      owner ||= /^owner: (\S+)/m.exec(log)?.[1] ?? '';
      if (/^ready: /m.test(log)) {
        clearTimeout(timer);
        setTimeout(ok, 50); // the owner line may follow
      }
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('exit', (code) => fail(new Error(`the server ended with ${code}:\n${log}`)));
  });
  await ready;
  return {
    url,
    port,
    data,
    ca: join(data, 'ca.crt'),
    pid: child.pid,
    get owner() {
      return owner.replace(/^https:\/\/[^/]+/, url);
    },
    get log() {
      return log;
    },
    token() {
      const out = execFileSync(roundel, ['token', 'create', '--data', data, '--user', 'owner'], { encoding: 'utf8' });
      return out.trim().split('\n').at(-1);
    },
    async stop({ keepData = false } = {}) {
      if (child.exitCode === null) {
        const ended = new Promise((ok) => child.on('exit', ok));
        child.kill('SIGTERM');
        await ended;
      }
      if (ownData && !keepData) rmSync(data, { recursive: true, force: true });
    },
  };
}

/** A REST call as a script with a token would make it. Trusts the server's own CA. */
export async function rest(server, token, method, path, body) {
  const { request } = await import('node:https');
  return new Promise((ok, fail) => {
    const req = request(
      `${server.url}/api/v1${path}`,
      {
        method,
        ca: readFileSync(server.ca),
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      },
      (res) => {
        let text = '';
        res.on('data', (c) => (text += c));
        res.on('end', () => {
          if (res.statusCode >= 300) fail(new Error(`${method} ${path}: ${res.statusCode} ${text}`));
          else ok(text ? JSON.parse(text) : null);
        });
      },
    );
    req.on('error', fail);
    req.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
