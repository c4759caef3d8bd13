import { IntrinsicException } from '@nestjs/common';

/**
 * An option, decorator or combination of gateways is wrong. Thrown while the application starts,
 * never later; the message names what to change, its value and what is allowed.
 */
export class WsConfigurationError extends IntrinsicException {
  readonly code = 'WS_ERR_CONFIGURATION';

  override get name(): string {
    return 'WsConfigurationError';
  }
}
