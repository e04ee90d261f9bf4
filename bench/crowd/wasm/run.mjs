// Runs the crowd's WebAssembly in Node, whose engine is Chromium's:
// node run.mjs PROGRAM SUPPORT SUITE SECONDS SIZE… prints for each size and
// operation the median and the best time of one run, in milliseconds. The best
// is of processor time too: what the engine's other threads do counts in it, but
// not what other programs do.
import { readFileSync } from 'node:fs';

const [program, support, suite, seconds, ...sizes] = process.argv.slice(2);
(0, eval)(readFileSync(support, 'utf8'));
const go = new globalThis.Go();
const { instance } = await WebAssembly.instantiate(readFileSync(program), go.importObject);
go.run(instance);
const { crowd } = globalThis;

function must(error) {
  if (error) throw new Error(error);
}

function measure(run) {
  const wall = [];
  let best = Infinity;
  const end = performance.now() + seconds * 1000;
  while (wall.length < 5 || (performance.now() < end && wall.length < 2000)) {
    const used = process.cpuUsage();
    const from = performance.now();
    must(run());
    wall.push(performance.now() - from);
    const { user, system } = process.cpuUsage(used);
    best = Math.min(best, wall.at(-1), (user + system) / 1000);
  }
  wall.sort((a, b) => a - b);
  return { median: wall[wall.length >> 1], best, runs: wall.length };
}

const results = [];
for (const size of sizes.map(Number)) {
  must(crowd.make(Number(suite), size));
  for (const operation of ['process', 'join', 'remove']) results.push({ size, operation, ...measure(crowd[operation]) });
}
console.log(JSON.stringify(results));
process.exit(0);
