import { isRecord } from '../support/is-record.js';
import { count, delayOrOff, OptionTable, type OptionsFor } from '#hub';
import { configurationPlace } from '../options/configuration-place.js';
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

export const HANDLER_OPTIONS = new OptionTable({
  concurrency: count(undefined),
  timeout: delayOrOff(undefined),
} satisfies OptionsFor<HandlerOptions>);

/**
 * Makes a decorator that may stand several times on a method, with a key, options, both or neither.
 * @param assertKey throws for anything that is no key: also for `undefined`, because a misspelt
 *   constant would make the method the fallback unnoticed
 * @throws {WsConfigurationError} for a wrong or unknown option
 */
export function handles(
  metadata: string,
  decorator: string,
  args: readonly unknown[],
  assertKey: (key: unknown) => void,
): MethodDecorator {
  const keyless = args.length === 0 || isRecord(args[0]);
  const { [keyless ? 0 : 1]: given = {} } = args;
  const key: unknown = keyless ? undefined : args[0];
  if (!keyless) assertKey(key);
  const options = HANDLER_OPTIONS.read(given, configurationPlace(`option of @${decorator}`, ': '));
  const handled: Handled<unknown> = { key, options };
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
