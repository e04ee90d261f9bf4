/** Counters behind the highest one by which a frame may be late, and still not be taken for a replay. */
export const WINDOW = 1024;

/** Where RTP timestamps come from: any other object is another timeline. */
export type Timeline = string;

/**
 * The counters of one key that were accepted, so that none is accepted twice
 * (RFC 9605, 9.3), and the RTP timestamps they came with, so that frames may
 * come late but never in each other's place.
 */
export class Counters {
  private readonly bits = new Uint32Array(WINDOW / 32);
  private readonly times = new Uint32Array(WINDOW);
  private highest = -1;
  /** the timeline of the last accepted frame; timestamps of counters up to floor belong to another */
  private timeline: Timeline | null = null;
  private floor = -1;

  /** Whether the counter was not accepted before and is not too old to tell. */
  fresh(counter: number): boolean {
    return counter > this.highest || (counter > this.highest - WINDOW && !this.has(counter));
  }

  /** Whether a fresh counter and its timestamp agree with the accepted ones next below and next above. */
  ordered(counter: number, time: number, timeline: Timeline): boolean {
    if (timeline !== this.timeline) return counter > this.highest;
    if (counter <= this.floor) return false;
    const first = Math.max(this.floor, this.highest - WINDOW) + 1;
    for (let n = Math.min(counter - 1, this.highest); n >= first; n--) {
      if (!this.has(n)) continue;
      if (older(time, this.timeOf(n))) return false;
      break;
    }
    for (let n = counter + 1; n <= this.highest; n++) {
      if (!this.has(n)) continue;
      if (older(this.timeOf(n), time)) return false;
      break;
    }
    return true;
  }

  /** Accepts a counter that is fresh and ordered. */
  take(counter: number, time: number, timeline: Timeline): void {
    if (timeline !== this.timeline) {
      this.timeline = timeline;
      this.floor = this.highest;
    }
    if (counter > this.highest) {
      for (let n = Math.max(this.highest + 1, counter - WINDOW + 1); n < counter; n++) this.set(n, 0);
      this.highest = counter;
    }
    this.set(counter, 1);
    this.times[counter % WINDOW] = time;
  }

  private has(counter: number): boolean {
    const at = counter % WINDOW;
    return (((this.bits[at >>> 5] ?? 0) >>> (at & 31)) & 1) === 1;
  }

  private set(counter: number, bit: 0 | 1): void {
    const at = counter % WINDOW;
    const mask = 1 << (at & 31);
    this.bits[at >>> 5] = bit ? (this.bits[at >>> 5] ?? 0) | mask : (this.bits[at >>> 5] ?? 0) & ~mask;
  }

  private timeOf(counter: number): number {
    return this.times[counter % WINDOW] ?? 0;
  }
}

/** RFC 3550, 5.1: timestamps wrap; the signed difference decides. */
function older(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}
