/** Bytes of a name that the group and the server carry. */
const MOST = 255;
/** Characters of an ending that a long name keeps. */
const ENDING = 16;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Control characters, and those that turn the direction of writing: with them "exe.gpj" can look like "jpg.exe". */
const HIDDEN = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

/**
 * A file's name as it may be shown and saved under: its last part alone, without
 * characters that hide what it is, not too long.
 */
export function fileName(name: string): string {
  const last = decoder.decode(encoder.encode(name)).replace(HIDDEN, '').split(/[/\\]/u).at(-1) ?? '';
  const trimmed = last.trim().replace(/^\.+$/u, '');
  return shorten(trimmed === '' ? 'file' : trimmed);
}

function shorten(name: string): string {
  if (bytes(name) <= MOST) return name;
  const dot = name.lastIndexOf('.');
  const ending = dot > 0 && name.length - dot <= ENDING ? name.slice(dot) : '';
  const room = MOST - bytes(ending);
  let stem = '';
  let used = 0;
  for (const character of name) {
    used += bytes(character);
    if (used > room) break;
    stem += character;
  }
  return stem + ending;
}

function bytes(text: string): number {
  return encoder.encode(text).length;
}
