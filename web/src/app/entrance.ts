import type { E2EEOutlook, Meeting } from '../room/model';
import { Store } from '../room/store';
import type { Entrance } from './frame/app-context';

/** Opens this browser's devices and, on joining, the connection to the meeting. */
export async function openEntrance(number: string): Promise<Entrance> {
  const devices = (await import('../media/devices')).createDevices();
  let made: Meeting | undefined;
  return {
    devices,
    outlook: new Store<E2EEOutlook | null>(null),
    async meeting() {
      const { createMeeting } = await import('../room/meeting');
      made ??= createMeeting({ number, devices });
      return made;
    },
    close() {
      made?.close();
      devices.close();
    },
  };
}
