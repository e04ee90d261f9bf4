import { Store, type Readable } from '../room/store';

/** A line that shows for a while; `actions` are what can be done about it. */
export interface Notice {
  key: string;
  text: string;
  tone: 'info' | 'warn';
  actions: { label: string; run: () => void }[];
}

const shortly = 5000; // ms that a line without actions stays
const longer = 20_000; // ms that one with actions stays

/** The lines that show now and what screen readers are told. */
export class Notices {
  private readonly store = new Store<Notice[]>([]);
  private readonly spoken = new Store('');
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();

  readonly list: Readable<Notice[]> = this.store;
  /** The latest announcement, for a polite live region. */
  readonly announcement: Readable<string> = this.spoken;

  /** Shows a line, in place of an earlier one with the same key; screen readers say it too. */
  show(notice: { key: string; text: string; tone?: Notice['tone']; actions?: Notice['actions'] }): void {
    const shown: Notice = { tone: 'info', actions: [], ...notice };
    this.store.update((list) => [...list.filter((n) => n.key !== shown.key), shown].slice(-4));
    this.say(shown.text);
    clearTimeout(this.timers.get(shown.key));
    const stay = shown.actions.length > 0 ? longer : shortly;
    this.timers.set(shown.key, setTimeout(() => this.hide(shown.key), stay));
  }

  hide(key: string): void {
    clearTimeout(this.timers.get(key));
    this.timers.delete(key);
    this.store.update((list) => list.filter((n) => n.key !== key));
  }

  /** Tells screen readers only. Told twice, the same words are spoken twice. */
  say(text: string): void {
    this.spoken.set(this.spoken.current === text ? `${text}\u00a0` : text);
  }

  /** Takes everything away. */
  clear(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    this.store.set([]);
    this.spoken.set('');
  }
}
