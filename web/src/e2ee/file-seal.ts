/**
 * Files as docs/e2ee.md ("Files") seals them: chunks under AES-256-GCM, each with
 * its number as the nonce and whether it is the last one as additional data, so
 * that nothing can be changed, moved or cut off unnoticed. client/secure/file.go
 * does the same, and client/secure/testdata/files.json holds both to it.
 */
import { RoundelError } from '../room/model';

/** Plain bytes in a chunk of what this client seals. */
export const CHUNK = 64 * 1024;
/** The largest chunk that a receiver makes room for. */
export const MOST_CHUNK = 1024 * 1024;
export const KEY_SIZE = 32;
const TAG = 16;
const LABEL = new TextEncoder().encode('roundel file v1');

/** Chunks that are in work at the same time. */
const AHEAD = 16;

/** How many bytes a file becomes. */
export function sealedSize(size: number, chunk = CHUNK): number {
  return size + TAG * Math.max(1, Math.ceil(size / chunk));
}

/** Seals a file piece by piece, whatever its size, under a key that seals nothing else. */
export async function* sealFile(secret: BufferSource, file: Blob): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey('raw', secret, 'AES-GCM', false, ['encrypt']);
  const seal = (n: number, from: ArrayBuffer, at: number, last: boolean) =>
    crypto.subtle.encrypt(parameters(n, last), key, new Uint8Array(from, at, Math.min(CHUNK, from.byteLength - at)));
  for (let n = 0, done = 0; n === 0 || done < file.size; ) {
    const plain = await read(file.slice(done, done + AHEAD * CHUNK));
    done += plain.byteLength;
    const work: Promise<ArrayBuffer>[] = [];
    for (let at = 0; at === 0 || at < plain.byteLength; at += CHUNK) work.push(seal(n++, plain, at, done === file.size && at + CHUNK >= plain.byteLength));
    for (const one of await Promise.all(work)) yield new Uint8Array(one);
  }
}

/**
 * Opens the chunks of a file of `size` bytes, each when it has come. Throws
 * file_changed as soon as one is not what was sealed; what came before is then a
 * beginning of the file, and not the file.
 */
export async function* openFile(secret: BufferSource, { size, chunk }: { size: number; chunk: number }, body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey('raw', secret, 'AES-GCM', false, ['decrypt']);
  const reader = new Exactly(body.getReader());
  try {
    for (let n = 0, left = size, last = false; !last; n++) {
      const plain = Math.min(left, chunk);
      left -= plain;
      last = left === 0;
      const sealed = await reader.take(plain + TAG);
      if (!sealed) throw changed();
      const opened = await crypto.subtle.decrypt(parameters(n, last), key, sealed).catch(() => null);
      if (!opened) throw changed();
      yield new Uint8Array(opened);
    }
    if (!(await reader.ended())) throw changed();
  } finally {
    reader.close();
  }
}

/** The file at the server is not the one that was offered. */
export function changed(): RoundelError {
  return new RoundelError('file_changed', 'The file is not what was offered.');
}

/** The nonce and additional data of a chunk. */
function parameters(n: number, last: boolean): AesGcmParams {
  const iv = new Uint8Array(12);
  const view = new DataView(iv.buffer);
  view.setUint32(4, Math.floor(n / 2 ** 32));
  view.setUint32(8, n % 2 ** 32);
  const additionalData = new Uint8Array(LABEL.length + 1);
  additionalData.set(LABEL);
  additionalData[LABEL.length] = last ? 1 : 0;
  return { name: 'AES-GCM', iv, additionalData, tagLength: TAG * 8 };
}

/** A file that was changed or removed since it was chosen cannot be read. */
async function read(part: Blob): Promise<ArrayBuffer> {
  const plain = await part.arrayBuffer().catch(() => null);
  if (plain?.byteLength !== part.size) throw new RoundelError('file_unreadable', 'The file cannot be read.');
  return plain;
}

/** Reads a stream by numbers of bytes. */
class Exactly {
  private rest = new Uint8Array();

  constructor(private readonly reader: ReadableStreamDefaultReader<Uint8Array>) {}

  /** The next bytes, or null when fewer are left. */
  async take(bytes: number): Promise<Uint8Array<ArrayBuffer> | null> {
    const out = new Uint8Array(bytes);
    for (let at = 0; at < bytes; ) {
      if (this.rest.length === 0 && !(await this.more())) return null;
      const part = this.rest.subarray(0, bytes - at);
      out.set(part, at);
      at += part.length;
      this.rest = this.rest.subarray(part.length);
    }
    return out;
  }

  async ended(): Promise<boolean> {
    return this.rest.length === 0 && !(await this.more());
  }

  /** Wants nothing more of the stream. */
  close(): void {
    this.reader.cancel().catch(() => undefined);
  }

  private async more(): Promise<boolean> {
    do {
      const { done, value } = await this.reader.read();
      if (done) return false;
      this.rest = new Uint8Array(value);
    } while (this.rest.length === 0);
    return true;
  }
}
