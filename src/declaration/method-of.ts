import { WsConfigurationError } from '../support/ws-configuration-error.js';

/** The function a method decorator was put on; metadata is kept on it, where Nest's Reflector looks too. */
export function methodOf(
  key: string | symbol,
  descriptor: { readonly value?: unknown },
  decorator: string,
): object {
  const { value } = descriptor;
  if (typeof value === 'function') return value;
  throw new WsConfigurationError(
    `Cannot set @${decorator} on ${String(key)}: expected a method, current value is ${typeof value}`,
  );
}
