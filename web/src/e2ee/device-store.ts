/**
 * What this browser profile keeps of its own: device keys, whose private half
 * cannot be read out (WebCrypto, non-extractable), the root keys of meetings that
 * were made here or opened with a host link, and what it remembers of other
 * people's devices (its form is session.Trust's). It lives in IndexedDB; where
 * that is closed, as in some private windows, keys last as long as the worker.
 */

const DATABASE = 'roundel';
const VERSION = 2;
const STORES = ['devices', 'roots', 'trust'] as const;
/** the one entry of its store */
const KNOWN = 'known';
type StoreName = (typeof STORES)[number];

/** A device key with its public half as bytes. */
export interface DeviceKey {
  pair: CryptoKeyPair;
  publicKey: Uint8Array;
}

export class DeviceStore {
  private readonly database: Promise<IDBDatabase | null>;
  private readonly memory = new Map<string, unknown>();

  constructor(factory: IDBFactory | undefined = globalThis.indexedDB) {
    this.database = open(factory);
  }

  /** The device key of this name, made when it is first asked for. */
  async device(name: string): Promise<DeviceKey> {
    const kept = (await this.get('devices', name)) as CryptoKeyPair | undefined;
    const pair = kept ?? (await this.first('devices', name, (await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])) as CryptoKeyPair));
    return { pair, publicKey: new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)) };
  }

  /** The host link's fragment of a meeting that was made on this device, or null. */
  async root(meeting: string): Promise<string | null> {
    return ((await this.get('roots', meeting)) as string | undefined) ?? null;
  }

  async keepRoot(meeting: string, hostFragment: string): Promise<void> {
    await this.change('roots', meeting, () => hostFragment);
  }

  /** What is remembered of others; undefined for nothing. */
  async trust(): Promise<Uint8Array | undefined> {
    return (await this.get('trust', KNOWN)) as Uint8Array | undefined;
  }

  /** Changes what is remembered of others. Of two tabs that do so at once none undoes the other's change. */
  async changeTrust(change: (kept: Uint8Array | undefined) => Uint8Array): Promise<void> {
    await this.change('trust', KNOWN, (kept) => change(kept as Uint8Array | undefined));
  }

  /** Keeps a value unless another tab was faster; returns the one that is kept. */
  private async first<T>(store: StoreName, key: string, value: T): Promise<T> {
    let kept = value;
    await this.change(store, key, (before) => (kept = (before as T | undefined) ?? value));
    return kept;
  }

  /** Replaces a value by what `next` makes of it. What cannot be kept is there until the page goes. */
  private async change(store: StoreName, key: string, next: (kept: unknown) => unknown): Promise<void> {
    const place = `${store} ${key}`;
    const keep = (kept: unknown) => {
      const value = next(kept);
      this.memory.set(place, value);
      return value;
    };
    const database = await this.database;
    if (!database || !(await changed(database, store, key, keep))) keep(this.memory.get(place));
  }

  private async get(store: StoreName, key: string): Promise<unknown> {
    const database = await this.database;
    const found = database && (await read(database, store, key).catch(() => undefined));
    return found ?? this.memory.get(`${store} ${key}`);
  }
}

/** Signs with a device key. */
export async function sign(key: DeviceKey, message: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign('Ed25519', key.pair.privateKey, message as BufferSource));
}

async function open(factory: IDBFactory | undefined): Promise<IDBDatabase | null> {
  if (!factory) return null;
  try {
    const asked = factory.open(DATABASE, VERSION);
    asked.onupgradeneeded = () => {
      for (const name of STORES) if (!asked.result.objectStoreNames.contains(name)) asked.result.createObjectStore(name);
    };
    // A tab with an older page holds on to the old form: this one then keeps what it makes for as long as it lives.
    const blocked = new Promise<null>((resolve) => (asked.onblocked = () => resolve(null)));
    const database = await Promise.race([request(asked), blocked]);
    if (!database) return null;
    // Another tab has a newer page, or the person clears what the site keeps: neither must wait for this one.
    database.onversionchange = () => database.close();
    return database;
  } catch {
    return null;
  }
}

function request<T>(asked: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error('the store refused'));
  });
}

async function read(database: IDBDatabase, store: StoreName, key: string): Promise<unknown> {
  return request(database.transaction(store).objectStore(store).get(key));
}

/** Replaces a value by what `next` makes of it, in one transaction, and ends when that is on disk; false when the store does not take it. */
async function changed(database: IDBDatabase, store: StoreName, key: string, next: (kept: unknown) => unknown): Promise<boolean> {
  try {
    const change = database.transaction(store, 'readwrite', { durability: 'strict' });
    const values = change.objectStore(store);
    const done = new Promise<void>((resolve, reject) => {
      change.oncomplete = () => resolve();
      change.onabort = () => reject(change.error ?? new Error('the store refused'));
    });
    const asked = values.get(key);
    asked.onsuccess = () => values.put(next(asked.result), key);
    await done;
    return true;
  } catch {
    return false;
  }
}
