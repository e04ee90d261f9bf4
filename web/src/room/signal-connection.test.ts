import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AnyEvent } from '../api/wire';
import { FakeServer, FakeSocket } from './fake-socket';
import { SignalConnection } from './signal-connection';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function connected() {
  const server = new FakeServer();
  const events: AnyEvent[] = [];
  let losses = 0;
  const connection = await SignalConnection.connect(server.connect, 'wss://x/signal', {
    event: (event) => events.push(event),
    lost: () => (losses += 1),
  });
  return { server, connection, events, losses: () => losses };
}

describe('SignalConnection', () => {
  it('matches replies to requests whatever their order', async () => {
    const { server, connection } = await connected();
    server.answers['self.name'] = () => {};
    const a = connection.request('self.name', { name: 'a' });
    const b = connection.request('self.hand', { up: true });
    await b;
    const late = server.last.requests('self.name')[0];
    if (late) server.last.refuse(late, 'forbidden');
    await expect(a).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('gives a request up after its time and keeps the connection', async () => {
    const { server, connection, losses } = await connected();
    server.answers['leave'] = () => {};
    const late = expect(connection.request('leave', {}, 1000)).rejects.toMatchObject({ code: 'timeout' });
    await vi.advanceTimersByTimeAsync(1000);
    await late;
    expect(losses()).toBe(0);
  });

  it('counts as lost when a ping stays without an answer', async () => {
    const { server, losses } = await connected();
    server.answers['ping'] = () => {};
    await vi.advanceTimersByTimeAsync(14_900);
    expect(losses()).toBe(0);
    await vi.advanceTimersByTimeAsync(200);
    expect(losses()).toBe(1);
    expect(server.last.closed).toBe(true);
  });

  it('takes a refused ping for a sign of life', async () => {
    const { server, losses } = await connected();
    server.answers['ping'] = (request, socket) => socket.refuse(request, 'rate_limited');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(losses()).toBe(0);
  });

  it('rejects what waits when the connection is cut, and tells the loss once', async () => {
    const { server, connection, losses } = await connected();
    server.answers['self.hand'] = () => {};
    const waiting = expect(connection.request('self.hand', { up: true })).rejects.toMatchObject({ code: 'offline' });
    server.last.cut();
    await waiting;
    await expect(connection.request('ping', {})).rejects.toMatchObject({ code: 'offline' });
    expect(losses()).toBe(1);
  });

  it('passes events on and drops what is no message', async () => {
    const { server, events } = await connected();
    server.last.onmessage?.({ data: 'not json' });
    server.last.onmessage?.({ data: new ArrayBuffer(3) });
    server.last.say({ type: 'neither' });
    server.last.event(7, 'media.asked', { by: 'b' });
    expect(events).toEqual([{ seq: 7, type: 'media.asked', body: { by: 'b' } }]);
  });

  it('is quiet after close', async () => {
    const { server, connection, losses } = await connected();
    connection.close();
    server.last.cut();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(losses()).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    ['speaks another protocol', 'version', (server: FakeServer) => void (server.protocol = 'other.v9')],
    ['is not there', 'offline', (server: FakeServer) => void (server.up = false)],
  ])('rejects when the server %s', async (_, code, change) => {
    const server = new FakeServer();
    change(server);
    const connecting = SignalConnection.connect(server.connect, 'wss://x/signal', { event: () => {}, lost: () => {} });
    await expect(connecting).rejects.toMatchObject({ code });
    expect(server.last.closed).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('rejects when the server never answers', async () => {
    const connecting = SignalConnection.connect((url) => new FakeSocket(url, () => {}), 'wss://x/signal', { event: () => {}, lost: () => {} });
    const refused = expect(connecting).rejects.toMatchObject({ code: 'timeout' });
    await vi.advanceTimersByTimeAsync(10_000);
    await refused;
  });
});
