/**
 * What this browser profile keeps of its own: device keys, whose private half
 * cannot be read out (WebCrypto, non-extractable), and the root keys of
 * meetings that were made here. It lives in IndexedDB; where that is closed, as
 * in some private windows, keys last as long as the worker.
 */

const DATABASE = 'roundel';
const STORES = ['devices', 'roots'] as const;
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
    const pair = kept ?? ((await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])) as CryptoKeyPair);
    if (!kept) await this.put('devices', name, pair);
    return { pair, publicKey: new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)) };
  }

  /** The host link's fragment of a meeting that was made on this device, or null. */
  async root(meeting: string): Promise<string | null> {
    return ((await this.get('roots', meeting)) as string | undefined) ?? null;
  }

  async keepRoot(meeting: string, hostFragment: string): Promise<void> {
    await this.put('roots', meeting, hostFragment);
  }

  private async get(store: StoreName, key: string): Promise<unknown> {
    const database = await this.database;
    const found = database && (await request(database.transaction(store).objectStore(store).get(key)));
    return found ?? this.memory.get(`${store} ${key}`);
  }

  /** Ends when the value is on disk: who asked may end this worker, and with it what is not. */
  private async put(store: StoreName, key: string, value: unknown): Promise<void> {
    this.memory.set(`${store} ${key}`, value);
    const database = await this.database;
    if (!database) return;
    // What cannot be kept is there until the page goes.
    await written(database, store, key, value).catch(() => undefined);
  }
}

/** Signs with a device key. */
export async function sign(key: DeviceKey, message: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign('Ed25519', key.pair.privateKey, message as BufferSource));
}

async function open(factory: IDBFactory | undefined): Promise<IDBDatabase | null> {
  if (!factory) return null;
  try {
    const asked = factory.open(DATABASE, 1);
    asked.onupgradeneeded = () => {
      for (const name of STORES) asked.result.createObjectStore(name);
    };
    return await request(asked);
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

function written(database: IDBDatabase, store: StoreName, key: string, value: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    const change = database.transaction(store, 'readwrite', { durability: 'strict' });
    change.oncomplete = () => resolve();
    change.onabort = () => reject(change.error ?? new Error('the store refused'));
    change.objectStore(store).put(value, key);
  });
}
