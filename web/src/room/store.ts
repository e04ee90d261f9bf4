/**
 * A value that can be watched. It fulfils Svelte's store contract (`$store`
 * works) without importing Svelte: `subscribe` calls `run` at once with the
 * current value and then on every change, and returns the way out.
 */
export interface Readable<T> {
  readonly current: T;
  subscribe(run: (value: T) => void): () => void;
}

/** A Readable that its owner can set. Setting the identical value tells nobody. */
export class Store<T> implements Readable<T> {
  private readonly watchers = new Set<(value: T) => void>();

  constructor(private value: T) {}

  get current(): T {
    return this.value;
  }

  subscribe(run: (value: T) => void): () => void {
    // A wrapper of its own, so that one function may subscribe twice.
    const watcher = (value: T) => run(value);
    this.watchers.add(watcher);
    run(this.value);
    return () => this.watchers.delete(watcher);
  }

  set(value: T): void {
    if (Object.is(value, this.value)) return;
    this.value = value;
    for (const watcher of [...this.watchers]) {
      // A watcher that an earlier one removed in this round must not run.
      if (this.watchers.has(watcher)) watcher(value);
    }
  }

  update(change: (value: T) => T): void {
    this.set(change(this.value));
  }
}
