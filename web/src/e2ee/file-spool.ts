/**
 * Where the sealed bytes of a file are until they are sent: on disk, in the part
 * of it that is this site's own, so that memory has little of them. Browsers do
 * not let a site stream what it sends. What lies there is sealed under a key that
 * was never written down.
 */
import { RoundelError } from '../room/model';

export interface Spool {
  add(part: Uint8Array<ArrayBuffer>): void;
  /** All of it, to be read as it is sent. Nothing can be added any more. */
  blob(): Promise<Blob>;
  /** Frees the place. The blob cannot be read any more. */
  drop(): Promise<void>;
}

/** A FileSystemSyncAccessHandle (WHATWG File System) as far as it is used; TypeScript knows it only in its library for workers. */
interface Access {
  write(part: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  close(): void;
}

type Written = FileSystemFileHandle & { createSyncAccessHandle(): Promise<Access> };

const FOLDER = 'roundel-sending';

/** Opens a place; in memory where a browser gives none on disk, as in some private windows. */
export async function openSpool(): Promise<Spool> {
  try {
    return await DiskSpool.open();
  } catch {
    return new MemorySpool();
  }
}

/** The browser's store of blobs has the bytes. */
export class MemorySpool implements Spool {
  private parts: Blob[] = [];

  add(part: Uint8Array<ArrayBuffer>): void {
    this.parts.push(new Blob([part]));
  }

  async blob(): Promise<Blob> {
    return new Blob(this.parts);
  }

  async drop(): Promise<void> {
    this.parts = [];
  }
}

class DiskSpool implements Spool {
  private size = 0;
  private open = true;

  private constructor(
    private readonly folder: FileSystemDirectoryHandle,
    private readonly file: FileSystemFileHandle,
    private readonly access: Access,
    private readonly release: () => void,
  ) {}

  static async open(): Promise<DiskSpool> {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle(FOLDER, { create: true });
    await sweep(folder);
    const name = crypto.randomUUID();
    const release = await hold(name);
    try {
      const file = (await folder.getFileHandle(name, { create: true })) as Written;
      return new DiskSpool(folder, file, await file.createSyncAccessHandle(), release);
    } catch (error) {
      release();
      throw error;
    }
  }

  add(part: Uint8Array<ArrayBuffer>): void {
    let written = 0;
    try {
      written = this.access.write(part, { at: this.size });
    } catch {
      // Nothing was written.
    }
    if (written !== part.length) throw new RoundelError('file_room', 'There is no room on this device.');
    this.size += written;
  }

  async blob(): Promise<Blob> {
    this.close();
    return this.file.getFile();
  }

  async drop(): Promise<void> {
    this.close();
    await this.folder.removeEntry(this.file.name).catch(() => undefined); // the next one sweeps it away
    this.release();
  }

  private close(): void {
    if (this.open) this.access.close();
    this.open = false;
  }
}

const lockOf = (name: string) => `${FOLDER} ${name}`;

/** Says to other tabs that a file is in use, until the returned function is called or the worker ends. */
function hold(name: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    navigator.locks.request(lockOf(name), () => new Promise<void>((release) => resolve(release))).catch(reject);
  });
}

/** Removes what tabs have left that were closed while they sent. */
async function sweep(folder: FileSystemDirectoryHandle): Promise<void> {
  for await (const name of folder.keys()) {
    await navigator.locks.request(lockOf(name), { ifAvailable: true }, (lock) => lock && folder.removeEntry(name)).catch(() => undefined);
  }
}
