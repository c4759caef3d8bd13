import type { OutgoingHttpHeaders } from 'node:http';
import type { ClientHttp2Session } from 'node:http2';
import type { RequestOptions } from 'node:https';
import {
  resolveCompression,
  type Compression,
  type PerMessageDeflateOptions,
} from '../deflate/deflate-options.js';
import { wsLimits, type TransportLimits } from '../protocol/limits.js';
import { checkKinds } from './option-kinds.js';

/**
 * Milliseconds until the connection must be open, redirects included. Without it a server that never
 * answers holds a client for ever.
 */
export const DEFAULT_CLIENT_HANDSHAKE_TIMEOUT = 30_000;
/** As in `ws`, and below the 20 of browsers. */
const DEFAULT_MAX_REDIRECTS = 10;
/** Bytes; Node's default, which a flag of the process must not raise unseen. */
const DEFAULT_MAX_HEADER_SIZE = 16 * 1024;
const VERSIONS: readonly unknown[] = [8, 13];

type Ignored = 'headers' | 'method' | 'path' | 'protocol' | 'timeout';

/**
 * How a client connects: what `ws` has for it, the limits of the connection, and all of `http.request`,
 * `https.request` and `tls.connect` that concern the way to the server.
 */
export interface ConnectOptions extends Omit<RequestOptions, Ignored>, Partial<TransportLimits> {
  /** Extra headers, such as Authorization or Cookie. Those of the handshake cannot be replaced. */
  headers?: OutgoingHttpHeaders | undefined;
  /** Value of the Origin header; default none. */
  origin?: string;
  /** 13 (default), or 8: the draft with the same framing. */
  protocolVersion?: number;
  /** Offer permessage-deflate (RFC 7692); default true. */
  perMessageDeflate?: boolean | PerMessageDeflateOptions;
  /** The same choice by what it costs; an alternative to `perMessageDeflate`. */
  compression?: Compression;
  /** Bytes above which a message is sent uncompressed; default 1 MiB. */
  maxCompressedSize?: number;
  /** Follow 3xx responses; default false. */
  followRedirects?: boolean;
  /** Redirects followed before the connection fails; default 10. */
  maxRedirects?: number;
  /** Milliseconds until the connection must be open, redirects included; default 30,000, 0 = no limit. */
  handshakeTimeout?: number;
  /** Fail when subprotocols are offered and the server selects none, as WHATWG has it; default true. */
  requireProtocol?: boolean;
  /** Several messages that arrive together are handed out in one turn of the event loop; default true. */
  allowSynchronousEvents?: boolean;
  /**
   * A session of `node:http2` to open the connection on, as one of its streams (RFC 8441). The session is
   * the application's: it stays open. Redirects are not followed, nor `unexpected-response` emitted.
   */
  session?: ClientHttp2Session;
  /** Fills the four bytes of a masking key. Default: the system's entropy source (RFC 6455 5.3). */
  generateMask?: (mask: Buffer) => void;
}

/** The options of one connection, checked and with defaults. */
export interface ResolvedClientOptions {
  /** As given, for `http.request`. */
  readonly request: ConnectOptions;
  readonly limits: Readonly<TransportLimits>;
  readonly deflate: PerMessageDeflateOptions | false;
  readonly version: number;
  readonly maxRedirects: number;
  readonly handshakeTimeout: number;
  readonly maxHeaderSize: number;
}

const KINDS = {
  followRedirects: 'boolean',
  requireProtocol: 'boolean',
  allowSynchronousEvents: 'boolean',
  maxRedirects: 'count',
  handshakeTimeout: 'count',
  maxHeaderSize: 'count',
  origin: 'string',
  headers: 'object',
  generateMask: 'function',
  finishRequest: 'function',
  createConnection: 'function',
  socketPath: 'string',
  session: 'object',
} as const;

/**
 * Checks the options of a client and fills in the defaults.
 * @throws {UsageError} naming the option, its value and what is allowed; {RangeError} for another
 *   `protocolVersion`, as in `ws`
 */
export function resolveClientOptions(given: ConnectOptions): ResolvedClientOptions {
  // As in `ws`, what has no options says nothing.
  const options: ConnectOptions = typeof given === 'object' ? given : {};
  const version = options.protocolVersion ?? 13;
  if (!VERSIONS.includes(version)) {
    throw new RangeError(
      `Unsupported protocol version: ${version} (supported versions: ${VERSIONS.join(', ')})`,
    );
  }
  checkKinds(options, KINDS);
  return {
    request: options,
    limits: wsLimits(options),
    deflate: resolveCompression({
      perMessageDeflate: options.perMessageDeflate === undefined ? true : options.perMessageDeflate,
      ...(options.compression === undefined ? {} : { compression: options.compression }),
      ...(options.maxCompressedSize === undefined
        ? {}
        : { maxCompressedSize: options.maxCompressedSize }),
    }),
    version,
    maxRedirects: options.maxRedirects ?? DEFAULT_MAX_REDIRECTS,
    handshakeTimeout: options.handshakeTimeout ?? DEFAULT_CLIENT_HANDSHAKE_TIMEOUT,
    maxHeaderSize: options.maxHeaderSize ?? DEFAULT_MAX_HEADER_SIZE,
  };
}
