import type { SendOptions } from '../connection/send-options.js';
import type { Address } from './address.js';
import type { BroadcastMessage } from './broadcast-message.js';

/** Takes broadcasts to the other nodes, after they have been delivered here. */
export interface Relay {
  /** Never throws and never waits. */
  forward(
    address: Address,
    message: BroadcastMessage,
    event: string,
    options: SendOptions | undefined,
  ): void;
  /** Settles when messages of other nodes for a room are received here. */
  settled(room: string): Promise<void>;
}
