import type { WebSocketFrame } from '../frame/frame.js';
import type { Message } from './message.js';

/** `peer_requested_close`: the peer has begun to close; `ending`: this end has. */
export type ConnectionState = 'open' | 'peer_requested_close' | 'ending' | 'closed';

/** Called, or marked with `cancel = true`, to send no pong. */
export interface CancelPong {
  (): void;
  cancel?: boolean;
}

/** Events of a connection. */
export interface ConnectionEvents {
  message: [message: Message];
  /** With `assembleFragments: false`: each frame, control frames too. */
  frame: [frame: WebSocketFrame];
  /** Exactly once, last. */
  close: [reasonCode: number, description: string];
  /** The socket failed; `close` follows. Not emitted where nobody listens. */
  error: [error: Error];
  ping: [cancel: CancelPong, data: Buffer];
  pong: [data: Buffer];
  /** All that waited for the peer to read has left; follows a `send` that returned false. */
  drain: [];
  pause: [];
  resume: [];
}
