import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GroupReply, Room } from '../api/wire';
import { FakeKeeper, machineView } from './fake-keeper';
import { participant } from './fake-socket';
import { MeetingGroup } from './group';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const bytes = (...list: number[]) => new Uint8Array(list);

const room = (on?: boolean) => (on === undefined ? {} : { e2ee: { on } }) as Room;

function make({ lobby = false, fragment = 'f' } = {}) {
  const keeper = new FakeKeeper();
  const asked: [type: string, body: unknown][] = [];
  const replies: Record<string, () => Promise<unknown>> = {};
  const options = {
    keeper: keeper.real,
    ask: (type: string, body: unknown) => {
      asked.push([type, body]);
      return (replies[type] ?? (async () => ({})))();
    },
    join: { meeting: 'room', self: 'me', name: 'Ada', card: bytes(1), fragment, device: 'meeting' as const },
    lobby,
    changed: vi.fn(),
    content: vi.fn(),
    notice: vi.fn(),
    joined: vi.fn(),
  };
  const group = new MeetingGroup(options as never);
  return { group, keeper, asked, replies, options };
}

const settled = () => vi.advanceTimersByTimeAsync(0);
const told = (keeper: FakeKeeper, type: string) => keeper.told.filter((event) => event.type === type);

describe('what may be said in clear', () => {
  it.each([
    ['off, and answered', { mode: 'off', sending: 'clear' }, true, false],
    ['off, not answered yet', { mode: 'off', sending: 'hold' }, false, false],
    ['turning on', { mode: 'turningOn', sending: 'seal' }, false, true],
    ['turning off', { mode: 'turningOff', sending: 'seal' }, false, true],
    ['not known', { mode: 'unknown', sending: 'clear' }, false, false],
  ] as const)('%s', (_name, view, clear, sealed) => {
    const { group, keeper } = make();
    keeper.show(view);
    expect([group.clear, group.sealed]).toEqual([clear, sealed]);
    keeper.state.set('dead');
    expect(group.clear).toBe(false);
  });
});

describe('between server and machine', () => {
  it('carries commits and their reply, with what was missed', async () => {
    const { keeper, asked, replies } = make();
    replies['group.commit'] = async (): Promise<GroupReply> => ({ accepted: false, epoch: 5, missed: [{ epoch: 4, from: 'ben', commit: 'AQ==' }] });
    keeper.onEffect?.({ type: 'commit', ref: 3, epoch: 4, commit: bytes(1), welcome: bytes(), info: bytes(2), added: [] });
    await settled();
    expect(asked).toEqual([['group.commit', { epoch: 4, commit: 'AQ==', info: 'Ag==' }]]);
    expect(told(keeper, 'reply')).toEqual([{ type: 'reply', ref: 3, accepted: false, failed: false, missed: [{ epoch: 4, from: 'ben', commit: bytes(1), welcome: bytes() }] }]);
  });

  it('tells the machine that an order never arrived', async () => {
    const { keeper, replies } = make();
    replies['group.open'] = () => Promise.reject(new Error('offline'));
    keeper.onEffect?.({ type: 'open', ref: 7, info: bytes(2) });
    await settled();
    expect(told(keeper, 'reply')).toEqual([{ type: 'reply', ref: 7, accepted: false, failed: true, missed: [] }]);
  });

  it('from the lobby orders nothing and queues; once admitted tries again', async () => {
    const { group, keeper, asked, replies } = make({ lobby: true });
    replies['group.fetch'] = async () => ({ exists: true, epoch: 4, info: 'Ag==', queue: false });
    keeper.onEffect?.({ type: 'commit', ref: 1, epoch: 4, commit: bytes(1), welcome: bytes(), info: bytes(2), added: [] });
    keeper.onEffect?.({ type: 'fetch' });
    await settled();
    expect(asked.map(([type]) => type)).toEqual(['group.fetch']);
    expect(told(keeper, 'reply')).toMatchObject([{ failed: true }]);
    expect(told(keeper, 'groupState')).toMatchObject([{ queue: true }]);
    keeper.show({ phase: 'waiting' });
    group.admitted();
    expect(keeper.told.slice(-2)).toEqual([{ type: 'offline' }, { type: 'online', resumed: false }]);
    keeper.onEffect?.({ type: 'fetch' });
    await settled();
    expect(told(keeper, 'groupState')[1]).toMatchObject({ queue: false });
  });

  it('reads the server’s words, and what is not base64 as nothing', () => {
    const { group, keeper } = make();
    expect(group.event({ type: 'group.messages', seq: 1, body: { messages: [{ from: 'ben', message: '%%' }] } } as never)).toBe(true);
    expect(group.event({ type: 'group.knocks', seq: 2, body: { knocks: [{ participant: 'cleo', name: 'Guest', keyPackage: 'AQ==', lobby: true, since: '' }] } } as never)).toBe(true);
    expect(group.event({ type: 'room.changed', seq: 3, body: {} } as never)).toBe(false);
    expect(told(keeper, 'messages')).toEqual([{ type: 'messages', messages: [{ from: 'ben', message: bytes() }] }]);
    expect(told(keeper, 'knocks')).toEqual([{ type: 'knocks', knocks: [{ participant: 'cleo', name: 'Guest', keyPackage: bytes(1), proof: bytes(), lobby: true }] }]);
  });

  it('tells who is announced, once for each change', () => {
    const { group, keeper } = make();
    const people = new Map([['ben', participant('ben', { role: 'cohost', disconnected: true })]]);
    group.roster(people, room());
    group.roster(people, room());
    expect(told(keeper, 'roster')).toEqual([{ type: 'roster', people: [{ id: 'ben', name: 'BEN', host: false, moderator: true, capable: false, connected: false }] }]);
  });

  it('tells what the server believes of the switch, and the server what is true of it', async () => {
    const { group, keeper, asked } = make();
    for (const on of [undefined, false, true, true, false]) group.roster(new Map(), room(on));
    expect(told(keeper, 'roomSays').map((event) => 'on' in event && event.on)).toEqual([false, true, false]);
    keeper.onEffect?.({ type: 'report', on: true, epoch: 9, offer: true });
    keeper.onEffect?.({ type: 'report', on: false, epoch: 10, offer: true });
    await settled();
    expect(asked).toEqual([['e2ee.report', { on: true, epoch: 9, offer: true }], ['e2ee.report', { on: false, epoch: 10 }]]);
  });
});

describe('content right after somebody came', () => {
  it('waits for the proof that they are there', async () => {
    const { group, keeper } = make();
    keeper.show({ phase: 'proving', sending: 'hold' });
    let known = false;
    const answered = group.answered().then(() => (known = true));
    await vi.advanceTimersByTimeAsync(1000);
    expect(known).toBe(false);
    keeper.show({ phase: 'in', sending: 'clear' });
    await answered;
  });

  it('does not wait without end, and not for somebody who is alone', async () => {
    const { group, keeper } = make();
    keeper.show({ phase: 'proving', sending: 'hold' });
    const answered = group.answered();
    await vi.advanceTimersByTimeAsync(5000);
    await answered;
    keeper.show({ phase: 'alone', sending: 'hold' });
    await group.answered();
    expect(group.clear).toBe(false);
  });
});

describe('the invitation', () => {
  const fragment = `1.${'S'.repeat(43)}.${'R'.repeat(22)}`;

  it('is the link that this device came by until the group says which one is valid', () => {
    const { group, keeper } = make({ fragment: `${fragment}.h.${'x'.repeat(43)}` });
    expect(group.invite).toBe(fragment);
    keeper.show({ phase: 'joining', linkNumber: 0 });
    expect(group.invite).toBe(fragment);
    keeper.show({ phase: 'in', linkNumber: 2, fragment: `2${fragment.slice(1)}` });
    expect(group.invite).toBe(`2${fragment.slice(1)}`);
  });

  it('has no secret when the valid link is one that this device does not know', () => {
    const { group, keeper } = make({ fragment });
    keeper.show({ linkNumber: 2 });
    expect(group.invite).toBe('');
  });
});

describe('orders', () => {
  const on = { type: 'switchE2EE', on: true } as const;
  const order = (group: MeetingGroup) => group.order(on, 'switch on', ({ mode }) => mode === 'on');

  it('resolve when the group is as wished, not when it was asked', async () => {
    const { group, keeper } = make();
    keeper.show({});
    let made = false;
    const done = order(group).then(() => (made = true));
    await settled();
    expect([keeper.done, made]).toEqual([[on], false]);
    keeper.show({ mode: 'on' });
    await done;
  });

  it('fail with the machine’s reason, by name', async () => {
    const { group, keeper, options } = make();
    keeper.show({});
    const done = order(group);
    await settled();
    keeper.onEffect?.({ type: 'notice', kind: 'failed', who: '', by: '', text: 'remove: nobody' });
    keeper.onEffect?.({ type: 'notice', kind: 'failed', who: '', by: '', text: 'switch on: somebody was faster' });
    await expect(done).rejects.toMatchObject({ code: 'conflict', message: 'somebody was faster' });
    expect(options.notice).toHaveBeenCalledTimes(2);
  });

  it('end with the meeting, and after a time', async () => {
    const first = make();
    first.keeper.show({});
    const left = order(first.group);
    await settled();
    first.group.close();
    await expect(left).rejects.toMatchObject({ code: 'offline' });
    expect(first.keeper.closed).toBe(true);
    const second = make();
    second.keeper.show({});
    const late = expect(order(second.group)).rejects.toMatchObject({ code: 'timeout' });
    await vi.advanceTimersByTimeAsync(20_000);
    await late;
  });

  it.each([
    ['session: only a host may do this', 'forbidden'],
    ['session: no such person', 'not_found'],
    ['session: the text is too long', 'too_large'],
    ['session: not in the meeting yet', 'offline'],
  ])('refused with "%s" are %s', async (why, code) => {
    const { group, keeper } = make();
    keeper.refusal = why;
    await expect(group.do(on)).rejects.toMatchObject({ code, message: why.replace('session: ', '') });
  });
});

it('a card that does not fit the link is a failure that is told', async () => {
  const keeper = new FakeKeeper();
  keeper.joins = false;
  const changed = vi.fn();
  const group = new MeetingGroup({ keeper: keeper.real, ask: vi.fn(), join: { meeting: 'room' } as never, lobby: false, changed, content: vi.fn(), notice: vi.fn(), joined: vi.fn() } as never);
  await settled();
  expect(group.failed).toBe(true);
  expect(changed).toHaveBeenCalled();
  keeper.view.set(machineView());
  group.close();
});
