import { CloseCode, isSendableCloseCode, UsageError } from '#engine';
import { ConnectionRegistry } from './connection/connection-registry.js';
import type { ErrorContext, ErrorReporter } from './dispatch/gateway-hooks.js';
import type { EndpointHost, GatewayConfig } from './gateway-endpoint.js';
import { GatewayEndpoint } from './gateway-endpoint.js';
import { Rooms } from './rooms/rooms.js';
import { MAX_REASON_BYTES } from './wire/close-codes.js';

/** Milliseconds `close` waits before it terminates: twice what a closing handshake may take. */
export const DEFAULT_CLOSE_DEADLINE = 10_000;
/** Milliseconds terminated sockets get to report that they are gone. */
const TERMINATE_GRACE = 1_000;

export interface HubOptions {
  /** Rooms one connection may be in at a time; default 1,000. */
  maxRoomsPerConnection?: number;
  /**
   * Told of every error nobody expected and of every transport error; what it throws is ignored.
   * Default: unexpected errors become process warnings.
   */
  onError?: ErrorReporter;
}

export interface HubCloseOptions {
  /** 1001 (default) for going away, 1012 for a restart the clients may come back from. */
  code?: number;
  /** At most 123 bytes of UTF-8; default ''. */
  reason?: string;
  /** Milliseconds to wait for closing handshakes and disconnect hooks; default 10,000. */
  deadline?: number;
}

/** All connections of a process, whatever path they came in by, and what they share. */
export class Hub {
  readonly registry = new ConnectionRegistry();
  readonly rooms: Rooms;
  readonly #host: EndpointHost;
  readonly #onError: ErrorReporter;
  /** Connections accepted whose disconnect hook has not settled. */
  #unfinished = 0;
  #closing: Promise<void> | undefined;
  #emptied: (() => void) | undefined;

  constructor(options: HubOptions = {}) {
    this.rooms = new Rooms(this.registry, options);
    this.#onError = options.onError ?? warn;
    const closing = (): boolean => this.#closing !== undefined;
    this.#host = {
      registry: this.registry,
      rooms: this.rooms,
      report: (error, context) => this.#report(error, context),
      get closing(): boolean {
        return closing();
      },
      started: () => void this.#unfinished++,
      finished: () => {
        this.#unfinished--;
        if (this.#unfinished === 0) this.#emptied?.();
      },
    };
  }

  /** Whether `close` has been called: endpoints accept nobody any more. */
  get closing(): boolean {
    return this.#closing !== undefined;
  }

  /** @throws {UsageError} for a limit that is not a positive integer. */
  endpoint(config: GatewayConfig): GatewayEndpoint {
    return new GatewayEndpoint(this.#host, config);
  }

  /**
   * Refuses new connections, closes all there are and waits until they have closed and their
   * disconnect hooks have settled. At the deadline the rest are terminated. Never rejects once it
   * has begun; a second call waits for the first.
   * @throws {UsageError} for a code that may not be sent or a reason that is too long.
   */
  close(options: HubCloseOptions = {}): Promise<void> {
    const { code = CloseCode.GoingAway, reason = '', deadline = DEFAULT_CLOSE_DEADLINE } = options;
    if (!isSendableCloseCode(code)) {
      throw new UsageError(`Cannot close hub: the code may not be sent, current value is ${code}`);
    }
    if (Buffer.byteLength(reason) > MAX_REASON_BYTES) {
      throw new UsageError(
        `Cannot close hub: a reason of at most ${MAX_REASON_BYTES} bytes is expected, current value has ${Buffer.byteLength(reason)}`,
      );
    }
    return (this.#closing ??= this.#drain(code, reason, deadline));
  }

  async #drain(code: number, reason: string, deadline: number): Promise<void> {
    // A turn later `closing` is true, so that nobody slips in behind the loop.
    await Promise.resolve();
    for (const connection of this.registry) {
      try {
        connection.close(code, reason);
      } catch (error) {
        this.#report(error, { phase: 'transport', connection });
        connection.terminate();
      }
    }
    if (await this.#empty(deadline)) return;
    for (const connection of this.registry) connection.terminate();
    await this.#empty(TERMINATE_GRACE);
  }

  /** @returns whether everything was over within `timeout` milliseconds. */
  #empty(timeout: number): Promise<boolean> {
    if (this.#unfinished === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), timeout);
      this.#emptied = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  #report(error: unknown, context: ErrorContext): void {
    try {
      this.#onError(error, context);
    } catch {
      // The reporter is the last to be told; there is nobody behind it.
    }
  }
}

function warn(error: unknown, { phase, event }: ErrorContext): void {
  // What a peer does to its transport is no news about this server.
  if (phase === 'transport') return;
  const where = event === undefined ? phase : `${phase} "${event}"`;
  const detail = error instanceof Error ? error.stack : String(error);
  process.emitWarning(`Cannot finish ${where}: an error was not handled`, {
    code: 'NESTWIRE_UNHANDLED',
    ...(detail !== undefined && { detail }),
  });
}
