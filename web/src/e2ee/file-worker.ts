/**
 * The file worker: seals files while they are sent and opens them while they come,
 * a little at a time. Keys are made here or come from the mls worker; the page
 * gets whole files that were found to be what was offered, and no key.
 */
import { MaxFile } from '../api/wire';
import { RoundelError } from '../room/model';
import { download, offline, stopped, upload } from './file-http';
import type { Fetching, FromFiles, FromKeys, SealedFile, Sending, ToFiles, ToKeys } from './file-protocol';
import { CHUNK, KEY_SIZE, MOST_CHUNK, changed, openFile, sealFile } from './file-seal';
import { openSpool } from './file-spool';

/** The worker's global scope as far as it is used; TypeScript's own needs another lib than the page's. */
interface Scope {
  onmessage: ((event: MessageEvent<ToFiles>) => void) | null;
  postMessage(message: FromFiles): void;
}

/** The browser's store of blobs gets bytes in parts of about this size. */
const PART = 1024 * 1024;
/** How long the group may take to offer a file, ms. */
const OFFER_TIME = 20_000;
/** A key may still be on its way from the other worker when its file is wanted: so many looks, ms apart. */
const LOOKS = 20;
const LOOK_EVERY = 100;

const scope = globalThis as unknown as Scope;
const under = new Map<number, AbortController>();
/** by who offered it, and its id: nobody can put another key in the place of somebody else's */
const keys = new Map<string, SealedFile>();
const offers = new Map<number, (why: string) => void>();
let group: { postMessage(message: ToKeys): void } | null = null;

scope.onmessage = ({ data }) => {
  switch (data.type) {
    case 'keys':
      group = data.port;
      data.port.onmessage = (event) => fromKeys(event.data as FromKeys);
      break;
    case 'send':
      carry(data.sending.ref, async (signal) => ({ type: 'sent', ref: data.sending.ref, id: await send(data.sending, signal) }));
      break;
    case 'fetch':
      carry(data.fetching.ref, async (signal) => ({ type: 'fetched', ref: data.fetching.ref, file: await fetchFile(data.fetching, signal) }));
      break;
    case 'cancel':
      under.get(data.ref)?.abort();
      break;
  }
};

function fromKeys(message: FromKeys): void {
  if (message.type === 'came') {
    keys.set(`${message.from} ${message.file.id}`, message.file);
    return;
  }
  offers.get(message.ref)?.(message.why);
}

function carry(ref: number, work: (signal: AbortSignal) => Promise<FromFiles>): void {
  const controller = new AbortController();
  under.set(ref, controller);
  const failed = (error: unknown): FromFiles => {
    const known = controller.signal.aborted ? stopped() : error instanceof RoundelError ? error : new RoundelError('internal', '');
    return { type: 'failed', ref, code: known.code, message: known.message };
  };
  void work(controller.signal)
    .catch(failed)
    .then((message) => {
      under.delete(ref);
      scope.postMessage(message);
    });
}

// ------------------------------------------------------------------------- sending

async function send(sending: Sending, signal: AbortSignal): Promise<string> {
  const { ref, place, file, seal } = sending;
  const progress = (sent: number, all: number) => scope.postMessage({ type: 'progress', ref, done: all > 0 ? Math.min(file.size, Math.round((sent / all) * file.size)) : 0 });
  if (!seal) return upload(place, file, signal, (sent) => progress(sent, file.size));
  const spool = await openSpool();
  try {
    const key = crypto.getRandomValues(new Uint8Array(KEY_SIZE));
    for await (const part of sealFile(key, file)) {
      signal.throwIfAborted();
      spool.add(part);
    }
    const sealed = await spool.blob();
    const id = await upload(place, sealed, signal, (sent) => progress(sent, sealed.size));
    signal.throwIfAborted();
    const sent: SealedFile = { id, key, name: seal.name, mediaType: seal.mediaType, size: file.size, chunk: CHUNK };
    await offer(ref, seal.to, sent, signal);
    keys.set(`${seal.from} ${id}`, sent);
    return id;
  } finally {
    await spool.drop();
  }
}

/** Tells those whom it is for, through the group. */
async function offer(ref: number, to: string, file: SealedFile, signal: AbortSignal): Promise<void> {
  const port = group;
  if (!port) throw offline();
  // The group may end meanwhile, and its worker with it.
  const ends = AbortSignal.any([signal, AbortSignal.timeout(OFFER_TIME)]);
  const why = await new Promise<string>((resolve, reject) => {
    offers.set(ref, resolve);
    ends.addEventListener('abort', () => reject(offline()));
    port.postMessage({ type: 'offer', ref, to, file });
  }).finally(() => offers.delete(ref));
  if (why) throw new RoundelError(/no such person/.test(why) ? 'not_found' : /nobody has answered/.test(why) ? 'unanswered' : 'offline', why.replace(/^session: /, ''));
}

// ------------------------------------------------------------------------ fetching

async function fetchFile({ ref, place, id, size, from }: Fetching, signal: AbortSignal): Promise<Blob> {
  const sealed = from === null ? null : await offered(from, id);
  if (size > MaxFile || (sealed && (sealed.chunk > MOST_CHUNK || sealed.size !== size))) throw new RoundelError('file_offer', 'This is not the offer of a file that can be fetched.');
  const body = await download(place, id, signal);
  const parts = sealed ? openFile(new Uint8Array(sealed.key), sealed, body) : clear(body, size);
  try {
    return await gather(parts, size, signal, (done) => scope.postMessage({ type: 'progress', ref, done }));
  } catch (error) {
    throw error instanceof RoundelError ? error : offline();
  }
}

async function offered(from: string, id: string): Promise<SealedFile> {
  for (let look = 0; look < LOOKS; look++) {
    const file = keys.get(`${from} ${id}`);
    if (file) return file;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
  throw new RoundelError('file_gone', 'The key of this file is not on this device.');
}

/** A file that was never sealed has nothing to be known by but its size. */
async function* clear(body: ReadableStream<Uint8Array>, size: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let left = size;
  const reader = body.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      left -= next.value.length;
      if (left < 0) throw changed();
      yield new Uint8Array(next.value);
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
  if (left > 0) throw changed();
}

/** Puts the parts together. Nobody gets anything before the last one has come and is right. */
async function gather(parts: AsyncIterable<Uint8Array<ArrayBuffer>>, size: number, signal: AbortSignal, progress: (done: number) => void): Promise<Blob> {
  const blobs: Blob[] = [];
  let some: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  let done = 0;
  const pack = () => {
    blobs.push(new Blob(some));
    some = [];
    bytes = 0;
    progress(done);
  };
  for await (const part of parts) {
    signal.throwIfAborted();
    some.push(part);
    bytes += part.length;
    done += part.length;
    if (bytes >= PART) pack();
  }
  pack();
  // Whatever it is said to be, the browser is to save it and not to show it.
  const file = new Blob(blobs, { type: 'application/octet-stream' });
  if (file.size !== size) throw changed();
  return file;
}
