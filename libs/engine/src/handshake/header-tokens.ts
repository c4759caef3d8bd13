import { UsageError } from '../protocol/errors.js';

/** 1 for each ASCII character a token may hold (RFC 9110 5.6.2). */
const TOKEN_CHARACTERS = new Uint8Array(128);
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  TOKEN_CHARACTERS[character.charCodeAt(0)] = 1;
}

const TAB = 0x09;
const SPACE = 0x20;

/** Whether `code`, a UTF-16 code unit, is a character of a token. Past the table's end it is not. */
export function isTokenCharacter(code: number): boolean {
  return TOKEN_CHARACTERS[code] === 1;
}

/** Whether `code` is optional white space of a header: space or tab (RFC 9110 5.6.3). */
export function isWhiteSpace(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** Whether `text` is a token: one or more of the allowed characters (RFC 9110 5.6.2). */
export function isToken(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    if (!isTokenCharacter(text.charCodeAt(at))) return false;
  }
  return text.length > 0;
}

/**
 * Whether `token` is a member of the comma-separated `header`, ASCII case ignored. Other members may
 * be anything, so "Upgrade: foo, websocket" and "Connection: keep-alive, Upgrade" both count.
 */
export function headerHasToken(header: string | undefined, token: string): boolean {
  if (header === undefined) return false;
  let start = 0;
  while (start <= header.length) {
    let end = header.indexOf(',', start);
    if (end < 0) end = header.length;
    const [from, to] = trim(header, start, end);
    if (to - from === token.length && equalsIgnoringCase(header, from, token)) return true;
    start = end + 1;
  }
  return false;
}

/**
 * The members of a header whose grammar is `1#token`, duplicates and order kept.
 *
 * Empty members ("a,,b") are skipped, as RFC 9110 5.6.1.2 demands of a recipient, but at least one
 * member must be a token.
 * @returns null when a member is no token, or when there is none
 */
export function parseTokenList(header: string): string[] | null {
  const tokens: string[] = [];
  let start = 0;
  while (start <= header.length) {
    let end = header.indexOf(',', start);
    if (end < 0) end = header.length;
    const [from, to] = trim(header, start, end);
    if (to > from) {
      const member = header.slice(from, to);
      if (!isToken(member)) return null;
      tokens.push(member);
    }
    start = end + 1;
  }
  return tokens.length > 0 ? tokens : null;
}

/** @throws {UsageError} unless `name` is a token, as a header's name must be (RFC 9110 5.1). */
export function assertHeaderName(name: string): void {
  if (typeof name === 'string' && isToken(name)) return;
  throw new UsageError(
    `Cannot send a header: its name must be a token, current value is ${JSON.stringify(name)}`,
  );
}

/**
 * Keeps a value from ending its header line and starting another one, or a response of its own
 * (response splitting, RFC 9110 5.5). Tab, printable ASCII and Latin-1
 * are let through.
 * @throws {UsageError} for CR, LF, NUL, another control, a character that no single byte can carry,
 *   or a value that is no string
 */
export function assertHeaderValue(name: string, value: string): void {
  if (typeof value !== 'string') {
    throw new UsageError(
      `Cannot send the header ${name}: its value must be a string, current value is of type ${typeof value}`,
    );
  }
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    const sendable = code === TAB || (code >= SPACE && code !== 0x7f && code <= 0xff);
    if (!sendable) {
      const shown = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
      throw new UsageError(
        `Cannot send the header ${name}: its value holds ${shown} at position ${at}`,
      );
    }
  }
}

/** Where `header[start, end)` begins and ends without the white space around it. */
function trim(header: string, start: number, end: number): [from: number, to: number] {
  let from = start;
  let to = end;
  while (from < to && isWhiteSpace(header.charCodeAt(from))) from++;
  while (to > from && isWhiteSpace(header.charCodeAt(to - 1))) to--;
  return [from, to];
}

/** Compares in ASCII alone: `toLowerCase` would take the Kelvin sign U+212A for a "k". */
function equalsIgnoringCase(header: string, from: number, token: string): boolean {
  for (let at = 0; at < token.length; at++) {
    if (lowerCase(header.charCodeAt(from + at)) !== lowerCase(token.charCodeAt(at))) return false;
  }
  return true;
}

function lowerCase(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
}
