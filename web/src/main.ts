import './app/first';
import { mount } from 'svelte';
import './ui/tokens.css';
import './ui/base.css';
import App from './app/App.svelte';
import type { AppContext } from './app/frame/app-context';
import { openEntrance } from './app/entrance';
import { refreshInfo } from './app/frame/refresh';
import { Router } from './app/router';
import { Server } from './app/server';
import type { Info } from './api/wire';
import { direction, pickLocale } from './i18n/locale';
import { useLocale } from './i18n/text';
import { Store } from './room/store';
import { PreferenceStore } from './settings/preferences';
import { shieldOfConnection } from './shield/shield';
import { Notices } from './ui/notices';

const locale = pickLocale(navigator.languages);
document.documentElement.lang = locale;
document.documentElement.dir = direction(locale);

const server = new Server();
const info = new Store<Info | null>(null);
const shield = new Store(shieldOfConnection(null));
info.subscribe((known) => shield.set(shieldOfConnection(known?.signalling ?? null)));

const app: AppContext = {
  router: new Router(window),
  server,
  preferences: new PreferenceStore(localStorage),
  notices: new Notices(),
  info,
  shield,
  openEntrance,
  startMeeting: async (wish) => {
    const { startMeeting, startingAt } = await import('./app/start-meeting');
    return startMeeting(startingAt(server), wish);
  },
  // What fails here fails again, and is told, when it is needed.
  warmUp: () => void import('./e2ee/load').then((load) => load.loadProgram()).catch(() => undefined),
};

await useLocale(locale);
// Without an answer the shield is in doubt and the screens say what failed when they are used.
await refreshInfo(app);
mount(App, { target: document.getElementById('app') ?? document.body, props: { app } });
