import { jsonCodec, type ClientCodec } from '../wire/client-codec.js';
import type { WebSocketClass } from '../wire/web-socket.js';
import type { Backoff } from './backoff.js';
import type { ClientOptions } from './client-options.js';
import { nearest } from './nearest.js';

type Given = 'token' | 'query' | 'retry';

/** The options with their defaults. */
export interface Settings extends Required<Omit<ClientOptions, Given>>, Pick<ClientOptions, Given> {
  readonly WebSocket: WebSocketClass;
  readonly codec: ClientCodec;
  readonly protocols: readonly string[];
  readonly backoff: Backoff;
  readonly queue: { readonly most: number; readonly age: number };
  readonly connectTimeout: number;
  readonly steadyAfter: number;
  readonly pingInterval: number;
  readonly pingTimeout: number;
  readonly callTimeout: number;
  readonly maxMessage: number;
  readonly maxBuffered: number;
  readonly idempotent: boolean;
  readonly autoConnect: boolean;
  readonly onError: (error: unknown) => void;
}

/** The longest a timer of the platform can be set to. */
const LONGEST_TIME = 2 ** 31 - 1;

/** An option without a default says of which types it may be. */
const DEFAULTS = {
  token: ['function'],
  query: ['function', 'object'],
  retry: ['function'],
  WebSocket: ['function'],
  codec: jsonCodec,
  protocols: ['object'],
  connectTimeout: 10_000,
  backoff: { first: 500, factor: 2, most: 15_000 },
  steadyAfter: 10_000,
  pingInterval: 25_000,
  pingTimeout: 10_000,
  callTimeout: 10_000,
  queue: { most: 100, age: 30_000 },
  maxMessage: 1_048_576,
  maxBuffered: 1_024,
  idempotent: false,
  autoConnect: true,
  onError: ['function'],
};

/** The class of sockets where the application names none. */
let defaultClass: WebSocketClass | undefined;

export function setDefaultClass(given: WebSocketClass): void {
  defaultClass = given;
}

/** @throws {TypeError} for an unknown name, or a value of the wrong kind */
export function resolveOptions(given: ClientOptions): Settings {
  const read = fill('', DEFAULTS, given) as Record<string, unknown>;
  return {
    ...read,
    protocols: [...((read['protocols'] as string[] | undefined) ?? [])],
    WebSocket:
      read['WebSocket'] ?? defaultClass ?? (globalThis as { WebSocket?: unknown }).WebSocket,
    onError: read['onError'] ?? reportError,
  } as unknown as Settings;
}

function fill(path: string, defaults: object, given: object): object {
  const result: Record<string, unknown> = {};
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(defaults, name)) {
      throw new TypeError(
        `Unknown option ${path}${name}: did you mean ${path}${nearest(name, Object.keys(defaults))}?`,
      );
    }
  }
  for (const [name, initial] of Object.entries(defaults) as [string, unknown][]) {
    const value = (given as Record<string, unknown>)[name];
    result[name] = one(path + name, initial, value);
  }
  return result;
}

function one(path: string, initial: unknown, value: unknown): unknown {
  const kinds = Array.isArray(initial) ? (initial as string[]) : [typeof initial];
  if (value === undefined) return Array.isArray(initial) ? undefined : initial;
  const good =
    kinds.includes(typeof value) &&
    value !== null &&
    (typeof value !== 'number' || (value >= 0 && value <= LONGEST_TIME));
  if (!good) {
    throw new TypeError(
      `Cannot use option ${path}: ${kinds.join(' or ')} is expected, current value is of type ${typeof value}`,
    );
  }
  const nested = kinds[0] === 'object' && initial !== jsonCodec && !Array.isArray(initial);
  return nested ? fill(`${path}.`, initial as object, value) : value;
}

function reportError(error: unknown): void {
  const { reportError: report } = globalThis as { reportError?: (error: unknown) => void };
  // Where there is no such function, a program should not end because a listener threw.
  if (report === undefined) console.error(error);
  else report(error);
}
