import { isToken } from '#engine';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import { PROTOCOL_METADATA } from './metadata.js';
import { methodOf } from './method-of.js';
import { decorated, type MethodHost } from './overridden-method.js';

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
 * Several of them add up, in the order they are written; a subclass that has its own replaces those of its
 * base class.
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
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    const named = key === undefined ? target : methodOf(target, key, descriptor, 'Protocol');
    const below: readonly string[] = Reflect.getOwnMetadata(PROTOCOL_METADATA, named) ?? [];
    Reflect.defineMetadata(PROTOCOL_METADATA, [...new Set([...names, ...below])], named);
  };
}

/** The protocols a gateway speaks. */
export function readProtocols(type: object): readonly string[] {
  const names: string[] | undefined = Reflect.getMetadata(PROTOCOL_METADATA, type);
  return names ?? [];
}

/** Those a method is for; none means all. */
export function readMethodProtocols(type: MethodHost, name: string): readonly string[] {
  const method = decorated(PROTOCOL_METADATA, type, name);
  return method === undefined ? [] : Reflect.getOwnMetadata(PROTOCOL_METADATA, method);
}
