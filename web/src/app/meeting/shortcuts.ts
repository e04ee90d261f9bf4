import type { MeetingScreen } from './screen';

/** The single keys that act in a meeting, with the id of their description. */
export const shortcuts = [
  { key: 'm', text: 'shortcut-mic', run: (s: MeetingScreen) => s.toggleMic() },
  { key: 'v', text: 'shortcut-camera', run: (s: MeetingScreen) => s.toggleCamera() },
  { key: 's', text: 'shortcut-share', run: (s: MeetingScreen) => s.toggleScreen() },
  { key: 'c', text: 'shortcut-chat', run: (s: MeetingScreen) => s.togglePanel('chat') },
  { key: 'p', text: 'shortcut-people', run: (s: MeetingScreen) => s.togglePanel('people') },
  { key: 'h', text: 'shortcut-hand', run: (s: MeetingScreen) => s.toggleHand() },
  { key: '?', text: 'shortcut-help', run: (s: MeetingScreen) => s.openDialog({ name: 'shortcuts' }) },
  { key: 'Escape', text: 'shortcut-close', run: (s: MeetingScreen) => s.openPanel('none') },
] as const;

/** What of a KeyboardEvent decides. */
export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  defaultPrevented: boolean;
  target: EventTarget | null;
}

const typing = 'input:not([type="checkbox"]), textarea, select, [contenteditable="true"]';
const elsewhere = '[role="dialog"], [role="menu"], [role="alertdialog"]';

/** Runs the shortcut of a key press; returns whether there was one. */
export function press(event: KeyPress, screen: MeetingScreen): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return false;
  const target = event.target as { closest?: (selector: string) => unknown } | null;
  if (target?.closest?.(elsewhere)) return false;
  if (event.key !== 'Escape') {
    if (!screen.preferences.values.current.shortcuts) return false;
    if (target?.closest?.(typing)) return false;
  }
  const found = shortcuts.find((s) => s.key === event.key.toLowerCase() || s.key === event.key);
  found?.run(screen);
  return found !== undefined;
}
