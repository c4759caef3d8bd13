import type { Logger } from '@nestjs/common';
import type { MethodHost } from '../declaration/overridden-method.js';
import type { ProviderWrapper } from '../declaration/gateway-definition.js';
import { isOwnGateway } from '../declaration/ws-gateway.decorator.js';
import { CONTROLLER } from '../support/nest-metadata.js';
import { WsConfigurationError } from '../support/ws-configuration-error.js';

/**
 * Finds a `@WsGateway` among the controllers of a module, where Nest makes an instance that nobody serves.
 * @param isProvided whether the class is a provider as well
 * @throws {WsConfigurationError} when it is not, for nothing would be served at all
 */
export function findAmongControllers(
  type: MethodHost,
  isProvided: boolean,
  logger: Pick<Logger, 'warn'>,
): void {
  if (!isOwnGateway(type)) return;
  if (!isProvided) {
    throw new WsConfigurationError(
      `Cannot map gateway ${type.name}: expected it among the providers of a module, current value is among the controllers`,
    );
  }
  logger.warn(
    `Cannot map ${type.name} as one: it is a provider and a controller, expected two classes, current value is an instance for each`,
  );
}

/** Finds the routes of a gateway that is a `@Controller`, too, and only a provider: Nest does not serve them. */
export function findLostRoutes(type: MethodHost, logger: Pick<Logger, 'warn'>): void {
  if (!Reflect.hasOwnMetadata(CONTROLLER, type)) return;
  logger.warn(
    `Cannot map the routes of ${type.name}: @Controller has no effect on a provider, expected two classes, current value is one with @WsGateway`,
  );
}

/** Finds a provider that stands for a gateway and is none: a stand-in of a test, or a factory gone wrong. */
export function findStandIn(
  { token }: ProviderWrapper,
  type: MethodHost | undefined,
  logger: Pick<Logger, 'warn'>,
): void {
  if (typeof token !== 'function' || !isOwnGateway(token) || type === token) return;
  if (type !== undefined && type.prototype instanceof token) return;
  logger.warn(
    `Cannot serve gateway ${token.name}: expected its provider to give an instance of it, current value is ${type?.name ?? 'without a class'}`,
  );
}
