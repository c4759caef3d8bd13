/** Half of a pair that stands alone: UTF-8 has no form for it. */
const LONE_SURROGATE = /[\ud800-\udfff]/u;
/** Begins a text that is written in another form. */
const ESCAPE = '\u0000u';

/**
 * Any text as one that UTF-8 carries, so that two different names never become one: itself, or its
 * UTF-16 units in hexadecimal when it has lone surrogates.
 */
export function toWellFormed(text: string): string {
  if (!LONE_SURROGATE.test(text) && !text.startsWith(ESCAPE)) return text;
  return ESCAPE + Buffer.from(text, 'utf16le').toString('hex');
}

/** What `toWellFormed` was given. */
export function fromWellFormed(text: string): string {
  if (!text.startsWith(ESCAPE)) return text;
  return Buffer.from(text.slice(ESCAPE.length), 'hex').toString('utf16le');
}
