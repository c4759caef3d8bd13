import type {
  ClientHttp2Session,
  ClientSessionOptions,
  SecureClientSessionOptions,
} from 'node:http2';
import type { ClientOptions } from '#ws';
import { fillOptions } from '../connection/resolve-options.js';

/** How WebSockets find a session of HTTP/2. Unknown names are refused with the nearest one. */
export interface Http2Options {
  /**
   * Asked for the session of each WebSocket, where sessions are the application's own: they are neither
   * pinged nor ended. Default: those that are opened here, one for all WebSockets to a server.
   */
  readonly session?: ((url: URL) => ClientHttp2Session) | undefined;
  /** How sessions are opened: certificates and whatever else `connect` of `node:http2` takes. */
  readonly connect?: ClientSessionOptions | SecureClientSessionOptions | undefined;
  /** Of each WebSocket: its headers, limits and whatever else the engine's takes. */
  readonly socket?: Omit<ClientOptions, 'session' | 'protocols'> | undefined;
  /** WebSockets of one session; the next opens another one. Never more streams than the server allows. Default 100. */
  readonly maxPerSession?: number | undefined;
  /** Bytes a server may have sent on one stream that were not read (RFC 9113 6.9). Default 262,144. */
  readonly windowSize?: number | undefined;
  /** The same for all streams of a session. Default 1,048,576. */
  readonly sessionWindowSize?: number | undefined;
  /**
   * Milliseconds for the server to answer when a session is opened, and when another WebSocket joins it;
   * without an answer the session ends, and all on it come back on another. Default 5,000.
   */
  readonly answerTimeout?: number | undefined;
}

/** With their defaults. */
export type SessionSettings = Pick<Http2Options, 'session'> & {
  readonly [Name in Exclude<keyof Http2Options, 'session'>]-?: NonNullable<Http2Options[Name]>;
};

const DEFAULTS = {
  session: 'function',
  connect: {},
  socket: {},
  maxPerSession: 100,
  windowSize: 256 * 1024,
  sessionWindowSize: 1024 * 1024,
  answerTimeout: 5_000,
};

/** Each number with the least it may be: a window is not smaller than that of RFC 9113 6.9.2. */
const LEAST = {
  maxPerSession: 1,
  windowSize: 65_535,
  sessionWindowSize: 65_535,
  answerTimeout: 1,
} as const;

/** @throws {TypeError} for an unknown name, or a value of the wrong kind */
export function resolveSessionOptions(given: Http2Options): SessionSettings {
  const settings = fillOptions('', DEFAULTS, given) as SessionSettings;
  for (const [name, least] of Object.entries(LEAST)) {
    const value = settings[name as keyof typeof LEAST];
    if (Number.isInteger(value) && value >= least) continue;
    throw new TypeError(
      `Cannot use option ${name}: a whole number from ${least} on is expected, current value is ${value}`,
    );
  }
  return settings;
}
