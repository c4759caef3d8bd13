const REPLACEMENT = '\ufffd';
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Writes a text as UTF-8, and a surrogate without its other half as the three bytes it would have (WTF-8),
 * where UTF-8 has none for it: names of applications may have such, and two names must never become one.
 * The bytes are as many as `Buffer.byteLength` says.
 */
export function writeText(buffer: Buffer, value: string, at: number): void {
  const written = buffer.write(value, at);
  // Only ASCII has as many bytes as units.
  if (written === value.length || !LONE_SURROGATE.test(value)) return;
  let position = at;
  for (const character of value) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0xd800 || code > 0xdfff) position += buffer.write(character, position);
    else {
      buffer[position++] = 0xe0 | (code >> 12);
      buffer[position++] = 0x80 | ((code >> 6) & 0x3f);
      buffer[position++] = 0x80 | (code & 0x3f);
    }
  }
}

/** Reads what `writeText` wrote; any other bytes become some text or other. */
export function readText(buffer: Buffer, start: number, end: number): string {
  const text = buffer.toString('utf8', start, end);
  return text.includes(REPLACEMENT) ? readSurrogates(buffer, start, end) : text;
}

function readSurrogates(buffer: Buffer, start: number, end: number): string {
  let text = '';
  let from = start;
  for (let at = start; at + 2 < end; at++) {
    // 0xed is followed by 0xa0 or more in the form of a surrogate alone.
    const second = buffer[at + 1] ?? 0;
    const third = buffer[at + 2] ?? 0;
    if (buffer[at] !== 0xed || (second & 0xe0) !== 0xa0 || (third & 0xc0) !== 0x80) continue;
    text += buffer.toString('utf8', from, at);
    text += String.fromCharCode(0xd000 | ((second & 0x3f) << 6) | (third & 0x3f));
    at += 2;
    from = at + 1;
  }
  return text + buffer.toString('utf8', from, end);
}
