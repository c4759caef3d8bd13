import { jsonCodec } from '../wire/client-codec.js';
import type { WebSocketClass } from '../wire/web-socket.js';
import type { ClientOptions } from './client-options.js';
import { nearest } from './nearest.js';

type Given = 'token' | 'query' | 'retry';

type AnyFunction = ((...given: never[]) => unknown) | (new (...given: never[]) => unknown);
type Whole<Value> = Value extends AnyFunction ? Value : Required<Value>;

/** The options with their defaults. */
export type Settings = Pick<ClientOptions, Given> & {
  readonly [Name in Exclude<keyof ClientOptions, Given>]-?: Whole<NonNullable<ClientOptions[Name]>>;
};

/** The longest a timer of the platform can be set to. */
const LONGEST_TIME = 2 ** 31 - 1;

/** An option without a default says of which types it may be. */
const DEFAULTS = {
  token: 'function',
  query: 'function or object',
  retry: 'function',
  WebSocket: 'function',
  codec: jsonCodec,
  protocols: [],
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
  onError: reportError,
};

/** The class of sockets where the application names none. */
let defaultClass: WebSocketClass | undefined;

export function setDefaultClass(given: WebSocketClass): void {
  defaultClass = given;
}

/** @throws {TypeError} for an unknown name, or a value of the wrong kind */
export function resolveOptions(given: ClientOptions): Settings {
  const read = fillOptions('', DEFAULTS, given) as ClientOptions;
  return {
    ...read,
    protocols: [...(read.protocols ?? [])],
    WebSocket: read.WebSocket ?? defaultClass ?? (globalThis as { WebSocket?: unknown }).WebSocket,
  } as unknown as Settings;
}

/**
 * @param defaults by name; a text is the types a value without a default may have
 * @throws {TypeError} for an unknown name, or a value of the wrong kind
 */
export function fillOptions(path: string, defaults: object, given: object): object {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(defaults, name)) {
      throw new TypeError(
        `Unknown option ${path}${name}: did you mean ${path}${nearest(name, Object.keys(defaults))}?`,
      );
    }
  }
  return Object.fromEntries(
    Object.entries(defaults).map(([name, initial]: [string, unknown]) => [
      name,
      one(path + name, initial, (given as Record<string, unknown>)[name]),
    ]),
  );
}

function one(path: string, initial: unknown, value: unknown): unknown {
  const without = typeof initial === 'string';
  if (value === undefined) return without ? undefined : initial;
  const expected = without ? initial : typeof initial;
  const good =
    expected.includes(typeof value) &&
    value !== null &&
    (typeof value !== 'number' || (value >= 0 && value <= LONGEST_TIME));
  if (!good) {
    throw new TypeError(
      `Cannot use option ${path}: ${expected} is expected, current value is of type ${typeof value}`,
    );
  }
  // Those that consist of options.
  return initial === DEFAULTS.backoff || initial === DEFAULTS.queue
    ? fillOptions(`${path}.`, initial, value)
    : value;
}

function reportError(error: unknown): void {
  const { reportError: report } = globalThis as { reportError?: (error: unknown) => void };
  // Where there is no such function, a program should not end because a listener threw.
  if (report === undefined) console.error(error);
  else report(error);
}
