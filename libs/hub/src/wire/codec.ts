import { EncodeError } from './encode-error.js';
import type { Envelope } from './envelope.js';

/**
 * Turns envelopes into messages and back. One instance serves all connections, so it holds no
 * state. A broadcast encodes once per codec instance: share the instance to share the bytes.
 */
export interface Codec {
  /** The subprotocol or the common name, such as `json`. */
  readonly name: string;
  /**
   * Whether envelopes travel as binary messages. They are then decoded; with a codec of text, binary
   * messages are the application's own and go to `onBinary`. Default false.
   */
  readonly binary?: boolean;
  /** A string travels as a text message, bytes as a binary one. May throw; see `encodeEnvelope`. */
  encode(envelope: Envelope): string | Uint8Array;
  /**
   * `payload` is a string for a text message and bytes for a binary one.
   * @throws {WireError} when it is not an envelope; the client is told its code, and `BAD_ENVELOPE` for
   *   any other error
   */
  decode(payload: string | Uint8Array): Envelope;
  /**
   * Puts `at` or `mail` into an encoded envelope that has neither, without decoding it: a history keeps
   * messages encoded, and their place is known later. Default: decode and encode.
   * @returns a new message of the same kind, as bytes
   */
  place?(encoded: Uint8Array, place: Pick<Envelope, 'at' | 'mail'>): Uint8Array;
  /**
   * For clients, such as that of the tests: reads what `encode` has made, with the fields that only a server
   * sends, `complete`, `at` and `mail`. Default `decode`, which need not keep them.
   */
  decodeFrame?(payload: string | Uint8Array): Envelope;
}

/** Codecs that write envelopes just as docs/wire.md says: those made here, which an application may have given options. */
export const wireCodecs = new WeakSet<Codec>();

/** @throws {EncodeError} whatever the codec threw, so that callers have one class to expect. */
export function encodeEnvelope(codec: Codec, envelope: Envelope): string | Uint8Array {
  try {
    return codec.encode(envelope);
  } catch (error) {
    throw new EncodeError(envelope.event, error);
  }
}
