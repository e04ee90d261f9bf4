import { describe, expect, it } from 'vitest';
import { MediaPorts, type Port } from './media-ports';
import type { FromMedia, ToMedia } from './protocol';

class FakePort implements Port {
  onmessage: Port['onmessage'] = null;
  readonly got: ToMedia[] = [];

  postMessage(message: ToMedia): void {
    this.got.push(message);
  }

  says(data: FromMedia): void {
    this.onmessage?.({ data } as MessageEvent<FromMedia>);
  }
}

const epoch = (number: number) => ({ epoch: number, base: new Uint8Array(32).fill(number), self: 0, leaves: [[0, 'me']] as const, removes: false });

function made() {
  const flipped: number[] = [];
  const ports = new MediaPorts((one) => flipped.push(one));
  ports.meeting = 'm';
  return { ports, flipped };
}

describe('MediaPorts', () => {
  it('says nothing before a media worker asks, then everything that holds', () => {
    const { ports } = made();
    const port = new FakePort();
    ports.add(port);
    ports.epoch(epoch(1));
    ports.epoch(epoch(2));
    ports.send('seal', 2);
    ports.receive('sealed', 0, []);
    expect(port.got).toEqual([]);
    port.says({ type: 'need-instance' });
    expect(port.got.map((m) => m.type)).toEqual(['instance', 'epoch', 'send', 'receive']);
    expect(port.got[1]).toMatchObject({ epoch: 2 });
    port.says({ type: 'need-instance' });
    expect(port.got).toHaveLength(4);
  });

  it('binds no frame to a meeting that is not known yet', () => {
    const ports = new MediaPorts(() => undefined);
    const port = new FakePort();
    ports.add(port);
    port.says({ type: 'need-instance' });
    ports.epoch(epoch(1));
    expect(port.got).toEqual([]);
    ports.meeting = 'm';
    expect(port.got.map((m) => m.type)).toEqual(['instance', 'epoch', 'send', 'receive']);
    expect(port.got[0]).toMatchObject({ meeting: 'm' });
    port.says({ type: 'need-instance' });
    expect(port.got).toHaveLength(4);
  });

  it('gives every media worker an instance of its own and leaves the one before alone', () => {
    const { ports } = made();
    const [first, second] = [new FakePort(), new FakePort()];
    ports.add(first);
    first.says({ type: 'need-instance' });
    ports.add(second);
    second.says({ type: 'need-instance' });
    expect([first.got[0], second.got[0]]).toMatchObject([{ instance: 0 }, { instance: 1 }]);
    ports.send('hold', 0);
    expect(first.got.filter((m) => m.type === 'send')).toHaveLength(1);
    expect(first.onmessage).toBeNull();
  });

  it('hands on the key that still seals, and none that is older', () => {
    const { ports } = made();
    for (const number of [3, 4, 5]) ports.epoch(epoch(number));
    ports.send('seal', 4);
    const port = new FakePort();
    ports.add(port);
    port.says({ type: 'need-instance' });
    expect(port.got.filter((m) => m.type === 'epoch').map((m) => m.epoch)).toEqual([4, 5]);
  });

  it('passes on what has flipped, and that nothing had to without a media worker', () => {
    const { ports, flipped } = made();
    ports.send('seal', 1);
    expect(flipped).toEqual([1]);
    const port = new FakePort();
    ports.add(port);
    port.says({ type: 'need-instance' });
    ports.send('clear', 0);
    ports.send('seal', 2);
    expect(flipped, 'the media worker says it').toEqual([1]);
    port.says({ type: 'sealing', epoch: 2 });
    expect(flipped).toEqual([1, 2]);
  });

  it('stops: nothing leaves, nothing clear plays, no key stays', () => {
    const { ports } = made();
    const port = new FakePort();
    ports.add(port);
    port.says({ type: 'need-instance' });
    const key = epoch(1);
    ports.epoch(key);
    ports.stop();
    expect(port.got.slice(-2)).toMatchObject([{ type: 'send', mode: 'hold' }, { type: 'receive', mode: 'sealed' }]);
    expect(key.base.every((byte) => byte === 0)).toBe(true);
  });
});
