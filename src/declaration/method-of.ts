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
    // A field has no descriptor, whatever it will hold.
    const found = descriptor === undefined ? 'a field (of an arrow function?)' : 'an accessor';
    throw refusal(target, decorator, key, `expected a method, current value is ${found}`);
  }
  if (typeof key === 'symbol') {
    throw refusal(
      target,
      decorator,
      key,
      'its name is a symbol, expected a method named by a text',
    );
  }
  if (typeof target === 'function') {
    throw refusal(
      target,
      decorator,
      key,
      'expected a method of instances, current value is a static one',
    );
  }
  return value;
}

function refusal(
  target: object,
  decorator: string,
  key: string | symbol,
  why: string,
): WsConfigurationError {
  const { name } = typeof target === 'function' ? target : target.constructor;
  return new WsConfigurationError(`Cannot set @${decorator} on ${name}.${String(key)}: ${why}`);
}
