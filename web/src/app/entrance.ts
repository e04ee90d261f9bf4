import type { E2EEOutlook, Meeting } from '../room/model';
import { Store } from '../room/store';
import { fragmentFor, outlookOf } from './card-outlook';
import type { Entrance } from './frame/app-context';

/** Opens this browser's devices and, on joining, the connection to the meeting. card: as the server shows it. */
export async function openEntrance(number: string, card?: string): Promise<Entrance> {
  const devices = (await import('../media/devices')).createDevices();
  const fragment = await fragmentFor(number, card);
  const outlook = new Store<E2EEOutlook | null>(null);
  void outlookOf(card, fragment).then((known) => outlook.set(known));
  // Loaded while the pre-join page shows, so that the way into the group is short.
  if (card) void import('../e2ee/load').then((load) => load.loadProgram()).catch(() => undefined);
  let made: Meeting | undefined;
  return {
    devices,
    outlook,
    async meeting() {
      const { createMeeting } = await import('../room/meeting');
      made ??= createMeeting({ number, devices, fragment });
      return made;
    },
    close() {
      made?.close();
      devices.close();
    },
  };
}
