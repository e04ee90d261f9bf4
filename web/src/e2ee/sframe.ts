/**
 * SFrame (RFC 9605) with its two AES-GCM suites on WebCrypto. Keys are imported
 * once and stay inside WebCrypto; a frame costs one operation.
 */
import { encodeHeader, parseHeader, type Header } from './header';

/** The cipher suites by their registered numbers (RFC 9605, 8.1). */
export const AES_128_GCM_SHA256_128 = 4;
export const AES_256_GCM_SHA512_128 = 5;
export type Suite = typeof AES_128_GCM_SHA256_128 | typeof AES_256_GCM_SHA512_128;

/** Bytes of the authentication tag of both suites. */
export const TAG = 16;

/** Bytes that RFC 9605, 4.4.2 asks of HKDF: key and salt (Nk, Nn), and its hash. */
const SUITES = {
  [AES_128_GCM_SHA256_128]: { hash: 'SHA-256', key: 16 },
  [AES_256_GCM_SHA512_128]: { hash: 'SHA-512', key: 32 },
} as const;
const SALT = 12;

/** A base key as key material for derivation; the bytes themselves need not be kept. */
export function importBase(base: BufferSource): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', base, 'HKDF', false, ['deriveBits']);
}

/** One key: what seals and opens the frames of one key id. */
export class Key {
  /** header and metadata of the frame in hand; WebCrypto copies it before it returns */
  private associated = new Uint8Array(64);
  private readonly nonce = new Uint8Array(SALT);
  private readonly view = new DataView(this.nonce.buffer);

  private constructor(
    readonly kid: number,
    private readonly key: CryptoKey,
    private readonly salt: Uint8Array,
  ) {}

  /** Derives the key of a key id from the base key (RFC 9605, 4.4.2). */
  static async derive(suite: Suite, kid: number, base: CryptoKey): Promise<Key> {
    const { hash, key } = SUITES[suite];
    const bits = (label: string, bytes: number) =>
      crypto.subtle.deriveBits({ name: 'HKDF', hash, salt: new Uint8Array(), info: info(label, kid, suite) }, base, bytes * 8);
    const [secret, salt] = await Promise.all([bits('SFrame 1.0 Secret key ', key), bits('SFrame 1.0 Secret salt ', SALT)]);
    const imported = await crypto.subtle.importKey('raw', secret, 'AES-GCM', false, ['encrypt', 'decrypt']);
    new Uint8Array(secret).fill(0);
    return new Key(kid, imported, new Uint8Array(salt));
  }

  /** Seals a frame under a counter that this key never had before (RFC 9605, 4.4.3). */
  async seal(counter: number, metadata: Uint8Array, frame: BufferSource): Promise<{ header: Uint8Array; body: Uint8Array }> {
    const header = encodeHeader(this.kid, counter);
    const body = await crypto.subtle.encrypt(this.parameters(header, counter, metadata), this.key, frame);
    return { header, body: new Uint8Array(body) };
  }

  /**
   * Opens a sealed frame whose header was read before (RFC 9605, 4.4.4). Rejects
   * when it is not what a holder of this key sealed with this metadata.
   */
  open(header: Header, metadata: Uint8Array, sealed: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
    const parameters = this.parameters(sealed.subarray(0, header.length), header.counter, metadata);
    return crypto.subtle.decrypt(parameters, this.key, sealed.subarray(header.length));
  }

  private parameters(header: Uint8Array, counter: number, metadata: Uint8Array): AesGcmParams {
    const size = header.length + metadata.length;
    if (size > this.associated.length) this.associated = new Uint8Array(size * 2);
    this.associated.set(header);
    this.associated.set(metadata, header.length);
    this.nonce.set(this.salt);
    // The counter is XORed into the low end of the salt; it has at most 53 bits.
    this.view.setUint32(4, this.view.getUint32(4) ^ Math.floor(counter / 2 ** 32));
    this.view.setUint32(8, this.view.getUint32(8) ^ counter % 2 ** 32);
    return { name: 'AES-GCM', iv: this.nonce, additionalData: this.associated.subarray(0, size), tagLength: TAG * 8 };
  }
}

/** The header of a sealed frame; null also for one that is too short to hold a tag. */
export function headerOf(sealed: Uint8Array): Header | null {
  const header = parseHeader(sealed);
  return header && sealed.length >= header.length + TAG ? header : null;
}

/** label || key id in eight bytes || suite in two (RFC 9605, 4.4.2). */
function info(label: string, kid: number, suite: Suite): Uint8Array<ArrayBuffer> {
  const name = new TextEncoder().encode(label);
  const out = new Uint8Array(name.length + 10);
  const view = new DataView(out.buffer);
  out.set(name);
  view.setUint32(name.length, Math.floor(kid / 2 ** 32));
  view.setUint32(name.length + 4, kid % 2 ** 32);
  view.setUint16(name.length + 8, suite);
  return out;
}
