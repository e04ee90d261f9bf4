import { expect, test, vi } from 'vitest';
import { inviteOf } from '../e2ee/invite-link';
import { RoundelError, type E2EEOutlook } from '../room/model';
import { fakeTab } from '../room/fake-socket';
import { startMeeting, type Starting } from './start-meeting';

const number = '0123456789';
const fragment = `1.${'s'.repeat(43)}.${'r'.repeat(22)}`;

/** A server, a browser and its worker, of which one may fail. */
function place({ able = true, runs = true, stores = true } = {}) {
  const storage = fakeTab();
  const ask = vi.fn((_what: string, _body: unknown) =>
    runs ? Promise.resolve({ card: new Uint8Array([1, 2]), fragment }) : Promise.reject(new Error('the worker is gone')),
  );
  const server = {
    create: vi.fn(async () => ({ id: 'm1', number, path: `/j/${number}`, settings: { lobby: true, locked: false, takeover: true } })),
    putCard: vi.fn((_number: string, _body: unknown) => (stores ? Promise.resolve() : Promise.reject(new RoundelError('unavailable', '')))),
    end: vi.fn(async () => undefined),
  };
  const close = vi.fn();
  const starting = { server, able: async () => able, keeper: () => ({ ask, close }), storage } as unknown as Starting;
  const start = (encryption: E2EEOutlook['starts']) => startMeeting(starting, { title: 'Standup', encryption });
  return { start, server, ask, close, storage };
}

test.each<[E2EEOutlook['starts'], boolean]>([['off', false], ['on', true], ['required', true]])('a meeting that starts %s has a card and a link with a secret', async (encryption, e2ee) => {
  const { start, server, ask, close, storage } = place();
  expect((await start(encryption)).path).toBe(`/j/${number}`);
  expect(ask).toHaveBeenCalledWith('create', { meeting: 'm1', starts: encryption, lobby: true, locked: false, takeover: true });
  expect(server.putCard).toHaveBeenCalledWith(number, { card: 'AQI=', e2ee });
  expect(inviteOf(storage, number)).toBe(fragment);
  expect(close).toHaveBeenCalledOnce();
});

test.each([[{ able: false }], [{ runs: false }]])('without the program there is a meeting without a group, if none was wished: %o', async (fault) => {
  const { start, server, storage } = place(fault);
  expect((await start('off')).path).toBe(`/j/${number}`);
  expect(server.putCard).not.toHaveBeenCalled();
  expect(server.end).not.toHaveBeenCalled();
  expect(inviteOf(storage, number)).toBe('');
});

test('what was to be encrypted is not made without', async () => {
  const unable = place({ able: false });
  await expect(unable.start('on')).rejects.toMatchObject({ code: 'unsupported' });
  expect(unable.server.create).not.toHaveBeenCalled();
  const broken = place({ runs: false });
  await expect(broken.start('required')).rejects.toMatchObject({ code: 'unsupported' });
  expect(broken.server.end).toHaveBeenCalledWith(number);
});

test('a server that does not take the card cannot make a meeting without one of it', async () => {
  const { start, server, storage } = place({ stores: false });
  await expect(start('off')).rejects.toMatchObject({ code: 'unavailable' });
  expect(server.end).toHaveBeenCalledWith(number);
  expect(inviteOf(storage, number)).toBe('');
});
