import type { Logger } from '@nestjs/common';
import { GUARDED_HANDSHAKE } from '../declaration/metadata.js';
import { ourDecorators, type MethodHost } from '../declaration/overridden-method.js';
import { SUBSCRIBE_MESSAGE } from '../support/nest-metadata.js';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import { isStandardGateway } from './standard-gateways.js';

/** What the interfaces of `@nestjs/websockets` are called, and what is meant by them here. */
const STANDARD_HOOKS: readonly (readonly [name: string, instead: string, isCheck: boolean])[] = [
  ['handleConnection', '@VerifyClient or @OnConnect', true],
  ['handleDisconnect', '@OnDisconnect', false],
  ['afterInit', 'onModuleInit', false],
];

/**
 * Finds methods of a `@WsGateway` that were written for `@nestjs/websockets`, which nobody calls here. What
 * usually checks who comes in, and handlers, are an error, for a check may have been lost; hooks that only
 * look on are a warning, for an application may call its own methods so.
 *
 * @throws {WsConfigurationError}
 */
export function findForeignMethods(
  type: MethodHost,
  methodNames: readonly string[],
  logger: Pick<Logger, 'warn'>,
): void {
  // Both kinds in one class: the adapter calls them.
  if (isStandardGateway(type)) return;
  for (const name of methodNames) {
    if (ourDecorators(type, name).length > 0) continue;
    const method: unknown = Reflect.get(type.prototype, name);
    if (typeof method === 'function' && Reflect.hasMetadata(SUBSCRIBE_MESSAGE, method)) {
      throw ignored(type, name, '@SubscribeMessage has no effect in a @WsGateway', '@OnMessage');
    }
    const hook = STANDARD_HOOKS.find(([hookName]) => hookName === name);
    if (hook === undefined) continue;
    const [, instead, isCheck] = hook;
    const error = ignored(type, name, 'it is never called in a @WsGateway', instead);
    if (isCheck) throw error;
    logger.warn(error.message);
  }
}

/**
 * Finds decorators of ours on a class that is no `@WsGateway`. On one that Nest serves with its adapter they
 * are an error, for its clients would come in unchecked; elsewhere nothing is served at all, and the class
 * may be the base of a gateway: a warning.
 *
 * @throws {WsConfigurationError}
 */
export function findOwnMethods(
  type: MethodHost,
  methodNames: readonly string[],
  logger: Pick<Logger, 'warn'>,
): void {
  for (const name of methodNames) {
    const isGuarded = name.startsWith(GUARDED_HANDSHAKE);
    const decorators = isGuarded ? ['@VerifyClient'] : ourDecorators(type, name);
    if (decorators.length === 0) continue;
    const isStandard = isStandardGateway(type);
    const where = isStandard ? 'in a @WebSocketGateway' : 'without @WsGateway on the class';
    const error = ignored(
      type,
      isGuarded ? undefined : name,
      `${decorators.join(', ')} has no effect ${where}`,
      '@WsGateway',
    );
    if (isStandard) throw error;
    logger.warn(error.message);
  }
}

function ignored(
  type: MethodHost,
  name: string | undefined,
  why: string,
  instead: string,
): WsConfigurationError {
  const place = name === undefined ? type.name : `${type.name}.${name}`;
  return new WsConfigurationError(`Cannot map ${place}: ${why}, expected ${instead}`);
}
