import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Relayed } from '../api/wire';
import { FakeKeeper, cardOf, knock, member } from './fake-keeper';
import { joinedAs, participant } from './fake-socket';
import { GroupSeat, HIDDEN } from './group-seat';
import { enter } from './roster';

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('RTCRtpScriptTransform', class {});
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const link = `1.${'s'.repeat(43)}.${'r'.repeat(22)}`;

async function make(fragment = link) {
  const keepers: FakeKeeper[] = [];
  const options = {
    keeper: () => {
      const keeper = new FakeKeeper();
      keepers.push(keeper);
      return keeper.real;
    },
    fragment,
    ask: vi.fn(async () => ({}) as never),
    changed: vi.fn(),
    content: vi.fn(),
    notice: vi.fn(),
    knocked: vi.fn(),
    relinked: vi.fn(),
    event: vi.fn(),
    joined: vi.fn(),
    stop: vi.fn(),
    clear: vi.fn(),
  };
  const seat = new GroupSeat(options);
  await seat.prepare('Ada');
  const enterRoom = (self = 'me') => seat.enter(cardOf('room'), self, { room: 'room', device: 'meeting' });
  return { seat, options, keepers, enterRoom, keeper: () => keepers.at(-1) as FakeKeeper };
}

const said = (text: string) => ({ channel: 'chat', from: 'ben', name: 'Ben', at: '2026-11-22T10:00:00Z', payload: { text } }) as unknown as Relayed;

describe('a seat', () => {
  it('keeps the name from the server until nothing is encrypted, then tells it once', async () => {
    const { seat, options, enterRoom, keeper } = await make();
    expect(seat.announced()).toBe(HIDDEN);
    enterRoom();
    keeper().show({ phase: 'proving', sending: 'hold' });
    keeper().show({ mode: 'on', sending: 'seal' });
    expect(options.ask).not.toHaveBeenCalled();
    keeper().show({ mode: 'off', sending: 'clear' });
    keeper().show({ epoch: 9 });
    expect(options.ask.mock.calls).toEqual([['self.name', { name: 'Ada' }]]);
  });

  it('without the link tells its name at the door', async () => {
    const { seat, options, enterRoom, keeper } = await make('');
    expect(seat.announced()).toBe('Ada');
    enterRoom();
    keeper().show({});
    expect(options.ask).not.toHaveBeenCalled();
  });

  it('refuses a missing card that its link promises, and another meeting’s', async () => {
    const { seat } = await make();
    expect(() => seat.enter(undefined, 'me', { room: 'room', device: 'meeting' })).toThrow(/card/);
    expect(() => seat.enter(cardOf('another'), 'me', { room: 'room', device: 'meeting' })).toThrow(/not this meeting/);
    const guest = await make('');
    expect(() => guest.seat.enter(undefined, 'me', { room: 'room', device: 'meeting' })).not.toThrow();
    expect(guest.seat.group).toBeNull();
  });

  it('keeps its group over a resumption and begins another with another id', async () => {
    const { enterRoom, keepers } = await make();
    enterRoom();
    enterRoom();
    expect(keepers).toHaveLength(1);
    enterRoom('me again');
    expect(keepers).toHaveLength(2);
    expect(keepers[0]?.closed).toBe(true);
    expect(keepers[1]?.joined).toMatchObject({ self: 'me again', meeting: 'room', fragment: link, name: 'Ada' });
  });
});

describe('clear messages', () => {
  it('wait until it is known that nothing is encrypted', async () => {
    const { seat, options, enterRoom, keeper } = await make();
    enterRoom();
    seat.relayed(said('early'), true);
    expect(options.clear).not.toHaveBeenCalled();
    keeper().show({});
    expect(options.clear.mock.calls).toEqual([[said('early'), true]]);
    seat.relayed(said('now'));
    expect(options.clear).toHaveBeenCalledTimes(2);
  });

  it('are dropped when something is', async () => {
    const { seat, options, enterRoom, keeper } = await make();
    enterRoom();
    seat.relayed(said('smuggled'));
    keeper().show({ mode: 'on', sending: 'seal' });
    seat.relayed(said('smuggled too'));
    keeper().show({ mode: 'off', sending: 'clear' });
    expect(options.clear).not.toHaveBeenCalled();
  });
});

describe('the door of the group', () => {
  it('is shut at once for who has no link, and after a while for who has', async () => {
    const { seat, enterRoom, keeper } = await make();
    enterRoom();
    keeper().show({ phase: 'knocking', digits: '0001 0002 0003' });
    expect(seat.shut).toBe('link');
    keeper().show({ digits: '' });
    expect(seat.shut).toBeNull();
    await vi.advanceTimersByTimeAsync(3001);
    expect(seat.shut).toBe('lobby');
    keeper().show({ phase: 'in' });
    expect(seat.shut).toBeNull();
  });

  it('lists the lobby and who has a seat already, under the names that the group can read', async () => {
    const { seat, options, enterRoom, keeper } = await make();
    enterRoom();
    const waiting = [knock('ben', { name: 'Ben' }), knock('cleo', { name: 'Cleo', lobby: false, link: false, digits: '1 2 3' })];
    keeper().show({ canAdmit: true, waiting });
    const listed = { id: 'ben', name: HIDDEN, guest: true, since: '2026-11-22T10:00:00Z' };
    expect(seat.waiting([listed]).map(({ id, name }) => [id, name])).toEqual([['ben', 'Ben'], ['cleo', 'Cleo']]);
    expect(seat.nameOf('ben')).toBe('Ben');
    // Of the lobby the server tells; of the others only the group.
    expect(options.knocked.mock.calls).toEqual([['cleo', 'Cleo']]);
    keeper().show({ epoch: 5 });
    expect(options.knocked).toHaveBeenCalledTimes(1);
  });

  it('opens by itself for somebody who was let in before they knocked', async () => {
    const { seat, enterRoom, keeper } = await make();
    enterRoom();
    seat.expect('ben');
    keeper().show({ canAdmit: true, waiting: [knock('ben', { lobby: false, link: false })] });
    keeper().show({ epoch: 5 });
    expect(keeper().done).toEqual([{ type: 'admitKnock', id: 'ben' }]);
  });
});

describe('rights', () => {
  it('are asked of the group when the person is in it and this one is host, and again until they hold', async () => {
    const { seat, enterRoom, keeper } = await make();
    enterRoom();
    vi.setSystemTime(1_000_000);
    keeper().show({ people: [member('ben')] });
    seat.entitle('ben', true);
    expect(keeper().done).toEqual([]);
    keeper().show({ host: true, people: [member('ben', { inTree: false })] });
    expect(keeper().done).toEqual([]);
    keeper().show({ people: [member('ben')] });
    keeper().show({ epoch: 6 });
    expect(keeper().done).toEqual([{ type: 'grantHost', id: 'ben' }]);
    await vi.advanceTimersByTimeAsync(10_001);
    keeper().show({ epoch: 7 });
    expect(keeper().done).toHaveLength(2);
    keeper().show({ people: [member('ben', { host: true })] });
    await vi.advanceTimersByTimeAsync(10_001);
    keeper().show({ people: [member('ben')] });
    expect(keeper().done).toHaveLength(2);
  });
});

describe('the offer to end encryption', () => {
  const offer = { id: 'old', name: 'Old', until: 31_000 };
  it('is over when its time is, and says who was turned away', async () => {
    const { seat, options, enterRoom, keeper } = await make();
    enterRoom();
    keeper().show({ mode: 'on', sending: 'seal' });
    vi.setSystemTime(1000);
    seat.offered(offer);
    expect(seat.view?.offer).toEqual(offer);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(seat.view?.offer).toBeNull();
    expect(options.event.mock.calls).toEqual([[{ type: 'unsupportedRefused', name: 'Old' }]]);
  });

  it('that was accepted turns nobody away', async () => {
    const { seat, options, enterRoom, keeper } = await make();
    enterRoom();
    keeper().show({ mode: 'on', sending: 'seal' });
    vi.setSystemTime(1000);
    seat.offered(offer);
    seat.settleOffer('another', false);
    expect(seat.view?.offer).toEqual(offer);
    seat.settleOffer('old', true);
    await vi.advanceTimersByTimeAsync(40_000);
    expect([seat.view?.offer, options.event.mock.calls]).toEqual([null, []]);
  });
});

describe('the link', () => {
  const renewed = link.replace('1.', '2.');
  it('is followed when a ban changes it, forwards only', async () => {
    const { options, enterRoom, keeper, keepers } = await make();
    enterRoom();
    keeper().show({ fragment: link });
    expect(options.relinked).not.toHaveBeenCalled();
    keeper().show({ fragment: renewed });
    keeper().show({ fragment: link });
    expect(options.relinked.mock.calls).toEqual([[renewed]]);
    enterRoom('me again');
    expect(keepers[1]?.joined?.fragment).toBe(renewed);
  });

  it('is not kept by who came without one', async () => {
    const { options, enterRoom, keeper } = await make('');
    enterRoom();
    keeper().show({ fragment: renewed });
    expect(options.relinked).not.toHaveBeenCalled();
  });
});

describe('people', () => {
  it('are called as they say in the group; hands are the group’s while it seals', async () => {
    const { seat, enterRoom, keeper } = await make();
    enterRoom();
    const roster = enter(joinedAs('me', { participants: [participant('me'), participant('ben', { name: HIDDEN, hand: '2026-11-22T10:00:00Z' }), participant('cleo', { name: 'Cleo' })] }));
    keeper().show({ mode: 'on', sending: 'seal', people: [member('ben', { name: 'Ben' }), member('cleo', { name: 'not signed', nameSigned: false, hand: true })] });
    const shown = seat.people(roster).participants;
    expect(shown.get('ben')).toMatchObject({ name: 'Ben', hand: null });
    expect(shown.get('cleo')?.name).toBe('Cleo');
    expect(shown.get('cleo')?.hand).not.toBeNull();
    keeper().show({ mode: 'off' });
    expect(seat.people(roster).participants.get('ben')?.hand).not.toBeNull();
  });
});

it('a dead worker ends the media, once', async () => {
  const { options, enterRoom, keeper, seat } = await make();
  enterRoom();
  keeper().state.set('dead');
  keeper().show({});
  expect(options.stop).toHaveBeenCalledTimes(1);
  expect(seat.facts?.worker).toBe('dead');
});
