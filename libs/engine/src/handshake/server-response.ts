import type { IncomingHttpHeaders } from 'node:http';
import { HandshakeError } from '../protocol/errors.js';
import { acceptKey } from './accept-key.js';
import { parseExtensions, type ExtensionOffer } from './extension-header.js';
import { headerHasToken } from './header-tokens.js';
import { countLines } from './raw-headers.js';

/** What is read of a response: the part of `http.IncomingMessage` that a test can write by hand. */
export interface ResponseHead {
  readonly statusCode?: number | undefined;
  readonly httpVersionMajor: number;
  readonly httpVersionMinor: number;
  readonly headers: IncomingHttpHeaders;
  /** Name, value, name, value …, repeated headers kept. */
  readonly rawHeaders: readonly string[];
}

/** What this client has sent, for the response may select of it and nothing else. */
export interface OfferedHandshake {
  key: string;
  /** Default none. */
  protocols?: readonly string[];
  /** Default none. */
  extensions?: readonly Pick<ExtensionOffer, 'name'>[];
  /**
   * Fail when subprotocols were offered and the server selects none, as the WHATWG WebSocket standard
   * has it; default true. RFC 6455 4.1 lets such a connection open: false.
   */
  requireProtocol?: boolean;
}

export interface ServerSelection {
  /** '' when none was selected. */
  protocol: string;
  /** Accepted extensions; whether their parameters answer the offer is the extension's to judge. */
  extensions: ExtensionOffer[];
}

/**
 * Checks the server's response against every rule of RFC 6455 4.1. Never throws: what the server did
 * wrong is a value, a `HandshakeError` whose `status` is the one the server answered with.
 */
export function readServerResponse(
  response: ResponseHead,
  offered: OfferedHandshake,
): ServerSelection | HandshakeError {
  const { headers, statusCode = 0, httpVersionMajor: major } = response;
  const fail = failing(statusCode);
  if (statusCode !== 101) return unexpectedStatus(statusCode);
  if (major < 1 || (major === 1 && response.httpVersionMinor < 1)) {
    return fail('Invalid HTTP version', 'HTTP_VERSION');
  }
  // The response names the one protocol it switches to, so here a list is wrong (4.1/2).
  if (headers.upgrade?.toLowerCase() !== 'websocket') {
    return fail('Invalid Upgrade header', 'UPGRADE');
  }
  if (!headerHasToken(headers.connection, 'upgrade')) {
    return fail('Invalid Connection header', 'CONNECTION');
  }
  if (
    countLines(response, 'sec-websocket-accept') !== 1 ||
    headers['sec-websocket-accept']?.trim() !== acceptKey(offered.key)
  ) {
    return fail('Invalid Sec-WebSocket-Accept header', 'ACCEPT');
  }
  return readSelection(response, statusCode, offered);
}

/**
 * The same for an answer of HTTP/2, which has neither key nor Upgrade (RFC 8441 5): 200 stands for 101.
 */
export function readHttp2Response(
  response: ResponseHead,
  offered: Omit<OfferedHandshake, 'key'>,
): ServerSelection | HandshakeError {
  const { statusCode = 0 } = response;
  return statusCode === 200
    ? readSelection(response, statusCode, offered)
    : unexpectedStatus(statusCode);
}

function unexpectedStatus(status: number): HandshakeError {
  return failing(status)(`Unexpected server response: ${status}`, 'STATUS');
}

function failing(status: number): (message: string, rule: string) => HandshakeError {
  return (message, rule) => new HandshakeError(message, `WS_ERR_HANDSHAKE_${rule}`, status);
}

/** What the server has selected of what was offered, over whichever version of HTTP. */
function readSelection(
  response: ResponseHead,
  status: number,
  offered: Omit<OfferedHandshake, 'key'>,
): ServerSelection | HandshakeError {
  const fail = failing(status);
  const protocol = response.headers['sec-websocket-protocol'];
  const problem = protocolProblem(protocol, offered);
  if (problem !== null || countLines(response, 'sec-websocket-protocol') > 1) {
    return fail(problem ?? INVALID_PROTOCOL, 'PROTOCOL');
  }
  const extensions = readExtensions(response, offered.extensions ?? []);
  if (typeof extensions === 'string') return fail(extensions, 'EXTENSIONS');
  return { protocol: protocol ?? '', extensions };
}

const INVALID_PROTOCOL = 'Server sent an invalid subprotocol';

function protocolProblem(
  protocol: string | undefined,
  offered: Omit<OfferedHandshake, 'key'>,
): string | null {
  const { protocols = [], requireProtocol = true } = offered;
  if (protocol === undefined) {
    return protocols.length > 0 && requireProtocol ? 'Server sent no subprotocol' : null;
  }
  if (protocols.length === 0) return 'Server sent a subprotocol but none was requested';
  return protocols.includes(protocol) ? null : INVALID_PROTOCOL;
}

/** The accepted extensions, or what is wrong with them. */
function readExtensions(
  response: ResponseHead,
  requested: readonly Pick<ExtensionOffer, 'name'>[],
): ExtensionOffer[] | string {
  const header = response.headers['sec-websocket-extensions'];
  if (header === undefined) return [];
  if (requested.length === 0) {
    return 'Server sent a Sec-WebSocket-Extensions header but no extension was requested';
  }
  const accepted = parseExtensions(header);
  if (
    accepted === null ||
    // "MUST NOT appear more than once in an HTTP response" (11.3.2).
    countLines(response, 'sec-websocket-extensions') > 1 ||
    // The same extension twice would transform each message twice (RFC 7692 5.1).
    hasDuplicates(accepted.map(({ name }) => name)) ||
    // Offers may repeat a parameter by mistake and are declined; a response must not (RFC 7692 7.1).
    accepted.some(({ params }) => hasDuplicates(params.map(([name]) => name)))
  ) {
    return 'Invalid Sec-WebSocket-Extensions header';
  }
  const known = accepted.every(({ name }) => requested.some((offer) => offer.name === name));
  return known ? accepted : 'Server indicated an extension that was not requested';
}

function hasDuplicates(names: readonly string[]): boolean {
  return new Set(names).size !== names.length;
}
