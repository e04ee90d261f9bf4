import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AnyEvent, Join, Joined } from '../api/wire';
import { FakeServer, fakeTab, joinedAs } from './fake-socket';
import { GIVE_UP_AFTER, Session } from './session';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function make(storage = fakeTab()) {
  const server = new FakeServer();
  const log: string[] = [];
  const joins: Joined[] = [];
  const session = new Session({
    url: 'wss://x/signal',
    number: '0123456789',
    client: 'test 1',
    open: server.connect,
    storage,
    listener: {
      welcomed: () => log.push('welcomed'),
      lobby: ({ reason }) => log.push(`lobby ${reason}`),
      joined: (joined) => {
        joins.push(joined);
        log.push(joined.resumed ? 'resumed' : 'joined');
      },
      event: (event: AnyEvent) => log.push(`${event.seq} ${event.type}`),
      lost: (until) => log.push(until === null ? 'lost without seat' : 'lost'),
      ended: (code) => log.push(`ended ${code}`),
    },
  });
  const joinBodies = () => server.sockets.flatMap((socket) => socket.requests('join').map((m) => m.body as Join));
  return { server, session, log, joins, joinBodies };
}

const passed = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('Session', () => {
  it('says hello, then asks for a seat', async () => {
    const { server, session, log } = make();
    await session.join('Ada', 'secret');
    expect(server.last.sent.map((m) => [m.type, m.body])).toEqual([
      ['hello', { kind: 'web', client: 'test 1', features: [] }],
      ['join', { number: '0123456789', name: 'Ada', passcode: 'secret' }],
    ]);
    expect(log).toEqual(['welcomed', 'joined']);
  });

  it('rejects with the refusal and may be asked again', async () => {
    const { server, session, log } = make();
    const good = server.answers['join'];
    server.answers['join'] = (request, socket) => socket.refuse(request, 'passcode_required');
    await expect(session.join('Ada')).rejects.toMatchObject({ code: 'passcode_required' });
    expect(server.last.closed).toBe(true);
    if (good) server.answers['join'] = good;
    await session.join('Ada', 'x');
    expect(log.at(-1)).toBe('joined');
  });

  it('is let in from the lobby', async () => {
    const { server, session, log } = make();
    server.answers['join'] = (request, socket) => socket.ok(request, { lobby: { title: 'T', reason: 'lobby' } });
    await session.join('Ada');
    server.last.event(1, 'lobby.admitted', joinedAs('me', { seq: 1 }));
    server.last.event(2, 'media.asked', { by: 'b' });
    expect(log).toEqual(['welcomed', 'lobby lobby', 'joined', '2 media.asked']);
  });

  it('resumes the seat after a loss and hears what it missed, once', async () => {
    const { server, session, log, joinBodies } = make();
    await session.join('Ada');
    server.last.event(1, 'media.asked', { by: 'b' });
    server.answers['join'] = (request, socket) => socket.ok(request, { joined: joinedAs('me', { resumed: true, seq: 1 }) });
    server.last.cut();
    await passed(400);
    server.last.event(1, 'media.asked', { by: 'b' });
    server.last.event(2, 'media.asked', { by: 'c' });
    expect(joinBodies().at(-1)).toMatchObject({ seat: 'seat of me', seq: 1, name: 'Ada' });
    expect(log).toEqual(['welcomed', 'joined', '1 media.asked', 'lost', 'welcomed', 'resumed', '2 media.asked']);
  });

  it('heals a gap in the events by resuming', async () => {
    const { server, session, log } = make();
    await session.join('Ada');
    server.last.event(3, 'media.asked', { by: 'b' });
    await passed(400);
    expect(log).toEqual(['welcomed', 'joined', 'lost', 'welcomed', 'joined']);
  });

  it('knocks anew when the seat is gone', async () => {
    const { server, session, joinBodies } = make();
    await session.join('Ada');
    server.answers['join'] = (request, socket) => {
      if ((request.body as Join).seat) socket.refuse(request, 'not_found');
      else socket.ok(request, { joined: joinedAs('other') });
    };
    session.rename('Ada L');
    server.last.cut();
    await passed(400);
    expect(joinBodies().slice(1)).toEqual([
      { number: '0123456789', name: 'Ada L', seat: 'seat of me', seq: 0 },
      { number: '0123456789', name: 'Ada L' },
    ]);
  });

  it('tries again less and less often, and at once when nudged', async () => {
    const { server, session } = make();
    await session.join('Ada');
    server.up = false;
    server.last.cut();
    await passed(10_000);
    const tries = server.sockets.length;
    expect(tries).toBeGreaterThan(4);
    expect(tries).toBeLessThan(9);
    server.up = true;
    session.nudge();
    await passed(0);
    expect(server.sockets.length).toBe(tries + 1);
    expect(server.last.requests('join').length).toBe(1);
  });

  it('looks at a connection that stands when nudged', async () => {
    const { server, session } = make();
    await session.join('Ada');
    session.nudge();
    await passed(0);
    expect(server.last.requests('ping').length).toBe(1);
  });

  it.each([
    ['ended', 'the meeting is over'],
    ['locked', 'nobody new is let in'],
  ])('ends with %s when %s meanwhile', async (code) => {
    const { server, session, log } = make();
    await session.join('Ada');
    server.answers['join'] = (request, socket) => socket.refuse(request, code);
    server.last.cut();
    await passed(60_000);
    expect(log.at(-1)).toBe(`ended ${code}`);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gives up in the end', async () => {
    const { server, session, log } = make();
    await session.join('Ada');
    server.up = false;
    server.last.cut();
    await passed(GIVE_UP_AFTER + 10_000);
    expect(log.at(-1)).toBe('ended offline');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends for good when the server says so', async () => {
    const { server, session, log } = make();
    await session.join('Ada');
    server.last.event(1, 'closed', { code: 'removed', message: '' });
    server.last.cut();
    await passed(60_000);
    expect(log).toEqual(['welcomed', 'joined', 'ended removed']);
    expect(server.sockets.length).toBe(1);
  });

  it('takes its seat again after a reload, and gives it up on leaving', async () => {
    const storage = fakeTab();
    const before = make(storage);
    await before.session.join('Ada');
    before.session.drop(); // the page goes without a word
    const after = make(storage);
    await after.session.join('Ada', 'x');
    const [seat] = storage.kept.values();
    expect(seat).toBeTruthy();
    expect(after.joinBodies()).toEqual([{ number: '0123456789', name: 'Ada', passcode: 'x', seat, seq: 0 }]);
    await after.session.leave();
    expect(storage.kept.size).toBe(0);
  });

  it('forgets the seat that a moderator took away', async () => {
    const storage = fakeTab();
    const { server, session } = make(storage);
    await session.join('Ada');
    server.last.event(1, 'closed', { code: 'removed', message: '' });
    await passed(0);
    expect(storage.kept.size).toBe(0);
  });

  it('leaves, also while it is coming back', async () => {
    const { server, session, log } = make();
    await session.join('Ada');
    server.last.cut();
    await session.leave();
    await passed(60_000);
    expect(server.sockets.length).toBe(1);
    expect(log).toEqual(['welcomed', 'joined', 'lost']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('says goodbye while connected', async () => {
    const { server, session } = make();
    await session.join('Ada');
    await session.leave();
    expect(server.last.requests('leave').length).toBe(1);
    expect(server.last.closed).toBe(true);
  });

  it('comes back to the lobby by knocking again', async () => {
    const { server, session, log } = make();
    server.answers['join'] = (request, socket) => socket.ok(request, { lobby: { title: 'T', reason: 'host' } });
    await session.join('Ada');
    server.last.cut();
    await passed(400);
    expect(log).toEqual(['welcomed', 'lobby host', 'lost without seat', 'welcomed', 'lobby host']);
  });
});
