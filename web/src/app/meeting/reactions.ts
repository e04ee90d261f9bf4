import { Store, type Readable } from '../../room/store';

/** A reaction that rises over the stage. */
export interface Rising {
  key: number;
  emoji: string;
  name: string;
  /** where across the stage, 0 to 1 */
  across: number;
}

const stay = 4000; // ms, as long as the rise takes
const most = 30; // more would hide the people

/** The reactions that are on the screen now. */
export class Reactions {
  private readonly store = new Store<Rising[]>([]);
  readonly rising: Readable<Rising[]> = this.store;
  private next = 0;

  add(emoji: string, name: string, random: () => number = Math.random): void {
    const one: Rising = { key: this.next++, emoji, name, across: 0.1 + random() * 0.6 };
    this.store.update((list) => [...list, one].slice(-most));
    setTimeout(() => this.store.update((list) => list.filter((r) => r.key !== one.key)), stay);
  }
}
