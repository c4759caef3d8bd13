import type { Broadcaster } from '../rooms/broadcaster.js';
import { EncodedMessage } from '../rooms/encoded-message.js';
import type { KnownCodecs } from '../wire/encoded/known-codecs.js';
import type { BroadcastPayload } from './message/broadcast-payload.js';
import { kAt, kDeliver } from '../support/own-names.js';

/** Hands broadcasts of other nodes to the receivers of this one, the way its own are. */
export class LocalDelivery {
  /** Broadcasts that came without the codec of a receiver, and were encoded once more. */
  reencoded = 0;
  readonly #broadcaster: () => Broadcaster;
  readonly #codecs: KnownCodecs;
  readonly #report: (error: unknown) => void;

  constructor(
    broadcaster: () => Broadcaster,
    codecs: KnownCodecs,
    report: (error: unknown) => void,
  ) {
    this.#broadcaster = broadcaster;
    this.#codecs = codecs;
    this.#report = report;
  }

  deliver({ address, event, options, trace, parts }: BroadcastPayload): void {
    // No codec of its node could carry it.
    if (parts.length === 0) return;
    const compress = options?.compress ?? true;
    const message = new EncodedMessage(event, parts, this.#codecs, { compress });
    try {
      this.#broadcaster().local[kAt](address)[kDeliver](message, event, options, { trace });
    } catch (error) {
      this.#report(error);
    }
    this.reencoded += message.reencoded;
  }
}
