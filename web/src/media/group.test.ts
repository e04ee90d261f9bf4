import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { FromMedia, ToMedia } from '../e2ee/protocol';
import type { Left } from '../e2ee/sender';
import { Group, type Port } from './group';

/** The mls worker's end of the port. */
class FakePort implements Port {
  onmessage: ((event: MessageEvent<ToMedia>) => void) | null = null;
  onmessageerror: ((event: never) => void) | null = null;
  readonly told: FromMedia[] = [];
  postMessage(message: FromMedia): void {
    this.told.push(message);
  }
  say(...messages: ToMedia[]): void {
    for (const data of messages) this.onmessage?.({ data } as MessageEvent<ToMedia>);
  }
  types(): string[] {
    return this.told.map((message) => message.type);
  }
}

let port: FakePort;
let group: Group;
beforeEach(() => {
  vi.useFakeTimers();
  port = new FakePort();
  group = new Group(port);
});
afterEach(() => {
  group.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const instance: ToMedia = { type: 'instance', instance: 7, meeting: 'm' };
const epoch = (n: number): ToMedia => ({ type: 'epoch', epoch: n, base: new Uint8Array(32).fill(n).buffer, self: 0, leaves: [[0, 'ada'], [1, 'ben']], removes: false });
const send = (mode: 'hold' | 'clear' | 'seal', n = 0): ToMedia => ({ type: 'send', mode, epoch: n });
const sealed = (n: number, flipped: { clear: number } | null): Left => ({ act: 'sealed', data: new ArrayBuffer(0), epoch: n, counter: 4, flipped });

it('asks for an instance, and has no rules before it', () => {
  expect(port.told).toEqual([{ type: 'need-instance' }]);
  port.say(send('clear'));
  expect(group.ring).toBeNull();
  port.say(instance);
  expect(group.ring?.leaving('mic')).toEqual({ act: 'hold' });
});

it('takes one instance only', () => {
  port.say(instance, send('clear'));
  const { ring } = group;
  port.say({ ...instance, instance: 8 });
  expect(group.ring).toBe(ring);
});

it('says sealing when every live kind has flipped', () => {
  port.say(instance, epoch(1), send('clear'));
  group.left('mic', { act: 'clear' });
  group.left('camera', { act: 'clear' });
  port.say(send('seal', 1));
  group.left('mic', sealed(1, { clear: 3 }));
  vi.advanceTimersByTime(100);
  expect(port.types()).toEqual(['need-instance', 'flipped']);
  group.left('camera', sealed(1, { clear: 9 }));
  expect(port.told.at(-1), 'with the frame, not with the next look').toEqual({ type: 'sealing', epoch: 1 });
  group.left('camera', sealed(1, null));
  vi.advanceTimersByTime(100);
  expect(port.told.slice(1)).toEqual([
    { type: 'flipped', kind: 'mic', epoch: 1, counter: 4, clear: 3 },
    { type: 'flipped', kind: 'camera', epoch: 1, counter: 4, clear: 9 },
    { type: 'sealing', epoch: 1 },
  ]);
});

it('does not wait for what was muted meanwhile, nor for what is not live', () => {
  port.say(instance, epoch(1), send('clear'));
  group.left('screen', { act: 'clear' });
  vi.advanceTimersByTime(600);
  group.left('mic', { act: 'clear' });
  port.say(send('seal', 1));
  vi.advanceTimersByTime(250);
  expect(port.types()).not.toContain('sealing');
  vi.advanceTimersByTime(50);
  expect(port.types()).toContain('sealing');
});

it('does not say sealing without the key, nor after another word', () => {
  port.say(instance, send('seal', 1));
  vi.advanceTimersByTime(2000);
  expect(port.types()).not.toContain('sealing');
  port.say(epoch(1));
  vi.advanceTimersByTime(100);
  expect(port.types()).toContain('sealing');
  port.say(send('clear'), send('seal', 2), send('hold'), epoch(2));
  vi.advanceTimersByTime(1000);
  expect(port.types().filter((type) => type === 'sealing').length).toBe(1);
});

it('stops when it misses a word', () => {
  port.say(instance, send('clear'));
  expect(group.ring?.leaving('mic').act).toBe('clear');
  port.onmessageerror?.(undefined as never);
  expect(group.ring?.leaving('mic').act).toBe('hold');
});

it('reports once a second, when there is something', () => {
  port.say(instance);
  group.came({ act: 'play', participant: 'ben', kind: 'mic', sealed: true });
  group.came({ act: 'play', participant: 'ben', kind: 'mic', sealed: false });
  for (const reason of ['forged', 'forged', 'clear'] as const) group.came({ act: 'drop', reason });
  group.came({ act: 'held' });
  vi.advanceTimersByTime(3000);
  expect(port.told.slice(1)).toEqual([{ type: 'received', opened: 1, clear: 1, dropped: { forged: 2, clear: 1 } }]);
});

it('counts until of a grace by its own clock', () => {
  port.say(instance, epoch(1), { type: 'receive', mode: 'clear', until: 0, from: [] });
  port.say({ type: 'receive', mode: 'grace', until: Date.now() + 300, from: ['ben'] });
  const judge = () => group.ring?.judge({ track: 't', bound: { participant: 'ben', kind: 'mic' }, codec: 'opus', time: 0, data: new Uint8Array(3) });
  vi.advanceTimersByTime(290);
  expect(judge()).toMatchObject({ act: 'play', sealed: false });
  vi.advanceTimersByTime(20);
  expect(judge()).toEqual({ act: 'drop', reason: 'clear' });
});
