import type { E2EEOutlook, ShieldState } from '../../room/model';

/** What the shield of a meeting will be, said before joining. `words` is the id of a sentence. */
export interface OutlookNote {
  state: ShieldState;
  words: string;
  /** what the colour may claim: no green for what may have changed since the card was made */
  tone: ShieldState | 'neutral';
}

/** The line for what the card and the link say. Nothing here is green on the server's word alone. */
export function outlookNote(outlook: E2EEOutlook): OutlookNote {
  const { starts, hasLink, card, supported } = outlook;
  if (card === 'forged') return note('doubt', 'outlook-forged');
  // Who cannot take part goes in as to a meeting without a group.
  if (starts === 'off') return note('check', hasLink || !supported ? 'outlook-off' : 'outlook-off-without');
  if (!supported) return note('doubt', 'outlook-unsupported');
  if (!hasLink || card !== 'verified') return note('exclamation', 'outlook-on-without');
  return starts === 'required' ? note('lock', 'outlook-on') : note('lock', 'outlook-starts', 'neutral');
}

function note(state: ShieldState, words: string, tone: OutlookNote['tone'] = state): OutlookNote {
  return { state, words, tone };
}

/** Whether joining cannot work: this browser lacks what the meeting needs. */
export function isBarred({ starts, supported }: E2EEOutlook): boolean {
  return starts !== 'off' && !supported;
}
