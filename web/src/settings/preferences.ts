import { Store, type Readable } from '../room/store';

/** What a person set in this browser. */
export interface Preferences {
  theme: 'system' | 'light' | 'dark';
  /** display name in the last meeting */
  name: string;
  /** single keys act in a meeting (WCAG 2.2, 2.1.4: they can be turned off) */
  shortcuts: boolean;
  /** microphone and camera are on when joining */
  micOn: boolean;
  cameraOn: boolean;
  /** one device key for all meetings, also as a guest */
  recognise: boolean;
}

const key = 'roundel.preferences';
const defaults: Preferences = { theme: 'system', name: '', shortcuts: true, micOn: true, cameraOn: true, recognise: false };

/** Preferences that outlive the page where the browser allows it. */
export class PreferenceStore {
  readonly values: Readable<Preferences>;
  private readonly store: Store<Preferences>;

  constructor(private readonly storage: Pick<Storage, 'getItem' | 'setItem'>) {
    this.store = new Store(read(storage));
    this.values = this.store;
  }

  set(change: Partial<Preferences>): void {
    this.store.update((old) => ({ ...old, ...change }));
    try {
      this.storage.setItem(key, JSON.stringify(this.store.current));
    } catch {
      // Private windows may refuse; the choice then lasts as long as the page.
    }
  }
}

function read(storage: Pick<Storage, 'getItem'>): Preferences {
  let stored: Partial<Record<keyof Preferences, unknown>>;
  try {
    stored = Object(JSON.parse(storage.getItem(key) ?? '{}'));
  } catch {
    return defaults;
  }
  const flag = (value: unknown, fallback: boolean) => (typeof value === 'boolean' ? value : fallback);
  return {
    theme: stored.theme === 'light' || stored.theme === 'dark' ? stored.theme : 'system',
    name: typeof stored.name === 'string' ? stored.name.slice(0, 64) : '',
    shortcuts: flag(stored.shortcuts, defaults.shortcuts),
    micOn: flag(stored.micOn, defaults.micOn),
    cameraOn: flag(stored.cameraOn, defaults.cameraOn),
    recognise: flag(stored.recognise, defaults.recognise),
  };
}

/** Puts the theme on the page's root, where tokens.css reads it. */
export function applyTheme(theme: Preferences['theme'], root: HTMLElement): void {
  if (theme === 'system') delete root.dataset['theme'];
  else root.dataset['theme'] = theme;
}
