import { readFrame, type Frame } from './frame.js';

/** How frames become messages. The default is JSON; `nestwire/client/msgpack` has another. */
export interface ClientCodec {
  /** The subprotocol that says so: `nestwire.1`, `nestwire.1.msgpack`. */
  readonly protocol: string;
  /** @throws what the codec throws for data it cannot carry */
  encode(frame: Frame): string | Uint8Array<ArrayBuffer>;
  /** @returns undefined for a message that is not the codec's; it may throw as well */
  decode(message: string | ArrayBuffer): unknown;
}

/** One JSON object in a text message; binary messages are the application's own. */
export const jsonCodec: ClientCodec = {
  protocol: 'nestwire.1',
  encode: (frame) => JSON.stringify(frame),
  decode: (message) => (typeof message === 'string' ? (JSON.parse(message) as unknown) : undefined),
};

/** The frame in a message; undefined when there is none, whatever the codec says about it. */
export function decodeFrame(codec: ClientCodec, message: string | ArrayBuffer): Frame | undefined {
  try {
    return readFrame(codec.decode(message));
  } catch {
    return undefined;
  }
}
