import type { E2EEOutlook, ShieldState } from '../../room/model';

/** What the shield of a meeting will be, said before joining. `words` is the id of a sentence. */
export interface OutlookNote {
  state: ShieldState;
  words: string;
}

/** The line for what the card and the link say. Nothing here is green on the server's word alone. */
export function outlookNote(outlook: E2EEOutlook): OutlookNote {
  const { starts, hasLink, card, supported } = outlook;
  if (card === 'forged') return { state: 'doubt', words: 'outlook-forged' };
  if (starts === 'off') return { state: 'check', words: 'outlook-off' };
  if (!supported) return { state: 'doubt', words: 'outlook-unsupported' };
  if (!hasLink || card !== 'verified') return { state: 'exclamation', words: 'outlook-on-without' };
  return { state: 'lock', words: 'outlook-on' };
}

/** Whether joining cannot work: this browser lacks what the meeting needs. */
export function isBarred({ starts, supported }: E2EEOutlook): boolean {
  return starts !== 'off' && !supported;
}
