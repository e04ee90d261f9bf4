// Participants of the SDK whose pictures carry a counter and their id like those
// of browsers (signals.mjs), and who say when their shield shows the lock.
import { spawn, spawnSync, execFileSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { roundelctl } from './server.mjs';

// Small, since one machine decodes all of them for everybody.
export const [width, height] = [160, 96];
const fps = 5;
const seconds = 4;

/** One picture as planar YUV, with the cells that signals.mjs reads. */
export function picture(counter, id) {
  const frame = Buffer.alloc((width * height * 3) / 2, 128);
  const cells = (bits, value, top) => {
    for (let y = top; y < top + height / 4; y++)
      for (let x = 0; x < width; x++) frame[y * width + x] = (value >> Math.floor((x * bits) / width)) & 1 ? 235 : 16;
  };
  cells(16, counter, 0);
  cells(8, id, height / 4);
  // Something moves below, so that frames are not empty.
  const at = (counter * 3) % (width / 2);
  for (let y = Math.ceil(height / 2); y < height; y++) frame.fill(60 + ((counter * 7) % 150), y * width + at, y * width + at + width / 4);
  return frame;
}

/** Files of one person's picture and tone: 4 s that are played in a loop. */
export function recordings(folder, id, tone) {
  const video = join(folder, `${id}.ivf`);
  const audio = join(folder, `${id}.ogg`);
  const frames = Buffer.concat(Array.from({ length: fps * seconds }, (_, n) => picture(n, id)));
  const encode = (input, ...args) => {
    const { status, stderr } = spawnSync('ffmpeg', ['-loglevel', 'error', '-y', ...args], { input, maxBuffer: 1 << 26 });
    if (status !== 0) throw new Error(`ffmpeg: ${stderr}`);
  };
  encode(frames, '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${width}x${height}`, '-r', String(fps), '-i', '-', '-c:v', 'libvpx', '-b:v', '200k', '-g', '30', '-deadline', 'realtime', video);
  execFileSync('ffmpeg', ['-loglevel', 'error', '-y', '-f', 'lavfi', '-i', `sine=frequency=${tone}:sample_rate=48000`, '-t', String(seconds), '-c:a', 'libopus', '-b:a', '32k', '-vbr', 'off', audio]);
  return { video, audio };
}

/**
 * So many participants join by the link, the first `cameras` of them with a camera;
 * each has name, id, camera, `locks` (what the shield said, when) and leave().
 */
export function countedJoin(server, link, many, cameras = many) {
  const folder = mkdtempSync(join(tmpdir(), 'roundel-counted-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return Array.from({ length: many }, (_, i) => {
    const id = 101 + i;
    const name = `Robot ${i + 1}`;
    const { video, audio } = recordings(folder, id, 3000 + 250 * i);
    const camera = i < cameras;
    const args = ['join', '--server', server.url, '--ca', server.ca, '--name', name, ...(camera ? ['--video', video] : []), '--audio', audio, '--json'];
    const child = spawn(roundelctl, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ROUNDEL_LINK: link } });
    const robot = { name, id, camera, locks: [], received: [], problems: [] };
    createInterface({ input: child.stdout }).on('line', (text) => {
      const { at, type, body } = JSON.parse(text);
      if (type === 'encryption') robot.locks.push({ at: Date.parse(at), lock: body.lock, mode: body.mode, doubts: body.doubts ?? [] });
      if (type === 'received') robot.received = body;
      if (type === 'notice' && body.what === 'failed') robot.problems.push(body.text);
    });
    const ended = new Promise((ok) => child.on('exit', ok));
    robot.leave = () => {
      child.kill('SIGINT');
      return ended;
    };
    return robot;
  });
}
