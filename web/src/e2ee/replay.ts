/** Counters below the highest one by which a frame may be late. */
export const WINDOW = 2048;

/** Which counters of one key were taken, so that none is taken twice (RFC 9605, 9.3). */
export class ReplayWindow {
  private readonly bits = new Uint32Array(WINDOW / 32);
  private highest = -1;

  /** Whether take() would accept the counter. */
  fresh(counter: number): boolean {
    if (counter > this.highest) return true;
    return counter > this.highest - WINDOW && !this.has(counter);
  }

  /** Notes a counter whose frame has been opened; false when it was taken before or is too old to tell. */
  take(counter: number): boolean {
    if (!this.fresh(counter)) return false;
    if (counter > this.highest) {
      const from = Math.max(this.highest + 1, counter - WINDOW + 1);
      for (let n = from; n < counter; n++) this.clear(n);
      this.highest = counter;
    }
    const at = counter % WINDOW;
    this.bits[at >>> 5] = (this.bits[at >>> 5] ?? 0) | (1 << (at & 31));
    return true;
  }

  private has(counter: number): boolean {
    const at = counter % WINDOW;
    return ((this.bits[at >>> 5] ?? 0) & (1 << (at & 31))) !== 0;
  }

  private clear(counter: number): void {
    const at = counter % WINDOW;
    this.bits[at >>> 5] = (this.bits[at >>> 5] ?? 0) & ~(1 << (at & 31));
  }
}
