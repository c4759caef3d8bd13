import { Injectable } from '@nestjs/common';
import type { WsLiveness, WsReadiness } from './health-results.js';
import { WsHealth } from './ws-health.js';

/**
 * The same for `@nestjs/terminus` 11 and 12: what `HealthIndicatorService` would make, so that nothing of
 * terminus has to be there.
 * @example
 * \@Get('ready')
 * \@HealthCheck()
 * ready() {
 *   return this.health.check([() => this.websockets.readiness()]);
 * }
 */
@Injectable()
export class WsHealthIndicator {
  readonly #health: WsHealth;

  constructor(health: WsHealth) {
    this.#health = health;
  }

  /** @param key the name of the check in the answer; default `websockets` */
  readiness<const Key extends string = 'websockets'>(key?: Key): Record<Key, WsReadiness> {
    return named(key, this.#health.readiness());
  }

  /** @param key the name of the check in the answer; default `websockets` */
  liveness<const Key extends string = 'websockets'>(key?: Key): Record<Key, WsLiveness> {
    return named(key, this.#health.liveness());
  }
}

function named<Key extends string, Result>(
  key: Key | undefined,
  result: Result,
): Record<Key, Result> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a record of the one key
  return { [key ?? 'websockets']: result } as Record<Key, Result>;
}
