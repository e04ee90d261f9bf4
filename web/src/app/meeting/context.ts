import { getContext, setContext } from 'svelte';
import type { MeetingScreen } from './screen';

const key = Symbol('meeting screen');

/** Gives the screen to the components below. */
export function provideScreen(screen: MeetingScreen): MeetingScreen {
  return setContext(key, screen);
}

/** The screen that this component belongs to. */
export function useScreen(): MeetingScreen {
  return getContext<MeetingScreen>(key);
}
