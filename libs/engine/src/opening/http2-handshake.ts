import { HandshakeError } from '../protocol/errors.js';
import { badRequest, readOffer } from '../handshake/client-offer.js';
import type { HandshakeHead, ServerHandshake } from '../handshake/opening-handshake.js';
import { countLines } from '../handshake/raw-headers.js';
import { isAuthority, parseRequestTarget } from '../handshake/request-target.js';

/** What is read of an extended CONNECT; names in lower case, pseudo-headers apart. */
export interface Http2Head extends Pick<HandshakeHead, 'headers' | 'rawHeaders'> {
  /** `:scheme` */
  readonly scheme: string | undefined;
  /** `:authority` */
  readonly authority: string | undefined;
  /** `:path` */
  readonly path: string | undefined;
}

/**
 * Checks an extended CONNECT whose `:protocol` is websocket against RFC 8441 4 and 5, and parses it: what
 * RFC 6455 4.2.1 asks for, but for key, Host, Connection and Upgrade, which HTTP/2 has in other ways or
 * not at all. Never throws: what the client sent wrong is a value, a `HandshakeError` whose `status` and
 * `headers` are the answer to give.
 * @param options.versions versions spoken, the preferred one first; default `[13]`
 */
export function readHttp2Handshake(
  head: Http2Head,
  options: { versions?: readonly number[] } = {},
): ServerHandshake | HandshakeError {
  const { scheme, authority = '', path } = head;
  // "https" for what a URL calls "wss" (RFC 8441 5).
  if (scheme !== 'https' && scheme !== 'http') return badRequest('Invalid :scheme', 'SCHEME');
  const target = path?.startsWith('/') === true ? parseRequestTarget(path) : null;
  if (target === null) return badRequest('Invalid request target', 'TARGET');
  if (!isAuthority(authority)) return badRequest('Missing or invalid :authority', 'HOST');
  // RFC 9113 8.3.1: a Host that names another server makes it ambiguous for whom it is.
  const hosts = countLines(head, 'host');
  if (hosts > 1 || (hosts === 1 && head.headers.host?.toLowerCase() !== authority.toLowerCase())) {
    return badRequest('Invalid Host header', 'HOST');
  }
  const offer = readOffer(head, options.versions);
  return offer instanceof HandshakeError ? offer : { key: '', ...offer, ...target };
}
