// A bad network between browsers and the server: a relay of UDP that the server
// names as its only address (internal/netsim).
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { startServer, host } from './server.mjs';

const root = resolve(import.meta.dirname, '../../..');
/** namespace.sh gives it to the same interface as the server's. */
const relayed = '10.66.0.9';
/** The address of the server on the other side of the bad network. */
export const far = relayed;

/** Lets a person's pages know only one of the addresses that a server names for media. */
export async function through({ page }, address) {
  await page.addInitScript((address) => {
    const { setRemoteDescription } = RTCPeerConnection.prototype;
    RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
      const lines = sdp.split('\r\n').filter((line) => !line.startsWith('a=candidate:') || line.split(' ')[4] === address);
      return setRemoteDescription.call(this, { type, sdp: lines.join('\r\n') });
    };
  }, address);
}

/**
 * Starts the server with a network before it. `network({ up, down })` changes it; of a
 * way can be said loss (0 to 1), burst, delay, jitter, queue (ms), rate (bit/s), cut.
 * TCP gets through as it is, where asked for. The pages have this name, if one is given.
 * A server that is near as well names its own address, too: see through().
 */
export async function startFarServer({ tcp = false, name = '', near = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'roundel-net-'));
  const program = join(folder, 'netrelay');
  execFileSync('go', ['build', '-o', program, './internal/netsim/netrelay'], { cwd: root, stdio: 'inherit' });
  const server = await startServer({ args: ['--advertise', near ? `${host},${relayed}` : relayed], name });
  const relay = spawn(program, ['-listen', `${relayed}:${server.port}`, '-server', `${host}:${server.port}`, `-tcp=${tcp}`], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [address] = await new Promise((ok, fail) => {
    createInterface({ input: relay.stdout }).once('line', (line) => ok([line]));
    relay.once('exit', (code) => fail(new Error(`the relay ended with ${code}`)));
  });
  if (address !== `${relayed}:${server.port}`) throw new Error(`the relay listens on ${address}`);
  const say = (order) => relay.stdin.write(`${JSON.stringify(order)}\n`);
  return Object.assign(Object.create(server), {
    network: (paths) => say(paths),
    rebind: () => say({ rebind: true }),
    async stop() {
      relay.removeAllListeners('exit');
      relay.stdin.end();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  });
}
