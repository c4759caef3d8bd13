/** What may stand in a subject as it is. */
const PLAIN = /^[A-Za-z0-9_-]{1,128}$/;
/** Begins a token that is another form of a name; no plain name has it. */
const ENCODED = '~';

/** Any text as one token of a subject, another for every other text. */
export function tokenOf(name: string): string {
  return PLAIN.test(name) ? name : ENCODED + Buffer.from(name, 'utf16le').toString('base64url');
}

/** What `tokenOf` was given. */
export function nameOf(token: string): string {
  if (!token.startsWith(ENCODED)) return token;
  return Buffer.from(token.slice(ENCODED.length), 'base64url').toString('utf16le');
}
