import { CloseCode, LimitError } from '#engine';
import { isThenable } from '../is-thenable.js';

export interface ConnectGateEvents {
  /** One `handleConnection` has ended, or the time for it has. */
  settled(): void;
  /** One has failed; called before `settled`. */
  failed(error: unknown): void;
}

/** Keeps the messages of one client back while a `handleConnection` for it is at work. */
export class ConnectGate {
  /** The gateways that are, each with what ends the wait. */
  private readonly pending = new Map<object, NodeJS.Timeout | undefined>();

  /** @param timeout milliseconds for each; 0 = no limit */
  constructor(
    private readonly timeout: number,
    private readonly events: ConnectGateEvents,
  ) {}

  get open(): boolean {
    return this.pending.size === 0;
  }

  /** Whether this gateway's hook is running: it may call that of its base class. */
  isConnecting(gateway: object): boolean {
    return this.pending.has(gateway);
  }

  run(gateway: object, hook: () => unknown): void {
    this.pending.set(gateway, undefined);
    let result: unknown;
    try {
      result = hook();
    } catch (error) {
      this.fail(gateway, error);
      return;
    }
    if (!isThenable(result)) {
      this.settle(gateway);
      return;
    }
    if (this.timeout > 0) {
      const timer = setTimeout(() => this.fail(gateway, connectTimedOut()), this.timeout);
      this.pending.set(gateway, timer);
    }
    result.then(
      () => this.settle(gateway),
      (error: unknown) => this.fail(gateway, error),
    );
  }

  /** The client has gone: nobody is waiting any more, and what the hook does still counts. */
  stop(): void {
    for (const timer of this.pending.values()) clearTimeout(timer);
  }

  private fail(gateway: object, error: unknown): void {
    if (!this.pending.has(gateway)) return;
    this.events.failed(error);
    this.settle(gateway);
  }

  private settle(gateway: object): void {
    if (!this.pending.has(gateway)) return;
    clearTimeout(this.pending.get(gateway));
    this.pending.delete(gateway);
    this.events.settled();
  }
}

function connectTimedOut(): LimitError {
  return new LimitError(
    'Cannot connect: handleConnection has not finished in time',
    'WS_ERR_CONNECT_TIMEOUT',
    CloseCode.TryAgainLater,
  );
}
