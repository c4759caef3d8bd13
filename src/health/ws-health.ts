import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Hub } from '#hub';
import { HEALTH, type ResolvedHealth } from './health-options.js';
import type { WsLiveness, WsReadiness } from './health-results.js';
import { LoopDelay } from './loop-delay.js';

/** Says how the WebSockets of this process are, as plain objects. Costs nothing while nobody asks, but a timer. */
@Injectable()
export class WsHealth implements OnModuleInit, OnModuleDestroy {
  readonly #hub: Hub;
  readonly #options: ResolvedHealth;
  readonly #loop: LoopDelay;

  constructor(hub: Hub, @Inject(HEALTH) options: ResolvedHealth) {
    this.#hub = hub;
    this.#options = options;
    this.#loop = new LoopDelay(options.loopWindow);
  }

  /** Whether new clients should be sent here: it does not drain, has room, and its broker when that is required. */
  readiness(): WsReadiness {
    const { closing: draining, limits, cluster } = this.#hub;
    const { open } = limits.stats;
    const limit = limits.total;
    const headroom = Math.max(0, limit - open);
    const connections = limit === 0 ? { open } : { open, limit, headroom };
    const message = this.#unready(draining, limit === 0 ? Infinity : headroom);
    return {
      status: message === undefined ? 'up' : 'down',
      ...(message !== undefined && { message }),
      draining,
      broker: cluster.state,
      connections,
    };
  }

  /**
   * Whether this process should go on. Only the event loop decides: to start it anew brings back no broker,
   * makes a full server no emptier, and a draining one lose what it still had to do.
   */
  liveness(): WsLiveness {
    const { maxLoopDelay } = this.#options;
    const loopDelay = this.#loop.last;
    if (loopDelay.mean <= maxLoopDelay) return { status: 'up', loopDelay };
    const message = `turns of the event loop take ${Math.round(loopDelay.mean)} ms on average, at most ${maxLoopDelay} are allowed`;
    return { status: 'down', message, loopDelay };
  }

  /** @internal */
  onModuleInit(): void {
    this.#loop.start();
  }

  /** @internal */
  onModuleDestroy(): void {
    this.#loop.stop();
  }

  #unready(draining: boolean, headroom: number): string | undefined {
    const { requireBroker, minHeadroom } = this.#options;
    if (draining) return 'the application closes';
    const { state } = this.#hub.cluster;
    if (requireBroker && state !== 'up' && state !== 'alone') return `the broker is ${state}`;
    if (headroom >= minHeadroom) return undefined;
    return `room for ${headroom} more connections, at least ${minHeadroom} are expected`;
  }
}
