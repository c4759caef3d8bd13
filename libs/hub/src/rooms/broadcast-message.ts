import { PreparedMessage } from '#engine';
import { encodeEnvelope, type Codec } from '../wire/codec.js';
import type { Envelope } from '../wire/envelope.js';

/** Something to hand to many connections, in the bytes each of them understands. */
export interface BroadcastMessage {
  /** @throws {EncodeError} for data the codec cannot carry. */
  for(codec: Codec): PreparedMessage;
}

/** One event in the bytes of each codec among the receivers; nearly always there is one. */
export class EventMessage implements BroadcastMessage {
  readonly #envelope: Envelope;
  readonly #compress: boolean;
  readonly #prepared = new Map<Codec, PreparedMessage>();

  constructor(envelope: Envelope, compress = true) {
    this.#envelope = envelope;
    this.#compress = compress;
  }

  for(codec: Codec): PreparedMessage {
    const present = this.#prepared.get(codec);
    if (present !== undefined) return present;
    const encoded = encodeEnvelope(codec, this.#envelope);
    const message = prepare(encoded, this.#compress);
    this.#prepared.set(codec, message);
    return message;
  }
}

/** A message past the codecs, the same for everyone: a string as text, bytes as binary. */
export class RawMessage implements BroadcastMessage {
  readonly #message: PreparedMessage;

  constructor(data: string | Uint8Array, compress = true) {
    this.#message = prepare(data, compress);
  }

  for(): PreparedMessage {
    return this.#message;
  }
}

function prepare(data: string | Uint8Array, compress: boolean): PreparedMessage {
  const message =
    typeof data === 'string' ? PreparedMessage.text(data) : PreparedMessage.binary(data);
  message.compress = compress;
  return message;
}
