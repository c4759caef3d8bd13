import { WsConfigurationError } from '../support/ws-configuration-error.js';

/**
 * The function a method decorator was put on; metadata is kept on it, where Nest's Reflector looks too.
 * @throws {WsConfigurationError} for what nobody would ever find: a static method, one whose name is a
 *   symbol, and what is no method
 */
export function methodOf(
  target: object,
  key: string | symbol,
  descriptor: { readonly value?: unknown } | undefined,
  decorator: string,
): object {
  const value = descriptor?.value;
  if (typeof value !== 'function') {
    throw refusal(decorator, key, `expected a method, current value is ${typeof value}`);
  }
  if (typeof key === 'symbol') throw refusal(decorator, key, 'its name is a symbol');
  if (typeof target === 'function') {
    throw refusal(decorator, key, `expected a method of instances, current value is static`);
  }
  return value;
}

function refusal(decorator: string, key: string | symbol, why: string): WsConfigurationError {
  return new WsConfigurationError(`Cannot set @${decorator} on ${String(key)}: ${why}`);
}
