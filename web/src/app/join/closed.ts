/** Title and text for each way a meeting can be over; `tone` picks the icon. */
export interface ClosedWords {
  title: string;
  text: string;
  icon: 'left' | 'ended' | 'out' | 'trouble';
}

const words: Record<string, ClosedWords> = {
  left: { title: 'closed-left', text: 'closed-left-text', icon: 'left' },
  ended: { title: 'closed-ended', text: 'closed-ended-text', icon: 'ended' },
  removed: { title: 'closed-removed', text: 'closed-removed-text', icon: 'out' },
  banned: { title: 'closed-removed', text: 'closed-banned-text', icon: 'out' },
  denied: { title: 'closed-denied', text: 'closed-denied-text', icon: 'out' },
  locked: { title: 'closed-locked', text: 'closed-locked-text', icon: 'out' },
  not_found: { title: 'closed-not-found', text: 'closed-not-found-text', icon: 'trouble' },
  replaced: { title: 'closed-replaced', text: 'closed-replaced-text', icon: 'left' },
  full: { title: 'closed-full', text: 'closed-full-text', icon: 'trouble' },
  e2ee_required: { title: 'closed-encrypted', text: 'problem-encrypted-required', icon: 'trouble' },
  unsupported: { title: 'closed-unsupported', text: 'closed-unsupported-text', icon: 'trouble' },
};

const lost: ClosedWords = { title: 'closed-lost', text: '', icon: 'trouble' };

/** What to say about a closed meeting; text "" means: say the code's own problem sentence. */
export function closedWords(code: string): ClosedWords {
  return words[code] ?? lost;
}

/** Whether the end is the connection's or the server's, not somebody's decision. */
export function isTrouble(code: string): boolean {
  return closedWords(code) === lost;
}

/** What the address of the left page keeps, so that a reload still knows. */
export interface LeftNote {
  number: string;
  code: string;
  message: string;
  canRejoin: boolean;
}

/** Reads a LeftNote from the browser's history; null when there is none. */
export function readLeftNote(note: unknown): LeftNote | null {
  if (typeof note !== 'object' || note === null) return null;
  const { number, code, message, canRejoin } = note as Partial<Record<keyof LeftNote, unknown>>;
  if (typeof number !== 'string' || typeof code !== 'string') return null;
  return { number, code, message: typeof message === 'string' ? message : '', canRejoin: canRejoin === true };
}
