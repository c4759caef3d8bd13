import { isToken } from '#engine';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import { PROTOCOL_METADATA } from './metadata.js';
import { methodOf } from './method-of.js';

/**
 * On a gateway: the subprotocols it speaks, most wanted first; the server's order decides. A client
 * that offers none is accepted without one; a client that offers only others is refused with 400.
 *
 * The codec of a protocol is JSON unless the option `codecs` says otherwise; a protocol called `msgpack` has
 * that one.
 *
 * On a message handler: the handler serves only connections that agreed on one of these names, so one
 * event may have a handler per protocol.
 *
 * @throws {WsConfigurationError} for no name, or one that is not a token (RFC 6455 4.1)
 */
export function Protocol(...names: string[]): ClassDecorator & MethodDecorator {
  if (names.length === 0) {
    throw new WsConfigurationError('Cannot set @Protocol: expected at least one name');
  }
  for (const name of names) {
    if (typeof name === 'string' && isToken(name)) continue;
    throw new WsConfigurationError(
      `Cannot set @Protocol: expected a token of RFC 6455 4.1, current value is ${JSON.stringify(name)}`,
    );
  }
  const unique = [...new Set(names)];
  return (target: object, key: string | symbol = '', descriptor?: PropertyDescriptor) => {
    const named = descriptor === undefined ? target : methodOf(key, descriptor, 'Protocol');
    Reflect.defineMetadata(PROTOCOL_METADATA, unique, named);
  };
}

export function readProtocols(target: object): readonly string[] {
  const names: string[] | undefined = Reflect.getMetadata(PROTOCOL_METADATA, target);
  return names ?? [];
}
