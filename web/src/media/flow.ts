/** Readings, one a second, in which something came, with no pause of STILL between them. */
const STEADY = 2;
/** Readings in a row in which nothing came any more. */
const STILL = 2;

/**
 * Notices that what came in steadily has stopped. Browsers take five to thirty
 * seconds to call a way broken; behind a NAT that forgot them, Firefox never does.
 * A meeting that falls silent all at once looks the same: to look for the way once
 * more costs little.
 */
export class Flow {
  private bytes = -1;
  private steady = 0;
  private still = 0;

  /** Takes how much has come so far; true when it is time to look for the way again. */
  reading(bytes: number): boolean {
    if (bytes !== this.bytes) {
      if (this.bytes >= 0) this.steady++;
      this.bytes = bytes;
      this.still = 0;
      return false;
    }
    const stopped = ++this.still === STILL && this.steady >= STEADY;
    if (this.still >= STILL) this.steady = 0;
    return stopped;
  }
}
