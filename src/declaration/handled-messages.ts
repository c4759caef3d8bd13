import { isRecord } from '../support/is-record.js';
import { knownKeys, millisecondsOrOff, positive } from '../options/option-checks.js';
import { methodOf } from './method-of.js';
import { decorated, type MethodHost } from './overridden-method.js';

/** What `@OnMessage` and `@OnBinary` take behind the event or type. */
export interface HandlerOptions {
  /**
   * Messages of one connection that this handler takes at the same time, beside those of other
   * handlers. Default: it waits for its turn among them all, as `concurrency` of the gateway says.
   */
  concurrency?: number;

  /**
   * Milliseconds until the handler is given up: the client gets a `TIMEOUT` exception, `@Signal()`
   * aborts, the next message starts. A stream has been returned when it starts. Default: `timeout` of
   * the gateway or module; 0 turns it off.
   */
  timeout?: number;
}

/** One message a method handles; without a key it is the fallback. */
export interface Handled<Key> {
  readonly key: Key | undefined;
  readonly options: HandlerOptions;
}

const HANDLER_OPTIONS = ['concurrency', 'timeout'] satisfies (keyof HandlerOptions)[];

/**
 * Makes a decorator that may stand several times on a method, with a key, options, both or neither.
 * @param assertKey throws for anything that is no key: also for `undefined`, because a misspelt
 *   constant would make the method the fallback unnoticed
 * @throws {WsConfigurationError} for a wrong option
 */
export function handles(
  metadata: string,
  decorator: string,
  args: readonly unknown[],
  assertKey: (key: unknown) => void,
): MethodDecorator {
  const keyless = args.length === 0 || isRecord(args[0]);
  const options: unknown = args[keyless ? 0 : 1] ?? {};
  const key: unknown = keyless ? undefined : args[0];
  if (!keyless) assertKey(key);
  const handled: Handled<unknown> = { key, options: checkOptions(options, decorator) };
  return (target, name, descriptor) => {
    const method = methodOf(target, name, descriptor, decorator);
    const others: readonly unknown[] = Reflect.getOwnMetadata(metadata, method) ?? [];
    Reflect.defineMetadata(metadata, [...others, handled], method);
  };
}

export function readHandled<Key>(
  metadata: string,
  type: MethodHost,
  name: string,
): readonly Handled<Key>[] {
  const method = decorated(metadata, type, name);
  return method === undefined ? [] : Reflect.getOwnMetadata(metadata, method);
}

function checkOptions(options: unknown, decorator: string): HandlerOptions {
  const name = `option of @${decorator}`;
  const given: HandlerOptions = isRecord(options) ? options : {};
  knownKeys(given, HANDLER_OPTIONS, name);
  positive(given.concurrency, `${name}: concurrency`, 1);
  millisecondsOrOff(given.timeout, `${name}: timeout`, 0);
  return given;
}
