import { parseSubprotocols } from '#ws';

/** The header Sec-WebSocket-Protocol (RFC 6455 11.3.4). */
export const subprotocol = {
  /**
   * Reads it.
   * @returns the subprotocols in the order they are offered in
   * @throws {SyntaxError} for what is no token, and for one that comes twice
   */
  parse(header: string): Set<string> {
    const protocols = parseSubprotocols(header);
    if (protocols === null) throw new SyntaxError('Invalid Sec-WebSocket-Protocol header');
    return new Set(protocols);
  },
};
