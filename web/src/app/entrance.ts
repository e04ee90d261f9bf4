import type { Meeting } from '../room/model';
import type { Entrance } from './frame/app-context';

/** Opens this browser's devices and, on joining, the connection to the meeting. */
export async function openEntrance(number: string): Promise<Entrance> {
  const devices = (await import('../media/devices')).createDevices();
  let made: Meeting | undefined;
  return {
    devices,
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
