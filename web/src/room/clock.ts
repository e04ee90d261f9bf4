/** Waits; rejects never. The returned `now` ends the wait early. */
export function sleep(ms: number): { done: Promise<void>; now: () => void } {
  let now = () => {};
  const done = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    now = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  return { done, now };
}

/**
 * How long to wait before try number `attempt` (from 0): doubling from 300 ms
 * to 5 s, each spread by ± 25 % so that a room does not come back in one blow.
 */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const base = Math.min(5000, 300 * 2 ** Math.min(attempt, 10));
  return Math.round(base * (0.75 + random() / 2));
}

/** Milliseconds since 1970 of an RFC 3339 time, or 0 when it is none. */
export function instant(text: string): number {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? 0 : ms;
}
