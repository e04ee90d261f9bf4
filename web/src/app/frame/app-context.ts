import { getContext, setContext } from 'svelte';
import type { Info } from '../../api/wire';
import type { Devices, E2EEOutlook, Meeting, ShieldView } from '../../room/model';
import type { Readable, Store } from '../../room/store';
import type { PreferenceStore } from '../../settings/preferences';
import type { Notices } from '../../ui/notices';
import type { Router } from '../router';
import type { Server } from '../server';

/** What the screens work with. Stories put fakes in these places. */
export interface AppContext {
  router: Router;
  server: Server;
  preferences: PreferenceStore;
  notices: Notices;
  /** what the server says of itself and of who is signed in; null while unknown */
  info: Store<Info | null>;
  /** the shield of screens outside a meeting */
  shield: Readable<ShieldView>;
  /** Opens the way into a meeting; its code loads when it is first needed. card: as the server shows it, if it has one. */
  openEntrance: (number: string, card?: string) => Promise<Entrance>;
  /** Makes a meeting, with its group's keys, card and link where this browser can. */
  startMeeting: (wish: MeetingWish) => Promise<{ path: string }>;
  /** Somebody is about to make a meeting: loads what that needs. */
  warmUp?: () => void;
}

/** A new meeting. */
export interface MeetingWish {
  title: string;
  /** how it starts; required: nobody can turn it off */
  encryption: E2EEOutlook['starts'];
}

/** The devices to try before joining, and the meeting they then go to. */
export interface Entrance {
  devices: Devices;
  /** what is known of the meeting's encryption before joining; null while it has no group */
  outlook: Readable<E2EEOutlook | null>;
  /** The meeting, the same one at each call; its code loads with the first. */
  meeting(): Promise<Meeting>;
  /** Stops capture and leaves. */
  close(): void;
}

const key = Symbol('app');

export function provideApp(app: AppContext): AppContext {
  return setContext(key, app);
}

export function useApp(): AppContext {
  return getContext<AppContext>(key);
}
