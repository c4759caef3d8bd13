import { EventEmitter } from 'node:events';
import type { ConnectionEvents, ConnectionState } from './connection-events.js';

/** What a log shows of a connection; neither the peer's address nor what was in its request. */
interface ConnectionSummary {
  readonly state: ConnectionState;
  readonly protocol: string;
  readonly bufferedAmount: number;
}

/** Loggers write connections as JSON, and everything below one of the engine stands in a circle. */
export abstract class LoggedConnection extends EventEmitter<ConnectionEvents> {
  abstract readonly state: ConnectionState;
  abstract readonly protocol: string | null | undefined;
  abstract readonly bufferedAmount: number;

  toJSON(): ConnectionSummary {
    const { state, protocol, bufferedAmount } = this;
    return { state, protocol: protocol ?? '', bufferedAmount };
  }
}
