import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDevices, type DeviceEvent } from './devices';
import { FakeTrack, installBrowserGlobals } from './fake-peer';

/** The machine's devices and what its browser answers. */
class Machine {
  refusal: string | null = null;
  permission = 'granted';
  readonly opened: FakeTrack[] = [];
  readonly asked: MediaStreamConstraints[] = [];
  changed = () => {};
  present = [
    { kind: 'audioinput', deviceId: 'm1', label: 'Mic' },
    { kind: 'videoinput', deviceId: 'c1', label: 'Cam' },
    { kind: 'videoinput', deviceId: '', label: '' },
  ];

  readonly mediaDevices = {
    addEventListener: (_: string, run: () => void) => (this.changed = run),
    removeEventListener: () => {},
    enumerateDevices: async () => this.present,
    getUserMedia: async (constraints: MediaStreamConstraints) => {
      this.asked.push(constraints);
      if (this.refusal) throw Object.assign(new Error(this.refusal), { name: this.refusal });
      const track = new FakeTrack(constraints.audio ? 'audio' : 'video', constraints.audio ? 'm1' : 'c1');
      this.opened.push(track);
      return { getTracks: () => [track] };
    },
  };
}

let machine: Machine;
let restore = () => {};
const stored = new Map<string, string>();
const storage = { getItem: (key: string) => stored.get(key) ?? null, setItem: (key: string, value: string) => void stored.set(key, value) };

class SilentContext {
  state = 'running';
  createAnalyser = () => ({ fftSize: 0, getFloatTimeDomainData: (samples: Float32Array) => samples.fill(0.1) });
  createMediaStreamSource = () => ({ connect: () => {}, disconnect: () => {} });
  close = async () => {};
}

beforeEach(() => {
  vi.useFakeTimers();
  restore = installBrowserGlobals();
  stored.clear();
  machine = new Machine();
  vi.stubGlobal('isSecureContext', true);
  vi.stubGlobal('AudioContext', SilentContext);
  vi.stubGlobal('navigator', { mediaDevices: machine.mediaDevices, permissions: { query: async () => ({ state: machine.permission }) } });
});
afterEach(() => {
  vi.unstubAllGlobals();
  restore();
  vi.useRealTimers();
});

function make() {
  const devices = createDevices(storage);
  const events: DeviceEvent[] = [];
  devices.onEvent((event) => events.push(event));
  return { devices, events };
}

describe('devices', () => {
  it('ask for nothing by themselves', async () => {
    const { devices } = make();
    await devices.refresh();
    expect(machine.asked).toEqual([]);
    expect(devices.state.current).toMatchObject({ mics: [{ id: 'm1', label: 'Mic' }], cameras: [{ id: 'c1', label: 'Cam' }], micPermission: 'granted' });
    devices.close();
  });

  it('stop the camera when it is turned off, and keep a muted microphone', async () => {
    const { devices } = make();
    await devices.setMic(true);
    await devices.setCamera(true);
    expect([devices.mic.current, devices.camera.current, devices.state.current.preview !== null]).toEqual([machine.opened[0], machine.opened[1], true]);
    await devices.setMic(false);
    await devices.setCamera(false);
    expect([devices.mic.current, devices.camera.current, devices.state.current.preview]).toEqual([null, null, null]);
    expect(machine.opened.map((track) => track.readyState)).toEqual(['live', 'ended']);
    await devices.setMic(true);
    expect(machine.opened.length).toBe(2);
    devices.close();
    expect(machine.opened.map((track) => track.readyState)).toEqual(['ended', 'ended']);
  });

  it('end as the person last said, however quickly', async () => {
    const { devices } = make();
    await Promise.all([devices.setCamera(true), devices.setCamera(false), devices.setCamera(true), devices.setCamera(false)]);
    expect([devices.camera.current, devices.state.current.cameraTrack]).toEqual([null, { state: 'off' }]);
    expect(machine.opened.every((track) => track.readyState === 'ended')).toBe(true);
    devices.close();
  });

  it.each([
    ['NotAllowedError', 'denied', 'denied'],
    ['NotAllowedError', 'prompt', 'dismissed'],
    ['NotFoundError', 'granted', 'notFound'],
    ['NotReadableError', 'granted', 'inUse'],
  ])('say why: %s with permission %s', async (name, permission, reason) => {
    const { devices, events } = make();
    machine.refusal = name;
    machine.permission = permission;
    await devices.setCamera(true);
    expect(devices.state.current.cameraTrack).toEqual({ state: 'failed', reason });
    expect(events).toEqual([{ type: 'captureFailed', kind: 'camera', reason }]);
    machine.refusal = null;
    await devices.setCamera(true);
    expect(devices.state.current.cameraTrack).toEqual({ state: 'on' });
    devices.close();
  });

  it('say that an insecure page has none', async () => {
    vi.stubGlobal('isSecureContext', false);
    const { devices } = make();
    await devices.setMic(true);
    expect(devices.state.current.micTrack).toEqual({ state: 'failed', reason: 'insecure' });
    expect(machine.asked).toEqual([]);
    devices.close();
  });

  it('remember a choice and switch on the fly', async () => {
    const { devices } = make();
    await devices.setCamera(true);
    await devices.pickCamera('c2');
    expect(machine.asked.at(-1)).toMatchObject({ video: { deviceId: { ideal: 'c2' } } });
    expect(machine.opened.map((track) => track.readyState)).toEqual(['ended', 'live']);
    expect(devices.camera.current).toBe(machine.opened[1]);
    expect(stored.get('roundel.camera')).toBe('c2');
    devices.close();
  });

  it('take another device when the one in use goes away', async () => {
    const { devices, events } = make();
    await devices.setMic(true);
    machine.opened[0]?.onended?.();
    await vi.advanceTimersByTimeAsync(10);
    expect(devices.mic.current).toBe(machine.opened[1]);
    expect(events).toEqual([{ type: 'deviceChanged', kind: 'mic', label: 'label of m1' }]);
    devices.close();
  });

  it('list what was plugged in', async () => {
    const { devices } = make();
    machine.present.push({ kind: 'audioinput', deviceId: 'm2', label: 'Headset' });
    machine.changed();
    await vi.advanceTimersByTimeAsync(10);
    expect(devices.state.current.mics.map((mic) => mic.id)).toEqual(['m1', 'm2']);
    devices.close();
  });

  it('measure the microphone', async () => {
    const { devices } = make();
    await devices.setMic(true);
    await vi.advanceTimersByTimeAsync(200);
    expect(devices.rms.current).toBeCloseTo(0.1, 5);
    expect(devices.level.current).toBeCloseTo(2 / 3, 3);
    devices.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('let go of a device that opened after release', async () => {
    const { devices } = make();
    const opening = devices.setMic(true);
    devices.release();
    await opening;
    expect([devices.mic.current, machine.opened[0]?.readyState]).toEqual([null, 'ended']);
    devices.close();
  });
});
