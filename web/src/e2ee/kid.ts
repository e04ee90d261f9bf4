/** What a participant sends, in the order of their numbers inside a key id. */
export const KINDS = ['mic', 'camera', 'screen', 'screenAudio'] as const;
export type MediaKind = (typeof KINDS)[number];

/** What a key id says: the epoch's low eight bits, the leaf in it, and which stream of which media worker. */
export interface KeyID {
  epoch: number;
  leaf: number;
  instance: number;
  kind: MediaKind;
}

/** The highest instance; every start of a media worker takes the next one. */
export const MAX_INSTANCE = 0xffff;
/** Counters stay below this; at 1000 frames a second it lasts 8000 years. */
export const MAX_COUNTER = 2 ** 48;

/** RFC 9605, 5.2 with E = 8 and S = 16; the context is instance × 4 + kind. */
export function encodeKID({ epoch, leaf, instance, kind }: KeyID): number {
  if (leaf < 0 || leaf > 0xffff || instance < 0 || instance > MAX_INSTANCE) throw new RangeError('kid: number out of range');
  return (instance * 4 + KINDS.indexOf(kind)) * 2 ** 24 + leaf * 256 + (epoch % 256);
}

/** Null for an instance out of range; whether the leaf exists is the reader's question. */
export function parseKID(kid: number): KeyID | null {
  const context = Math.floor(kid / 2 ** 24);
  if (context > MAX_INSTANCE * 4 + 3) return null;
  return {
    epoch: kid % 256,
    leaf: Math.floor(kid / 256) % 2 ** 16,
    instance: Math.floor(context / 4),
    kind: KINDS[context % 4] as MediaKind,
  };
}

/** What binds every frame of a meeting and codec to it: "roundel1", meeting and codec, each behind its length. */
export function metadata(meeting: string, codec: string): Uint8Array {
  const parts = ['roundel1', meeting, codec].map((text) => new TextEncoder().encode(text));
  return Uint8Array.from(parts.flatMap((part) => [part.length, ...part]));
}
