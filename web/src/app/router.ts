import { Store, type Readable } from '../room/store';

/** The pages there are. `unknown` is every other address. */
export type Route =
  | { page: 'home' }
  | { page: 'join'; number: string }
  | { page: 'claim' }
  | { page: 'signin'; next: string }
  | { page: 'left' }
  | { page: 'unknown' };

/** Reads an address of this site. */
export function parseRoute(path: string, search = ''): Route {
  const clean = path.replace(/\/+$/, '') || '/';
  const join = /^\/j\/(\d[\d -]*)$/.exec(decode(clean));
  const number = join ? parseNumber(join[1] ?? '') : '';
  if (number) return { page: 'join', number };
  switch (clean) {
    case '/':
      return { page: 'home' };
    case '/claim':
      return { page: 'claim' };
    case '/signin':
      return { page: 'signin', next: safeNext(new URLSearchParams(search).get('next')) };
    case '/left':
      return { page: 'left' };
    default:
      return { page: 'unknown' };
  }
}

/**
 * The ten digits of what a person typed or pasted: a meeting number with spaces
 * or dashes, or an invitation link. "" when it is neither.
 */
export function parseNumber(typed: string): string {
  const link = /\/j\/([\d -]+)/.exec(typed);
  const digits = (link?.[1] ?? typed).replace(/[\s-]/g, '');
  return /^\d{10}$/.test(digits) ? digits : '';
}

/** Only a path of this site may follow a sign-in. */
function safeNext(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) ? next : '/';
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The part of `window` that the router needs. */
export interface Browser {
  location: { pathname: string; search: string };
  history: {
    readonly state: unknown;
    pushState(data: unknown, unused: string, url: string): void;
    replaceState(data: unknown, unused: string, url: string): void;
  };
  addEventListener(type: 'popstate', run: () => void): void;
}

/** Which page is open; it follows the browser's history. */
export class Router {
  readonly route: Readable<Route>;
  private readonly store: Store<Route>;

  constructor(private readonly browser: Browser) {
    this.store = new Store(this.read());
    this.route = this.store;
    browser.addEventListener('popstate', () => this.store.set(this.read()));
  }

  /** Opens a path of this site. With `replace` the page before it is forgotten. */
  go(path: string, options: { replace?: boolean } = {}): void {
    const { history } = this.browser;
    if (options.replace) history.replaceState(null, '', path);
    else history.pushState(null, '', path);
    this.store.set(this.read());
  }

  /** Changes the address without opening its page: a reload then does. `note` is kept with it. */
  rename(path: string, note: unknown = null): void {
    this.browser.history.replaceState(note, '', path);
  }

  /** What was kept with this address. */
  note(): unknown {
    return this.browser.history.state;
  }

  private read(): Route {
    return parseRoute(this.browser.location.pathname, this.browser.location.search);
  }
}
