import { decode, encode } from '@msgpack/msgpack';
import type { ClientCodec } from './wire/client-codec.js';

/**
 * MessagePack in binary messages: bytes and dates stay what they are. Needs the package
 * `@msgpack/msgpack` at both ends.
 *
 * ```ts
 * const board = connect<Board>('/board', { codec: msgpack });
 * ```
 */
export const msgpack: ClientCodec = {
  protocol: 'nestwire.1.msgpack',
  encode: (frame) => encode(frame, { ignoreUndefined: true }),
  decode: (message) => (typeof message === 'string' ? undefined : decode(message)),
};
