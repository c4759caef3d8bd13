import type { IncomingHttpHeaders } from 'node:http';
import { parseCookies, type Opening } from '#engine';

/**
 * What is kept of the opening handshake. It holds no request and no socket, so that a connection
 * costs little while it is open. Records have no prototype: a header, parameter, query key or
 * cookie named `constructor` is only what the client sent.
 */
export interface HandshakeSnapshot {
  /** The request target as it was sent, query included. */
  readonly url: string;
  /** The request target without the query, undecoded. */
  readonly path: string;
  /** Decoded path parameters of the route that accepted the connection; of a wildcard its segments. */
  readonly params: Readonly<Record<string, string | string[]>>;
  /** Decoded query; a repeated key has all its values in order. Read on first use. */
  readonly query: Readonly<Record<string, string | string[]>>;
  /**
   * Names in lower case, as Node gives them, without those that only served the handshake itself:
   * upgrade, connection, sec-websocket-key and sec-websocket-version.
   */
  readonly headers: Readonly<IncomingHttpHeaders>;
  /** Read on first use. */
  readonly cookies: Readonly<Record<string, string>>;
  /** Address of the peer, or of the client behind a trusted proxy; '' when unknown. */
  readonly ip: string;
  /** Whether the connection came over TLS. */
  readonly secure: boolean;
  readonly origin: string | undefined;
  /** The subprotocol agreed on, '' when none. */
  readonly protocol: string;
  /** The subprotocols the client offered, in its order. */
  readonly protocols: readonly string[];
}

export interface SnapshotOptions {
  /** Default none. */
  params?: HandshakeSnapshot['params'] | undefined;
  /** Default ''. */
  protocol?: string | undefined;
  /** Default the address of the connection's peer. */
  ip?: string | undefined;
}

/** The facts of an opening that are kept. */
export type SnapshotSource = Pick<
  Opening,
  'url' | 'path' | 'headers' | 'protocols' | 'origin' | 'secure' | 'peerAddress'
>;

/** By which `util.inspect`, and so consoles and loggers, ask an object what to show. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');
const NOTHING: Readonly<Record<string, string>> = Object.freeze(withoutPrototype({}));
const NO_PROTOCOLS: readonly string[] = Object.freeze([]);

/** Copies what outlives the handshake out of `opening`. */
export function snapshot(
  opening: SnapshotSource,
  options: SnapshotOptions = {},
): HandshakeSnapshot {
  return new Snapshot(opening, options);
}

/**
 * Lets go of the query and cookies somebody has read: whoever decided about the client did, and an
 * open connection may never need them again.
 */
export function forgetParsed(handshake: HandshakeSnapshot): void {
  if (handshake instanceof Snapshot) handshake[kForget]();
}

/** For `forgetParsed` alone: guards and hooks hold snapshots, and may meet no name of ours there. */
const kForget = Symbol('forget');

class Snapshot implements HandshakeSnapshot {
  readonly url: string;
  readonly path: string;
  readonly params: HandshakeSnapshot['params'];
  readonly headers: Readonly<IncomingHttpHeaders>;
  readonly ip: string;
  readonly secure: boolean;
  readonly origin: string | undefined;
  readonly protocol: string;
  readonly protocols: readonly string[];
  #query: Readonly<Record<string, string | string[]>> | undefined;
  #cookies: Readonly<Record<string, string>> | undefined;

  constructor(opening: SnapshotSource, options: SnapshotOptions) {
    this.url = opening.url;
    this.path = opening.path;
    this.params = lastingParams(options.params);
    this.headers = lastingHeaders(opening.headers);
    this.ip = options.ip ?? opening.peerAddress;
    this.secure = opening.secure;
    this.origin = opening.origin;
    this.protocol = options.protocol ?? '';
    this.protocols = opening.protocols.length === 0 ? NO_PROTOCOLS : opening.protocols;
    this.#query = undefined;
    this.#cookies = undefined;
  }

  get query(): Readonly<Record<string, string | string[]>> {
    return (this.#query ??= parseQuery(this.url));
  }

  get cookies(): Readonly<Record<string, string>> {
    return (this.#cookies ??= parseCookies(this.headers.cookie));
  }

  [kForget](): void {
    this.#query = undefined;
    this.#cookies = undefined;
  }

  /** Headers, cookies, query and address are for the server: what is sent whole, or logged, has none. */
  toJSON(): Pick<HandshakeSnapshot, 'protocol'> {
    return { protocol: this.protocol };
  }

  [INSPECT](): string {
    return `HandshakeSnapshot { protocol: '${this.protocol}' }`;
  }
}

/** Most paths have no parameters: their connections share one empty object. */
function lastingParams(params: SnapshotOptions['params'] = NOTHING): HandshakeSnapshot['params'] {
  return Object.keys(params).length === 0 ? NOTHING : withoutPrototype({ ...params });
}

/**
 * What the handshake needed and says nothing about the client is left out: 150 bytes for each
 * connection, the key among them, which is different for each.
 */
function lastingHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const {
    upgrade: _upgrade,
    connection: _connection,
    'sec-websocket-key': _key,
    'sec-websocket-version': _version,
    ...lasting
  } = headers;
  return withoutPrototype(lasting);
}

function parseQuery(url: string): Readonly<Record<string, string | string[]>> {
  const mark = url.indexOf('?');
  if (mark === -1) return NOTHING;
  const query = withoutPrototype<Record<string, string | string[]>>({});
  for (const [key, value] of new URLSearchParams(url.slice(mark + 1))) {
    const present = query[key];
    if (present === undefined) query[key] = value;
    else if (typeof present === 'string') query[key] = [present, value];
    else present.push(value);
  }
  return query;
}

/**
 * Takes the prototype off an object. Unlike copying into `Object.create(null)` this keeps V8's
 * compact layout, at a third of the memory.
 */
function withoutPrototype<Value extends object>(value: Value): Value {
  Object.setPrototypeOf(value, null);
  return value;
}
