const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Upper and lower case bit: with it `[` is `{` and `]` is `}`, and no other ASCII sign becomes either. */
const CASE = 0x20;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * Whether arrays and objects of a JSON text stand in each other more than `maxDepth` levels deep. Nothing
 * is made. A text that is too short is not looked at, and one with few brackets only counted, at
 * memory speed: most messages are one or the other.
 */
export function jsonNestsDeeper(text: string, maxDepth: number): boolean {
  // Each level takes two characters.
  if (text.length <= maxDepth * 2) return false;
  return opensMore(text, maxDepth) && overflows(text, maxDepth);
}

function opensMore(text: string, maxDepth: number): boolean {
  let count = 0;
  for (let at = text.indexOf('{'); at !== -1; at = text.indexOf('{', at + 1)) {
    if (++count > maxDepth) return true;
  }
  for (let at = text.indexOf('['); at !== -1; at = text.indexOf('[', at + 1)) {
    if (++count > maxDepth) return true;
  }
  return false;
}

function overflows(text: string, maxDepth: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      do {
        at = text.indexOf('"', at + 1);
        if (at === -1) return false;
      } while (isEscaped(text, at));
    } else if ((code | CASE) === OPEN) {
      if (++depth > maxDepth) return true;
    } else if ((code | CASE) === CLOSE) depth--;
  }
  return false;
}

function isEscaped(text: string, quote: number): boolean {
  let first = quote;
  while (text.charCodeAt(first - 1) === BACKSLASH) first--;
  return (quote - first) % 2 === 1;
}
