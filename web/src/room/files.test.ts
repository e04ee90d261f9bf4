import { beforeEach, expect, it, vi } from 'vitest';
import { FileCarrier, type FileWorkerLike } from '../e2ee/file-carrier';
import type { FileNote, FromFiles, ToFiles } from '../e2ee/file-protocol';
import { LARGEST, MeetingFiles } from './files';
import { RoundelError, type ChatMessage } from './model';

class FakeWorker implements FileWorkerLike {
  onmessage: FileWorkerLike['onmessage'] = null;
  onerror: FileWorkerLike['onerror'] = null;
  onmessageerror: FileWorkerLike['onmessageerror'] = null;
  got: ToFiles[] = [];
  ended = false;

  postMessage(message: ToFiles): void {
    this.got.push(message);
    if (message.type === 'cancel') this.says({ type: 'failed', ref: message.ref, code: 'file_stopped', message: '' });
  }

  terminate(): void {
    this.ended = true;
  }

  says(data: FromFiles): void {
    this.onmessage?.({ data } as MessageEvent<FromFiles>);
  }
}

let workers: FakeWorker[];
let mode: 'clear' | 'sealed' | 'unknown';
let asked: [string, unknown][];
let sent: [FileNote, string][];
let messages: Partial<ChatMessage>[];
let refusal: RoundelError | null;
let files: MeetingFiles;

beforeEach(() => {
  [workers, asked, sent, messages, mode, refusal] = [[], [], [], [], 'clear', null];
  files = new MeetingFiles({
    carrier: new FileCarrier(async () => {
      const worker = new FakeWorker();
      workers.push(worker);
      return worker;
    }, () => null),
    ask: (async (type: string, body: unknown) => {
      if (refusal) throw refusal;
      asked.push([type, body]);
    }) as never,
    place: () => ({ number: '0123456789', seat: 'secret' }),
    self: () => 'me',
    nameOf: (id) => id.toUpperCase(),
    sealing: () => {
      if (mode === 'unknown') throw new RoundelError('offline', '');
      return mode === 'sealed';
    },
    message: (key) => messages.find((one) => one.key === key) as ChatMessage | undefined,
    sent: (file, to) => sent.push([file, to]),
    changed: () => undefined,
  });
});

const file = (name: string, size = 5) => ({ name, size, type: 'text/plain' }) as File;
const settled = () => vi.waitFor(() => expect(workers[0]?.got.length).toBeGreaterThan(0));
const sendings = () => (workers[0]?.got ?? []).flatMap((message) => (message.type === 'send' ? [message.sending] : []));
const list = () => files.view.sending.map(({ name, state, done, failure }) => [name, state, done, failure?.code ?? '']);

it('sends in clear, one after the other, and offers each in the chat', async () => {
  files.send(file('a.txt'));
  files.send(file('b/b.txt'), 'ben');
  await settled();
  expect(list()).toEqual([['a.txt', 'sending', 0, ''], ['b.txt', 'waiting', 0, '']]);
  expect(sendings()).toMatchObject([{ place: { number: '0123456789', seat: 'secret' }, seal: null }]);
  workers[0]?.says({ type: 'progress', ref: 1, done: 3 });
  expect(list()[0]).toEqual(['a.txt', 'sending', 3, '']);
  workers[0]?.says({ type: 'sent', ref: 1, id: 'f1' });
  await vi.waitFor(() => expect(sendings().length).toBe(2));
  workers[0]?.says({ type: 'sent', ref: 2, id: 'f2' });
  await vi.waitFor(() => expect(list()).toEqual([]));
  expect(asked).toEqual([
    ['relay.send', { channel: 'chat', payload: { text: '', file: { id: 'f1', name: 'a.txt', type: 'text/plain', size: 5 } } }],
    ['relay.send', { channel: 'chat', to: 'ben', payload: { text: '', file: { id: 'f2', name: 'b.txt', type: 'text/plain', size: 5 } } }],
  ]);
  expect(sent).toEqual([]);
});

it('tells the server nothing of a sealed one', async () => {
  mode = 'sealed';
  files.send(file('a.txt'), 'ben');
  await settled();
  expect(sendings()).toMatchObject([{ seal: { from: 'me', to: 'ben', name: 'a.txt', mediaType: 'text/plain' } }]);
  workers[0]?.says({ type: 'sent', ref: 1, id: 'f1' });
  await vi.waitFor(() => expect(sent).toEqual([[{ id: 'f1', name: 'a.txt', mediaType: 'text/plain', size: 5 }, 'ben']]));
  expect([asked, list()]).toEqual([[], []]);
});

it('stops a clear one when encryption is turned on, and sends it sealed', async () => {
  files.send(file('a.txt'));
  await settled();
  mode = 'sealed';
  files.look();
  await vi.waitFor(() => expect(sendings().length).toBe(2));
  expect(sendings().map(({ seal }) => seal !== null)).toEqual([false, true]);
  expect(asked).toEqual([]);
  // One that is sealed goes on when encryption is turned off.
  mode = 'clear';
  files.look();
  workers[0]?.says({ type: 'sent', ref: 2, id: 'f1' });
  await vi.waitFor(() => expect(sent.length).toBe(1));
});

it('offers nothing in clear that was sent before encryption was turned on', async () => {
  files.send(file('a.txt'));
  await settled();
  mode = 'sealed';
  workers[0]?.says({ type: 'sent', ref: 1, id: 'f1' });
  await vi.waitFor(() => expect(sendings().length).toBe(2));
  expect(asked).toEqual([]);
});

it('sends nothing while nobody knows whether it may be clear, and again when told to', async () => {
  mode = 'unknown';
  files.send(file('a.txt'));
  await vi.waitFor(() => expect(list()).toEqual([['a.txt', 'failed', 0, 'offline']]));
  expect(workers).toEqual([]);
  mode = 'clear';
  files.retry(files.view.sending[0]?.key ?? '');
  await settled();
  refusal = new RoundelError('rate_limited', '');
  workers[0]?.says({ type: 'sent', ref: 1, id: 'f1' });
  await vi.waitFor(() => expect(list()[0]?.[3]).toBe('rate_limited'));
});

it('refuses what is too large, and forgets what is dropped', async () => {
  files.send(file('huge', LARGEST + 1));
  files.send(file('just', LARGEST));
  await settled();
  expect(list()).toEqual([['huge', 'failed', 0, 'file_too_large'], ['just', 'sending', 0, '']]);
  files.retry(files.view.sending[0]?.key ?? '');
  files.drop(files.view.sending[1]?.key ?? '');
  await vi.waitFor(() => expect(workers[0]?.got.at(-1)).toEqual({ type: 'cancel', ref: 1 }));
  expect(list()).toEqual([['huge', 'failed', 0, 'file_too_large']]);
});

it('fetches by whoever offered it, and says why not', async () => {
  const offer = { id: 'f1', name: 'a.txt', type: '', size: 9 };
  messages = [{ key: 's', from: 'ben', sealed: true, file: offer }, { key: 'c', from: 'ben', sealed: false, file: offer }];
  const sealed = files.fetch('s');
  const clear = files.fetch('c');
  expect(files.fetch('s')).toBe(sealed);
  await vi.waitFor(() => expect(workers[0]?.got.length).toBe(2));
  expect(workers[0]?.got).toMatchObject([{ fetching: { from: 'ben', id: 'f1', size: 9 } }, { fetching: { from: null } }]);
  workers[0]?.says({ type: 'progress', ref: 1, done: 4 });
  expect(files.view.fetching.get('s')).toEqual({ done: 4, failure: null });
  workers[0]?.says({ type: 'failed', ref: 1, code: 'file_changed', message: '' });
  await expect(sealed).rejects.toMatchObject({ code: 'file_changed' });
  expect(files.view.fetching.get('s')?.failure?.code).toBe('file_changed');
  files.stopFetching('c');
  await expect(clear).rejects.toMatchObject({ code: 'file_stopped' });
  expect(files.view.fetching.has('c')).toBe(false);
});

it('outlives a worker that dies', async () => {
  files.send(file('a.txt'));
  await settled();
  workers[0]?.onerror?.(undefined as never);
  await vi.waitFor(() => expect(list()).toEqual([['a.txt', 'failed', 0, 'unavailable']]));
  expect(workers[0]?.ended).toBe(true);
  files.retry(files.view.sending[0]?.key ?? '');
  await vi.waitFor(() => expect(workers[1]?.got.length).toBe(1));
});
