const EVERY = 2000;
/** Pings without an answer after which a worker counts as dead. Counted, not timed: a sleeping machine is no dead worker. */
const MISSED = 4;

/** Finds out that a worker hangs, which no error event tells. */
export class Pulse {
  private readonly timer: ReturnType<typeof setInterval>;
  private sent = 0;
  private answered = 0;

  /** ping sends the worker a number that it gives back; dead is called once. */
  constructor(
    private readonly ping: (id: number) => void,
    private readonly dead: () => void,
  ) {
    this.timer = setInterval(() => this.beat(), EVERY);
  }

  /** Pings now, and from now on in its time. */
  beat(): void {
    if (this.sent - this.answered < MISSED) this.ping(++this.sent);
    else {
      this.stop();
      this.dead();
    }
  }

  pong(id: number): void {
    this.answered = id;
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
