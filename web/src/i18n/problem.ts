import { RoundelError } from '../room/model';
import { t } from './text';

/** The words for each code that a person may meet. */
const words: Record<string, string> = {
  invalid: 'problem-invalid',
  unauthenticated: 'problem-unauthenticated',
  forbidden: 'problem-forbidden',
  not_found: 'problem-not-found',
  conflict: 'problem-conflict',
  too_large: 'problem-too-large',
  rate_limited: 'problem-rate-limited',
  unavailable: 'problem-unavailable',
  internal: 'problem-internal',
  version: 'problem-version',
  passcode_wrong: 'problem-passcode-wrong',
  locked: 'problem-locked',
  banned: 'problem-banned',
  denied: 'problem-denied',
  removed: 'problem-removed',
  ended: 'problem-ended',
  not_started: 'problem-not-started',
  replaced: 'problem-replaced',
  full: 'problem-full',
  timeout: 'problem-timeout',
  offline: 'problem-offline',
  unsupported: 'problem-unsupported',
  e2ee_required: 'problem-encrypted-required',
  e2ee_on: 'problem-encrypted',
  unanswered: 'problem-unanswered',
  required: 'enc-why-required',
  not_allowed: 'problem-not-allowed',
  code_old: 'problem-code-old',
  file_too_large: 'problem-file-too-large',
  file_changed: 'problem-file-changed',
  file_gone: 'problem-file-gone',
  file_offer: 'problem-file-offer',
  file_unreadable: 'problem-file-unreadable',
  file_room: 'problem-file-room',
  file_stopped: 'problem-file-stopped',
};

/** Codes whose server sentence says more than ours: what exactly is wrong with the input. */
const serverKnowsBetter = new Set(['invalid', 'conflict', 'too_large', 'forbidden']);

/** What to tell a person about a failure. */
export function problemText(error: unknown): string {
  if (!(error instanceof RoundelError)) return t('problem-internal');
  return codeText(error.code, error.message);
}

/** What to tell a person about a code; `message` is the server's own sentence or "". */
export function codeText(code: string, message: string): string {
  if (message && serverKnowsBetter.has(code)) return message;
  const id = words[code];
  return id ? t(id) : message || t('problem-internal');
}
