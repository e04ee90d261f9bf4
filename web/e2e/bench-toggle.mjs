// End-to-end encryption switched on and off again and again by a host in
// Chromium, beside Firefox and, with ROBOTS, participants of the SDK. Prints one
// JSON object for `make bench`, which runs it on the bench's stage (stage.sh).
//
// Between two switches there is always a stretch of the same length without
// one: what such a stretch loses of sound and pictures, the switch did not.
import { openBrowser } from './lib/browsers.mjs';
import { countedJoin } from './lib/counted.mjs';
import { drain, glance, verdicts, watchAll } from './lib/observe.mjs';
import { Person, until } from './lib/people.mjs';
import { startServer } from './lib/server.mjs';
import { stretchOf, summary } from './lib/stretches.mjs';

const rounds = Number(process.env.ROUNDS ?? 50);
const robots = Number(process.env.ROBOTS ?? 0);
const cameras = Math.ceil((robots * 2) / 3); // in a meeting of nine somebody has theirs off
const STRETCH = 1500; // ms
const patience = { timeout: 120_000 };
const lock = 'End-to-end encrypted';
const plain = 'Encrypted';

const pause = (ms) => new Promise((ok) => setTimeout(ok, ms));
const server = await startServer();
const browsers = await Promise.all([openBrowser('chromium', server.ca, { even: true }), openBrowser('firefox', server.ca, { even: true, prefs: { 'privacy.reduceTimerPrecision': false }, timeout: 600_000 })]);
const people = [];
let sdk = [];

/** A meeting with everybody in it who sees everybody. */
async function gather() {
  const small = { width: 320, height: 180, fps: 8, page: { viewport: { width: 800, height: 600 }, deviceScaleFactor: 0.4 } };
  const [ada, ben] = await Promise.all(['Ada', 'Ben'].map((name, i) => Person.open(browsers[i], server, name, robots > 0 ? small : {})));
  people.push(ada, ben);
  for (const { page } of people) page.setDefaultTimeout(patience.timeout); // a busy machine is slow, not wrong
  for (const person of people) await watchAll(person.page, server);
  await ada.claim();
  await ada.page.getByRole('switch', { name: /Start end-to-end encrypted/ }).click();
  const link = await ada.startMeeting();
  await ben.join(link);
  sdk = countedJoin(server, link, robots, cameras);
  for (const person of people) {
    for (const other of [...people, ...sdk.filter(({ camera }) => camera)]) if (other !== person) await person.sees(other, 'camera', patience);
    await person.shield(lock, patience);
  }
  await until('everyone of the SDK is locked', () => sdk.every((robot) => robot.locks.at(-1)?.lock), patience);
}

async function turn(on) {
  const [ada] = people;
  await ada.more(on ? 'Turn on end-to-end encryption' : 'Turn off end-to-end encryption');
  await ada.page.getByRole('dialog').getByRole('button', { name: on ? 'Turn on' : 'Turn off', exact: true }).click();
}

/** Resolves with when each shield showed the word first after the click, ms since 1970. */
async function shields(on, since) {
  const first = (list, right) => list.find((entry) => entry.at >= since && right(entry))?.at;
  return until(`every shield says "${on ? lock : plain}"`, async () => {
    const seen = await Promise.all(people.map(({ page }) => glance(page)));
    const at = [
      ...seen.map(({ words }) => first(words, (entry) => entry.word === (on ? lock : plain))),
      ...sdk.map((robot) => first(robot.locks, (entry) => (on ? entry.lock : entry.mode === 'off'))),
    ];
    return at.every(Boolean) && at;
  }, { ...patience, every: 200 });
}

/** Adds what was noted meanwhile to the notes. */
async function collect(notes) {
  for (const [i, person] of people.entries()) {
    const { descriptions, empty, ...lists } = await drain(person.page);
    Object.assign(notes[i], { descriptions, empty });
    for (const [name, list] of Object.entries(lists)) notes[i][name].push(...list);
  }
}

const blank = () => people.map(() => ({ words: [], pictures: [], sound: [], clicks: [], took: [] }));

/** One stretch without and one with a switch. */
async function step(on) {
  await collect(blank()); // forgotten
  const notes = blank();
  const quiet = Date.now();
  await pause(STRETCH + 400);
  await collect(notes);
  await turn(on);
  const { at: click } = await until('the click is noted', async () => {
    const { clicks } = await glance(people[0].page);
    return clicks.find((entry) => entry.on === (on ? 'Turn on' : 'Turn off'));
  });
  const shown = await shields(on, click);
  await pause(Math.max(0, click + STRETCH + 400 - Date.now()));
  await collect(notes);
  return { on, took: Math.max(...shown) - click, notes, quiet: stretchOf(notes, quiet, STRETCH), switched: stretchOf(notes, click, STRETCH) };
}

const ids = () => Object.fromEntries([...people, ...sdk].map(({ name, id }) => [name, id]));

try {
  await gather();
  await pause(3000);
  await collect(blank());
  const before = await Promise.all(people.map(({ page }) => verdicts(page)));
  const began = blank();
  await collect(began);
  const steps = [];
  for (let i = 0; i < rounds; i++)
    for (const on of [false, true]) {
      steps.push(await step(on));
      console.error(`toggle ${i + 1} of ${rounds}, ${on ? 'on' : 'off'}: ${steps.at(-1).took} ms`);
    }
  const after = await Promise.all(people.map(({ page }) => verdicts(page)));
  const ended = blank();
  await collect(ended);
  const frames = people.map(({ name }, i) => ({
    name, before: before[i], after: after[i],
    descriptions: ended[i].descriptions - began[i].descriptions, empty: ended[i].empty - began[i].empty,
  }));
  const problems = [...people, ...sdk].flatMap(({ problems }) => problems);
  console.log(JSON.stringify({ rounds, robots, cameras, ...summary(steps, frames, ids()), problems }));
} catch (error) {
  for (const person of people) error.message += `\n${person.name}: ${await person.page.locator('body').innerText().catch(() => '')}\n${person.problems.join('\n')}`;
  throw error;
} finally {
  await Promise.all(sdk.map((robot) => robot.leave()));
  await Promise.all(browsers.map((browser) => browser.close()));
  await server.stop();
}
