/**
 * The secret part of an invitation: what follows # in a link. It never goes to
 * the server. The first script takes it out of the address, so that it stays
 * neither on the screen nor in the history, and keeps it for this tab only.
 */

/** LINKNUMBER.SECRET.ROOTHASH, and .h.SEED on the host's own devices; as e2ee/session reads it. */
const SHAPE = /^\d{1,10}\.[\w-]{43}\.[\w-]{22}(\.h\.[\w-]{43})?$/;

/** What of `window` is needed. */
export interface Tab {
  location: { hash: string; pathname: string; search: string };
  history: { replaceState(data: unknown, unused: string, url: string): void };
  sessionStorage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
}

const key = (number: string) => `roundel.invite.${number}`;

/** The fragment of a typed or pasted link, "" when there is none or it is damaged. */
export function fragmentOf(link: string): string {
  const at = link.indexOf('#');
  const fragment = at < 0 ? '' : link.slice(at + 1).trim();
  return SHAPE.test(fragment) ? fragment : '';
}

/**
 * Takes the fragment out of the address of a meeting's page and keeps it. A
 * damaged one is cleared as well and not kept: whoever has it enters like
 * somebody without the link.
 */
export function takeInvite(tab: Tab): void {
  const number = /^\/j\/([\d %-]+)\/?$/.exec(tab.location.pathname)?.[1]?.replace(/%20|\D/g, '');
  if (!number || tab.location.hash === '') return;
  const fragment = fragmentOf(tab.location.hash);
  if (fragment) keepInvite(tab.sessionStorage, number, fragment);
  tab.history.replaceState(null, '', tab.location.pathname + tab.location.search);
}

/** Keeps a fragment for a meeting in this tab. */
export function keepInvite(storage: Tab['sessionStorage'], number: string, fragment: string): void {
  storage.setItem(key(number), fragment);
}

/** Leaves of a host link what guests have: the root key's seed is with the mls worker once the meeting is joined. */
export function dropSeed(storage: Tab['sessionStorage'], number: string): void {
  const fragment = inviteOf(storage, number);
  if (fragment.includes('.h.')) keepInvite(storage, number, withoutSeed(fragment));
}

/** What of a link's fragment others may have. */
export function withoutSeed(fragment: string): string {
  return fragment.split('.h.', 1)[0] ?? '';
}

/** The fragment that this tab has for a meeting, or "". */
export function inviteOf(storage: Tab['sessionStorage'], number: string): string {
  return fragmentOf(`#${storage.getItem(key(number)) ?? ''}`);
}
