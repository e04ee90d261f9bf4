/** A piece of chat text: plain words, or a web address to open. */
export type Piece = { text: string; href?: string };

const address = /https?:\/\/[^\s<>"'`]+/giu;
const trailing = /[.,;:!?)\]}]+$/u;

/** Splits text at its web addresses. Only http and https become links; nothing is ever markup. */
export function linkify(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(address)) {
    const shown = trim(match[0]);
    const href = parse(shown);
    if (!href) continue;
    if (match.index > from) pieces.push({ text: text.slice(from, match.index) });
    pieces.push({ text: shown, href });
    from = match.index + shown.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
}

/** A sentence's full stop and an unopened bracket do not belong to the address. */
function trim(found: string): string {
  const end = trailing.exec(found)?.[0] ?? '';
  if (end.startsWith(')') && found.includes('(')) return found.slice(0, found.length - end.length + 1);
  return found.slice(0, found.length - end.length);
}

function parse(text: string): string | undefined {
  try {
    const url = new URL(text);
    return url.username || url.password ? undefined : url.href;
  } catch {
    return undefined;
  }
}
