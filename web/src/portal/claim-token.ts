/** What of `window` is needed to take the token out of the address. */
export interface AddressBar {
  location: { hash: string; pathname: string };
  history: { replaceState(data: unknown, unused: string, url: string): void };
}

/**
 * Takes the first-run token out of the fragment and clears the address, so that
 * it stays neither on the screen nor in the history. "" when there is none.
 */
export function takeToken(bar: AddressBar): string {
  const token = bar.location.hash.replace(/^#/, '');
  if (token) bar.history.replaceState(null, '', bar.location.pathname);
  return token;
}

/** The shortest password, in characters, as the server demands. */
export const minPassword = 10;

/** What is wrong with a new password as a message id, or "". */
export function passwordProblem(password: string): string {
  return [...password].length < minPassword ? 'password-short' : '';
}
