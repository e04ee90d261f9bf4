/** Emulation prevention (ITU-T H.264, 7.4.1): no start code inside a NAL unit. */

/** How many bytes escape() adds to what the parts have together. */
export function escapes(parts: readonly Uint8Array[]): number {
  let added = 0;
  let zeros = 0;
  for (const part of parts) {
    for (let i = 0; i < part.length; i++) {
      const byte = part[i] as number;
      if (zeros >= 2 && byte <= 3) {
        added++;
        zeros = 0;
      }
      zeros = byte === 0 ? zeros + 1 : 0;
    }
  }
  return added;
}

/** Writes the parts one after the other into out, a 3 before every byte that would make a start code. */
export function escape(parts: readonly Uint8Array[], out: Uint8Array): void {
  let at = 0;
  let zeros = 0;
  for (const part of parts) {
    for (let i = 0; i < part.length; i++) {
      const byte = part[i] as number;
      if (zeros >= 2 && byte <= 3) {
        out[at++] = 3;
        zeros = 0;
      }
      out[at++] = byte;
      zeros = byte === 0 ? zeros + 1 : 0;
    }
  }
}

/** Takes the added bytes out again. */
export function unescape(escaped: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(escaped.length);
  let at = 0;
  let zeros = 0;
  for (let i = 0; i < escaped.length; i++) {
    const byte = escaped[i] as number;
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    out[at++] = byte;
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return out.subarray(0, at);
}
