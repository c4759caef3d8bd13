import { PreparedMessage } from '#engine';
import { encodeEnvelope, type Codec } from '../wire/codec.js';
import { decodePart, type EncodedPart } from '../wire/encoded/encoded-part.js';
import type { Envelope } from '../wire/envelope.js';
import { EncodeError } from '../wire/encode-error.js';
import type { KnownCodecs } from '../wire/encoded/known-codecs.js';
import type { BroadcastMessage } from './broadcast-message.js';

/** Where a message stands in a history or a mailbox. */
type Place = Pick<Envelope, 'at' | 'mail'>;

const NOWHERE: Place = Object.freeze({});

/**
 * An event that came encoded: from another node, a history or a mailbox. Receivers get the part of their
 * codec; where there is none, another part is decoded and encoded once.
 */
export class EncodedMessage implements BroadcastMessage {
  readonly event: string;
  /** Codecs among the receivers of which there was no part. */
  reencoded = 0;
  readonly #parts: readonly EncodedPart[];
  readonly #codecs: KnownCodecs;
  readonly #place: Place;
  readonly #compress: boolean;
  readonly #prepared = new Map<string, PreparedMessage>();

  /**
   * @param parts at least one; their bytes must not change afterwards
   * @param place spliced into each part
   */
  constructor(
    event: string,
    parts: readonly EncodedPart[],
    codecs: KnownCodecs,
    { place = NOWHERE, compress = true }: { place?: Place; compress?: boolean } = {},
  ) {
    this.event = event;
    this.#parts = parts;
    this.#codecs = codecs;
    this.#place = place;
    this.#compress = compress;
  }

  for(codec: Codec): PreparedMessage {
    const present = this.#prepared.get(codec.name);
    if (present !== undefined) return present;
    const message = this.#prepare(codec);
    message.compress = this.#compress;
    this.#prepared.set(codec.name, message);
    return message;
  }

  /** As they came, without the place. */
  parts(): readonly EncodedPart[] {
    return this.#parts;
  }

  /** The data, decoded from the first part whose codec is known. */
  data(): unknown {
    return this.#decode().data;
  }

  #prepare(codec: Codec): PreparedMessage {
    const part = this.#parts.find(({ codec: name }) => name === codec.name || name === '');
    if (part === undefined) {
      this.reencoded++;
      return prepared(encodeEnvelope(codec, this.#decode()));
    }
    if (part.codec === '' || this.#place === NOWHERE) return ofBytes(part.text, part.bytes);
    const placed =
      codec.place?.(part.bytes, this.#place) ??
      encodeEnvelope(codec, { ...decodePart(codec, part), ...this.#place });
    return typeof placed === 'string' ? prepared(placed) : ofBytes(part.text, placed);
  }

  #decode(): Envelope {
    for (const part of this.#parts) {
      const codec = this.#codecs.get(part.codec);
      if (codec !== undefined) return { ...decodePart(codec, part), ...this.#place };
    }
    throw new EncodeError(this.event, new Error('No codec of this process has encoded it'));
  }
}

function prepared(encoded: string | Uint8Array): PreparedMessage {
  return typeof encoded === 'string'
    ? PreparedMessage.text(encoded)
    : PreparedMessage.binary(encoded);
}

function ofBytes(text: boolean, bytes: Uint8Array): PreparedMessage {
  return text ? PreparedMessage.textBytes(bytes) : PreparedMessage.binary(bytes);
}
