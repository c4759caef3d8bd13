import { LimitError } from '#engine';
import { AdapterCloseCauses } from './close-causes.js';
import { isThenable } from '#hub';

interface ConnectGateEvents {
  /** One `handleConnection` has ended, or the time for it has. */
  settled(): void;
  /** One has failed; called before `settled`. */
  failed(error: unknown): void;
}

/** Keeps the messages of one client back while a `handleConnection` for it is at work. */
export class ConnectGate {
  readonly #timeout: number;
  readonly #events: ConnectGateEvents;
  /** The gateways whose hook Nest has called, each with what ends the wait; null when it is over. */
  readonly #hooks = new Map<object, NodeJS.Timeout | undefined | null>();
  #pending = 0;

  /** @param timeout milliseconds for each; 0 = no limit */
  constructor(timeout: number, events: ConnectGateEvents) {
    this.#timeout = timeout;
    this.#events = events;
  }

  get open(): boolean {
    return this.#pending === 0;
  }

  /** Whether Nest has called this gateway's hook: whoever calls it again is the application. */
  wasCalled(gateway: object): boolean {
    return this.#hooks.has(gateway);
  }

  run(gateway: object, hook: () => unknown): void {
    this.#hooks.set(gateway, undefined);
    this.#pending++;
    let result: unknown;
    try {
      result = hook();
    } catch (error) {
      this.#fail(gateway, error);
      return;
    }
    if (!isThenable(result)) {
      this.#settle(gateway);
      return;
    }
    if (this.#timeout > 0) {
      const timer = setTimeout(() => this.#fail(gateway, connectTimedOut()), this.#timeout);
      this.#hooks.set(gateway, timer);
    }
    result.then(
      () => this.#settle(gateway),
      (error: unknown) => this.#fail(gateway, error),
    );
  }

  /** The client has gone: nobody is waiting any more, and what the hook does still counts. */
  stop(): void {
    for (const timer of this.#hooks.values()) clearTimeout(timer ?? undefined);
  }

  #fail(gateway: object, error: unknown): void {
    if (this.#isOver(gateway)) return;
    this.#events.failed(error);
    this.#settle(gateway);
  }

  #settle(gateway: object): void {
    if (this.#isOver(gateway)) return;
    clearTimeout(this.#hooks.get(gateway) ?? undefined);
    this.#hooks.set(gateway, null);
    this.#pending--;
    this.#events.settled();
  }

  #isOver(gateway: object): boolean {
    return this.#hooks.get(gateway) === null;
  }
}

function connectTimedOut(): LimitError {
  const { reason, code } = AdapterCloseCauses.ConnectTimeout;
  return new LimitError(reason, 'WS_ERR_CONNECT_TIMEOUT', code);
}
