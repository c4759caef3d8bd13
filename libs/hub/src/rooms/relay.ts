import type { SendOptions } from '../connection/send-options.js';
import type { RequestOptions } from '../connection/request/request-options.js';
import type { TraceContext } from '../support/trace-context.js';
import type { Address } from './address.js';
import type { BroadcastMessage } from './broadcast-message.js';
import type { RequestResult } from './broadcast-request.js';

/** Takes broadcasts to the other nodes, after they have been delivered here. */
export interface Relay {
  /** Never throws and never waits. */
  forward(
    address: Address,
    message: BroadcastMessage,
    event: string,
    options: SendOptions | undefined,
    trace?: TraceContext,
  ): void;
  /**
   * Asks the receivers on the other nodes; see `Broadcast.request`. Rejects only with the reason of the
   * signal.
   */
  request(
    address: Address,
    event: string,
    data: unknown,
    options: RequestOptions,
  ): Promise<RequestResult>;
  /** Settles when messages of other nodes for a room are received here. */
  settled(room: string): Promise<void>;
}
