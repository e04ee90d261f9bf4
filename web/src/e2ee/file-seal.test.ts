/** Seals and opens what the Go client seals and opens. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CHUNK, openFile, sealFile, sealedSize } from './file-seal';

interface Vector {
  name: string;
  key: string;
  chunk: number;
  size: number;
  sealed?: string;
  sha256?: string;
}

const vectors = JSON.parse(readFileSync(new URL('../../../client/secure/testdata/files.json', import.meta.url), 'utf8')) as Record<'sealed' | 'refused', Vector[]>;

const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hex = (data: Uint8Array) => [...data].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const sha256 = async (data: Uint8Array<ArrayBuffer>) => hex(new Uint8Array(await crypto.subtle.digest('SHA-256', data)));
/** Byte i is i*7 + i/256. */
const plain = (size: number) => Uint8Array.from({ length: size }, (_, i) => i * 7 + Math.floor(i / 256));

async function whole(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part);
  const out = new Uint8Array(all.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of all) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** The bytes in parts of changing sizes, as a network brings them. */
function stream(data: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  let size = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= data.length) return controller.close();
      size = (size * 31 + 17) % 50_000;
      controller.enqueue(data.subarray(at, at + size));
      at += size;
    },
  });
}

describe('files of the Go client', () => {
  it.each(vectors.sealed.filter(({ chunk }) => chunk === CHUNK))('seals the same: $name', async ({ key, size, sealed, sha256: sum }) => {
    const made = await whole(sealFile(bytes(key), new Blob([plain(size)])));
    expect(made.length).toBe(sealedSize(size));
    if (sealed) expect(hex(made)).toBe(sealed);
    else expect(await sha256(made)).toBe(sum);
  });

  it.each(vectors.sealed.filter(({ sealed, chunk }) => sealed || chunk === CHUNK))('opens: $name', async ({ key, size, chunk, sealed }) => {
    const data = sealed ? bytes(sealed) : await whole(sealFile(bytes(key), new Blob([plain(size)])));
    const opened = await whole(openFile(bytes(key), { size, chunk }, stream(data)));
    expect(await sha256(opened)).toBe(await sha256(plain(size)));
  });

  it.each(vectors.refused)('refuses $name', async ({ key, size, chunk, sealed }) => {
    await expect(whole(openFile(bytes(key), { size, chunk }, stream(bytes(sealed ?? ''))))).rejects.toMatchObject({ code: 'file_changed' });
  });
});

it('asks for nothing more after a wrong chunk', async () => {
  const key = new Uint8Array(32);
  const sealed = await whole(sealFile(key, new Blob([plain(3 * CHUNK)])));
  sealed[5] = (sealed[5] ?? 0) ^ 1;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(sealed.subarray(0, CHUNK + 16)),
    cancel: () => {
      cancelled = true;
    },
  }, { highWaterMark: 0 });
  await expect(whole(openFile(key, { size: 3 * CHUNK, chunk: CHUNK }, body))).rejects.toMatchObject({ code: 'file_changed' });
  expect(cancelled).toBe(true);
});

it('reads a little at a time', async () => {
  let most = 0;
  const file = new Blob([new Uint8Array(5 * 1024 * 1024)]);
  const slice = file.slice.bind(file);
  file.slice = (from, to) => {
    most = Math.max(most, (to ?? 0) - (from ?? 0));
    return slice(from, to);
  };
  let size = 0;
  for await (const part of sealFile(new Uint8Array(32), file)) size += part.length;
  expect([size, most]).toEqual([sealedSize(5 * 1024 * 1024), 1024 * 1024]);
});

it('says that a file cannot be read any more', async () => {
  const file = new Blob(['gone']);
  file.slice = () => ({ size: 4, arrayBuffer: () => Promise.reject(new DOMException('', 'NotReadableError')) }) as Blob;
  await expect(whole(sealFile(new Uint8Array(32), file))).rejects.toMatchObject({ code: 'file_unreadable' });
});
