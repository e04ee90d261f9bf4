import type { Info, Meeting, MeetingInfo } from '../src/api/wire';
import type { AppContext } from '../src/app/frame/app-context';
import { Router } from '../src/app/router';
import { Server } from '../src/app/server';
import type { Devices, E2EEOutlook, MeetingState } from '../src/room/model';
import { Store } from '../src/room/store';
import { PreferenceStore, type Preferences } from '../src/settings/preferences';
import { shieldOfConnection } from '../src/shield/shield';
import { Notices } from '../src/ui/notices';
import { fakeDevices } from './fake-devices';
import { fakeMeeting, scene } from './fake-meeting';

export interface FakeOptions {
  theme: Preferences['theme'];
  path?: string;
  info?: Partial<Info>;
  meetings?: Meeting[];
  about?: Partial<MeetingInfo>;
  devices?: () => Devices;
  outlook?: E2EEOutlook;
  state?: MeetingState;
  name?: string;
}

const info: Info = {
  server: 'roundel 0.1.0',
  claimed: true,
  user: null,
  signalling: { version: 'TLS 1.3', suite: 'TLS_AES_128_GCM_SHA256' },
  localCA: true,
};

/** Everything the screens need, answered from the story. */
export function fakeApp(options: FakeOptions): AppContext {
  const known: Info = { ...info, ...options.info };
  const preferences = new PreferenceStore({ getItem: () => null, setItem: () => {} });
  preferences.set({ theme: options.theme, name: options.name ?? '' });
  return {
    router: new Router(fakeBrowser(options.path ?? '/')),
    server: new Server(answers(options)),
    preferences,
    notices: new Notices(),
    info: new Store<Info | null>(known),
    shield: new Store(shieldOfConnection(known.signalling)),
    startMeeting: async () => ({ path: '/j/1234567890' }),
    openEntrance: async () => {
      const devices = options.devices?.() ?? fakeDevices();
      return { devices, outlook: new Store(options.outlook ?? null), meeting: async () => fakeMeeting(options.state ?? scene()), close: () => {} };
    },
  };
}

function fakeBrowser(path: string) {
  const location = { pathname: path, search: '' };
  const go = (_data: unknown, _unused: string, url: string) => {
    location.pathname = url;
  };
  return { location, history: { state: null, pushState: go, replaceState: go }, addEventListener: () => {} };
}

function answers({ meetings = [], about = {} }: FakeOptions): typeof fetch {
  const meeting: MeetingInfo = { number: '1234567890', title: 'Weekly planning', passcodeRequired: false, lobby: false, locked: false, ...about };
  return async (target, init) => {
    const path = String(target).replace('/api/v1', '');
    if (path === '/meetings' && init?.method === 'GET') return Response.json(meetings);
    if (path.startsWith('/meetings/')) return Response.json(meeting);
    return Response.json({ code: 'unauthenticated', detail: '' }, { status: 401 });
  };
}
