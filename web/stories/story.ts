import type { AppContext } from '../src/app/frame/app-context';
import { MeetingScreen, type ScreenState } from '../src/app/meeting/screen';
import type { E2EEStop, MeetingEvent, MeetingState, NetworkView } from '../src/room/model';
import { fakeApp, type FakeOptions } from './fake-app';
import { fakeDevices } from './fake-devices';
import { fakeMeeting } from './fake-meeting';

type Theme = 'light' | 'dark';

/** What a story puts on the screen. */
export interface Shown {
  app: AppContext;
  screen?: MeetingScreen;
}

export type Story = (theme: Theme) => Shown;

/** A story outside the meeting. */
export const app = (options: Omit<FakeOptions, 'theme'>) => (theme: Theme): Shown => ({ app: fakeApp({ ...options, theme }) });

/** A story inside the meeting; `events` happen once it is shown. */
export function meeting(state: () => MeetingState, ui: Partial<ScreenState> = {}, events: MeetingEvent[] = [], stops: E2EEStop[] = [], network?: NetworkView) {
  return (theme: Theme): Shown => {
    const context = fakeApp({ theme });
    const fake = fakeMeeting(state(), stops, network);
    const screen = new MeetingScreen(fake, fakeDevices(), context.preferences, context.notices, 'https://meet.example.org');
    screen.ui.update((old) => ({ ...old, ...ui }));
    setTimeout(() => events.forEach((event) => fake.tell(event)), 100);
    return { app: context, screen };
  };
}
