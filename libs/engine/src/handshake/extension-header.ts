import { UsageError } from '../protocol/errors.js';
import { isToken, isTokenCharacter, isWhiteSpace } from './header-tokens.js';

/** One element of Sec-WebSocket-Extensions, with its parameters as they came. */
export interface ExtensionOffer {
  name: string;
  /**
   * Pairs rather than a record: whether a parameter that comes twice spoils the offer is for the
   * negotiation to decide, and no name (`__proto__`) can reach a prototype. `true`: without a value.
   */
  params: [name: string, value: string | true][];
}

/**
 * Elements of one header, empty ones included. Browsers send one and libraries a handful of
 * fallbacks; 14 KB of "a,a,a" would otherwise be thousands of objects for each handshake.
 */
export const MAX_EXTENSION_OFFERS = 32;

/**
 * Parameters of one header, over all its elements. The negotiation compares an offer's parameters
 * with each other, so 14 KB of "a;b;b;b" must not set how much work that is.
 */
export const MAX_EXTENSION_PARAMS = 128;

const QUOTE = 0x22;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;

/**
 * Parses Sec-WebSocket-Extensions in one pass (RFC 6455 9.1). White space may stand between any two
 * parts and empty elements are skipped, as the list grammar it refers to has it (RFC 2616 2.1).
 * @returns null when the header breaks the grammar, holds no element, or goes past a limit
 */
export function parseExtensions(header: string): ExtensionOffer[] | null {
  return new ExtensionParser(header).list();
}

/**
 * Writes extensions as a header value; the inverse of `parseExtensions`.
 * @throws {UsageError} for a name or value that is not a token
 */
export function formatExtensions(offers: readonly ExtensionOffer[]): string {
  return offers.map(formatExtension).join(', ');
}

function formatExtension(offer: ExtensionOffer): string {
  let text = checkedToken(offer.name);
  for (const [name, value] of offer.params) {
    text += `; ${checkedToken(name)}`;
    if (value !== true) text += `=${checkedToken(value)}`;
  }
  return text;
}

function checkedToken(text: string): string {
  if (isToken(text)) return text;
  throw new UsageError(
    `Cannot format an extension: ${JSON.stringify(text)} is not a token (RFC 6455 9.1)`,
  );
}

class ExtensionParser {
  private at = 0;
  private paramCount = 0;

  constructor(private readonly header: string) {}

  list(): ExtensionOffer[] | null {
    const offers: ExtensionOffer[] = [];
    for (let elements = 1; elements <= MAX_EXTENSION_OFFERS; elements++) {
      const next = this.peek();
      if (next !== COMMA && !Number.isNaN(next)) {
        const offer = this.offer();
        if (offer === null) return null;
        offers.push(offer);
      }
      if (Number.isNaN(this.peek())) return offers.length > 0 ? offers : null;
      if (!this.skip(COMMA)) return null;
    }
    return null;
  }

  private offer(): ExtensionOffer | null {
    const name = this.token();
    if (name === '') return null;
    const params: ExtensionOffer['params'] = [];
    while (this.skip(SEMICOLON)) {
      const param = this.token();
      if (param === '' || ++this.paramCount > MAX_EXTENSION_PARAMS) return null;
      const value = this.skip(EQUALS) ? this.value() : true;
      if (value === '') return null;
      params.push([param, value]);
    }
    return { name, params };
  }

  /** A parameter's value; '' when it is none, for neither form may be empty. */
  private value(): string {
    return this.peek() === QUOTE ? this.quotedString() : this.token();
  }

  private token(): string {
    this.peek();
    const start = this.at;
    while (isTokenCharacter(this.header.charCodeAt(this.at))) this.at++;
    return this.header.slice(start, this.at);
  }

  /** What it holds "MUST conform to the 'token' ABNF" once unescaped (RFC 6455 9.1). */
  private quotedString(): string {
    let value = '';
    for (;;) {
      let code = this.header.charCodeAt(++this.at);
      if (code === QUOTE) {
        this.at++;
        return value;
      }
      if (code === BACKSLASH) code = this.header.charCodeAt(++this.at);
      // The end of the header is NaN here, which is no token character either.
      if (!isTokenCharacter(code)) return '';
      value += this.header[this.at];
    }
  }

  private skip(code: number): boolean {
    if (this.peek() !== code) return false;
    this.at++;
    return true;
  }

  /** The next character behind any white space; NaN at the end. */
  private peek(): number {
    while (isWhiteSpace(this.header.charCodeAt(this.at))) this.at++;
    return this.header.charCodeAt(this.at);
  }
}
