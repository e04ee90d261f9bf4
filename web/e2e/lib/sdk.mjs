// A participant of the Go SDK in a journey: roundelctl with a picture and a tone.
import { spawn, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { roundelctl } from './server.mjs';

const folder = mkdtempSync(join(tmpdir(), 'roundel-media-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const files = { video: join(folder, 'pattern.ivf'), audio: join(folder, 'tone.ogg') };
let made = false;

/** The frequency of the SDK participant's tone, in Hz. */
export const sdkTone = 3500;

function makeMedia() {
  if (made) return;
  const ffmpeg = (...args) => execFileSync('ffmpeg', ['-loglevel', 'error', '-y', ...args]);
  ffmpeg('-f', 'lavfi', '-i', 'testsrc=size=320x180:rate=15', '-t', '4', '-c:v', 'libvpx', '-b:v', '200k', '-g', '30', files.video);
  ffmpeg('-f', 'lavfi', '-i', `sine=frequency=${sdkTone}:sample_rate=48000`, '-t', '4', '-c:a', 'libopus', '-b:a', '32k', files.audio);
  made = true;
}

/** Joins a meeting by number or link until leave(); srtp: the only suites to offer, for example aes128cm. */
export function sdkJoins(server, meeting, name, { srtp } = {}) {
  makeMedia();
  const args = ['join', '--server', server.url, '--ca', server.ca, ...(meeting.includes('/') ? ['--link', meeting] : ['--number', meeting]), '--name', name];
  args.push('--video', files.video, '--audio', files.audio, '--json');
  if (srtp) args.push('--srtp', srtp);
  const child = spawn(roundelctl, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stdout.on('data', (c) => (log += c));
  child.stderr.on('data', (c) => (log += c));
  const ended = new Promise((ok) => child.on('exit', ok));
  return {
    get log() {
      return log;
    },
    async leave() {
      child.kill('SIGINT');
      await ended;
    },
  };
}
