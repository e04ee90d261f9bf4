// The bench's arithmetic of switching: what a stretch of time lost of sound and
// pictures, and the sums of all.

/** The value that a share q of a list does not exceed (nearest rank); 0 of nothing. */
export function quantile(list, q) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0;
}

/** The longest time between two different pictures of a person, from the last one before `from` on, ms. */
export function pictureGap(pictures, from, until) {
  let longest = 0;
  let last = null;
  for (const { at, counter } of pictures) {
    if (at > until) break;
    if (last && counter === last.counter) continue;
    if (last && at >= from) longest = Math.max(longest, at - last.at);
    last = { at, counter };
  }
  return last ? Math.max(longest, until - Math.max(last.at, from)) : until - from;
}

/** The most sound that was concealed in one piece, ms: of two readings in a row, which hold any gap that is shorter than one interval. */
export function soundGap(readings, from, until) {
  let longest = 0;
  for (let i = 1; i < readings.length; i++) {
    const before = readings[Math.max(0, i - 2)];
    if (readings[i].at <= from || before.at >= until) continue;
    longest = Math.max(longest, (readings[i].concealed - before.concealed) / 48);
  }
  return longest;
}

function by(list, key) {
  const all = {};
  for (const entry of list) (all[key(entry)] ??= []).push(entry);
  return Object.values(all);
}

/** The longest gaps of sound and pictures that each of the people met in a stretch. */
export function stretchOf(notes, from, length) {
  return notes.map((note) => ({
    picture: Math.max(0, ...by(note.pictures, (p) => p.name).map((list) => pictureGap(list, from, from + length))),
    sound: Math.max(0, ...by(note.sound, (s) => s.mid).map((list) => soundGap(list, from, from + length))),
  }));
}

/** What a list of stretches says of gaps; added is over the stretches without a switch. */
function gaps(steps, kind) {
  const of = (which) => steps.flatMap((step) => step[which].map((one) => one[kind]));
  const [quiet, switched] = [of('quiet'), of('switched')];
  const pairs = steps.flatMap((step) => step.switched.map((one, i) => one[kind] - step.quiet[i][kind]));
  return {
    longest: Math.max(0, ...switched), median: quantile(switched, 0.5), p95: quantile(switched, 0.95),
    baseline: Math.max(0, ...quiet), baselineMedian: quantile(quiet, 0.5), baselineP95: quantile(quiet, 0.95),
    addedMedian: quantile(pairs, 0.5),
  };
}

/** Frames that were lost by the rules, but for Firefox's empty ones, which carry nothing. */
function failed({ before, after, empty }) {
  const reasons = {};
  for (const [why, n] of Object.entries(after.dropped)) if (n > (before.dropped[why] ?? 0)) reasons[why] = n - (before.dropped[why] ?? 0);
  const clear = Math.max(0, (reasons['audio clear'] ?? 0) - empty);
  if (clear > 0) reasons['audio clear'] = clear;
  else delete reasons['audio clear'];
  if (after.held > before.held) reasons.held = after.held - before.held;
  return reasons;
}

/** All that the bench prints of the steps, the frames' verdicts, and who has which id. */
export function summary(steps, frames, ids) {
  const pictures = steps.flatMap((step) => step.notes.flatMap((note) => note.pictures));
  const wrong = pictures.filter(({ name, id }) => ids[name] !== id);
  const failures = frames.map(failed);
  const workers = frames.map((_, i) => {
    const rounds = steps.filter((step) => step.on).map((step) => step.notes[i].took).filter((list) => list.length > 100);
    return { frames: rounds.flat().length, p50: quantile(rounds.flat(), 0.5), p95: quantile(rounds.flat(), 0.95), best: Math.min(...rounds.map((list) => quantile(list, 0.95))) };
  });
  const took = steps.filter((step) => step.on).map((step) => step.took);
  return {
    renegotiations: frames.reduce((sum, { descriptions }) => sum + descriptions, 0),
    pictures: pictures.length, undecodable: wrong.length, wrong: wrong.slice(0, 5),
    frames: frames.reduce((sum, { before, after }) => sum + after.frames - before.frames, 0),
    failed: failures.flatMap((reasons) => Object.values(reasons)).reduce((sum, n) => sum + n, 0), failures,
    empty: frames.reduce((sum, { empty }) => sum + empty, 0),
    lockMs: { p50: quantile(took, 0.5), p95: quantile(took, 0.95), best: Math.min(...took) },
    pictureGapMs: gaps(steps, 'picture'), soundGapMs: gaps(steps, 'sound'), workerMs: workers,
  };
}
