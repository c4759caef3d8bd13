import type { Logger } from '@nestjs/common';
import { RATE_METADATA, BINARY_METADATA, MESSAGE_METADATA } from '../declaration/metadata.js';
import { decorated, ourDecorators, type MethodHost } from '../declaration/overridden-method.js';
import { decoratedIndexes } from '../declaration/params/param-metadata.js';
import { WsConfigurationError } from '../support/ws-configuration-error.js';

/**
 * Finds methods of a gateway that cannot work as they are written: a limit nobody asks for, and plain
 * parameters among decorated ones, which get nothing. They may be for the application's own calls, or keep
 * a place: a warning.
 *
 * @throws {WsConfigurationError}
 */
export function checkMethods(
  type: MethodHost,
  methodNames: readonly string[],
  logger: Pick<Logger, 'warn'>,
): void {
  for (const name of methodNames) {
    assertLimitCounts(type, name);
    if (ourDecorators(type, name).length > 0) checkParams(type, name, logger);
  }
}

function assertLimitCounts(type: MethodHost, name: string): void {
  if (decorated(RATE_METADATA, type, name) === undefined) return;
  if (decorated(MESSAGE_METADATA, type, name) ?? decorated(BINARY_METADATA, type, name)) return;
  throw new WsConfigurationError(
    `Cannot map ${type.name}.${name}: @RateLimit counts messages, expected @OnMessage or @OnBinary beside it, current value is ${ourDecorators(type, name).join(', ')}`,
  );
}

function checkParams(type: MethodHost, name: string, logger: Pick<Logger, 'warn'>): void {
  const given = decoratedIndexes(type, name);
  const method: unknown = Reflect.get(type.prototype, name);
  if (given.size === 0 || typeof method !== 'function') return;
  // Those with a default do not count, nor do those behind one.
  for (let index = 0; index < method.length; index++) {
    if (given.has(index)) continue;
    logger.warn(
      `Cannot fill in parameter ${index + 1} of ${type.name}.${name}: expected a decorator on all parameters or on none, current value is without one`,
    );
  }
}
