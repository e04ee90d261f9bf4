import type { Phase, RoundelError } from './model';

/** Codes after which the same person cannot come back. */
const FOR_GOOD = new Set(['banned', 'ended', 'not_found', 'version', 'unsupported']);

/** Refusals that end the attempt; the others (no connection, too fast) leave the pre-join screen as it is. */
const OVER = new Set(['locked', 'banned', 'denied', 'ended', 'removed', 'full', 'not_found', 'not_started', 'version', 'e2ee_required']);

/** The phase after the seat is gone. */
export function closed(code: string, message: string): Phase {
  return { name: 'closed', code, message, canRejoin: !FOR_GOOD.has(code) };
}

/** The phase after a refused join, or null when the person may simply try again. */
export function refused({ code, message }: RoundelError): Phase | null {
  if (code === 'passcode_required') return { name: 'passcode', wrong: false };
  if (code === 'passcode_wrong') return { name: 'passcode', wrong: true };
  return OVER.has(code) ? closed(code, message) : null;
}

/** Names of the browser abilities that a meeting needs and this browser lacks. */
export function missingAbilities(scope: Record<string, unknown> = globalThis as never): string[] {
  return ['WebSocket', 'Worker', 'RTCPeerConnection', 'RTCRtpScriptTransform'].filter((name) => typeof scope[name] !== 'function');
}
