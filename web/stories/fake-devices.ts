import type { Devices, DevicesState } from '../src/room/model';
import { Store } from '../src/room/store';
import { personPicture } from './picture';

const usual: DevicesState = {
  mics: [{ id: 'm1', label: 'Built-in microphone' }, { id: 'm2', label: 'USB headset with a rather long product name' }],
  cameras: [{ id: 'c1', label: 'Built-in camera' }],
  speakers: [{ id: 's1', label: 'Built-in speakers' }],
  canPickSpeaker: true,
  mic: 'm1',
  camera: 'c1',
  speaker: 's1',
  micPermission: 'granted',
  cameraPermission: 'granted',
  micTrack: { state: 'on' },
  cameraTrack: { state: 'on' },
  preview: null,
};

/** Devices that do what a story says. `fixed` states do not follow the buttons. */
export function fakeDevices(change: Partial<DevicesState> = {}, fixed = false): Devices {
  const state = new Store<DevicesState>({ ...usual, preview: personPicture(1), ...change });
  const nothing = async () => {};
  const set = (part: Partial<DevicesState>) => {
    if (!fixed) state.update((old) => ({ ...old, ...part }));
  };
  return {
    state,
    level: new Store(0.55),
    refresh: nothing,
    setMic: async (on) => set({ micTrack: { state: on ? 'on' : 'off' } }),
    setCamera: async (on) => set({ cameraTrack: { state: on ? 'on' : 'off' }, preview: on ? personPicture(1) : null }),
    pickMic: async (mic) => set({ mic }),
    pickCamera: async (camera) => set({ camera }),
    pickSpeaker: async (speaker) => set({ speaker }),
    testSpeaker: nothing,
    close: () => {},
  };
}
