import { PreparedMessage } from '#engine';
import { encodeEnvelope, type Codec } from '../wire/codec.js';
import type { EncodedPart } from '../wire/encoded/encoded-part.js';
import type { Envelope } from '../wire/envelope.js';

/** RFC 6455 5.6: the opcode of a text message. */
const TEXT = 0x1;

/** Something to hand to many connections, in the bytes each of them understands. */
export interface BroadcastMessage {
  /** @throws {EncodeError} for data the codec cannot carry. */
  for(codec: Codec): PreparedMessage;
  /**
   * Itself as it goes to other nodes: with each codec that can carry it. The bytes do not change.
   * @throws {EncodeError} when none of them can
   */
  parts(codecs: Iterable<Codec>): readonly EncodedPart[];
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

  parts(codecs: Iterable<Codec>): readonly EncodedPart[] {
    const parts: EncodedPart[] = [];
    let failure: unknown;
    for (const codec of codecs) {
      try {
        parts.push(partOf(codec.name, this.for(codec)));
      } catch (error) {
        failure = error;
      }
    }
    if (parts.length === 0 && failure !== undefined) throw failure;
    return parts;
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

  parts(): readonly EncodedPart[] {
    return [partOf('', this.#message)];
  }
}

function partOf(codec: string, { opcode, payload }: PreparedMessage): EncodedPart {
  return { codec, text: opcode === TEXT, bytes: payload };
}

function prepare(data: string | Uint8Array, compress: boolean): PreparedMessage {
  const message =
    typeof data === 'string' ? PreparedMessage.text(data) : PreparedMessage.binary(data);
  message.compress = compress;
  return message;
}
