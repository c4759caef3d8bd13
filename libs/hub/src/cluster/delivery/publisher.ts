import { LimitError } from '#engine';
import { ALL } from '../../broker/channel.js';
import type { SendOptions } from '../../connection/send-options.js';
import type { Address } from '../../rooms/address.js';
import type { BroadcastMessage } from '../../rooms/broadcast-message.js';
import type { Clock } from '../../support/clock.js';
import type { TraceContext } from '../../support/trace-context.js';
import type { Codec } from '../../wire/codec.js';
import { isBroadcast } from '../link/is-broadcast.js';
import type { OutboxEntry } from '../link/link-host.js';
import { channelsOf } from '../message/address-channels.js';
import { writeBroadcast } from '../message/broadcast-payload.js';
import { MessageFlag } from '../message/cluster-message.js';
import { MessageKind } from '../bus/message-kind.js';
import type { MessageEncoder } from '../message/message-encoder.js';
import { Sequences } from './sequences.js';
import { writeTails } from './tails.js';

/** Channels that something was dropped from and of which nobody has been told; past them all are meant. */
const MAX_UNTOLD = 10_000;
const NO_PREVS: readonly number[] = [];

/** What was dropped, and how many messages. */
interface Untold {
  readonly ends: readonly (readonly [channel: string, seq: number])[];
  readonly messages: number;
}

interface PublisherHost {
  readonly clock: Clock;
  readonly encoder: MessageEncoder;
  readonly codecs: Iterable<Codec>;
  /** Whether each broadcast is kept for repair. */
  readonly log: boolean;
  publish(entry: OutboxEntry): void;
  /** Whether a connection is one of this node: no other node needs to know that it is left out. */
  isLocal(connectionId: string): boolean;
  /** The address of a broadcast is too large to travel: only this node has it. */
  refused(channels: readonly string[], error: LimitError): void;
  report(error: unknown): void;
}

/** Sends broadcasts of this node to the others, numbered. */
export class Publisher {
  readonly #host: PublisherHost;
  readonly #sequences = new Sequences();
  /** Channels with dropped broadcasts, and the number of the last. */
  readonly #untold = new Map<string, number>();
  #untoldMessages = 0;
  /** What is on its way to tell of them. */
  readonly #telling = new WeakMap<OutboxEntry, Untold>();

  constructor(host: PublisherHost) {
    this.#host = host;
  }

  /** Number of the last broadcast. */
  get seq(): number {
    return this.#sequences.seq;
  }

  /** Never throws and never waits; see `Relay`. */
  forward(
    address: Address,
    message: BroadcastMessage,
    event: string,
    options: SendOptions | undefined,
    trace?: TraceContext,
  ): void {
    try {
      this.#forward(address, message, event, options, trace);
    } catch (error) {
      this.#host.report(error);
    }
  }

  /** Broadcasts never reached the broker: the others are told when it is there again. */
  dropped(entries: readonly OutboxEntry[]): void {
    for (const entry of entries) {
      const { outgoing } = entry;
      if (isBroadcast(entry)) {
        this.#untoldMessages++;
        for (const { channel, seq } of outgoing) this.#forgo(channel, seq);
      }
      const untold = this.#telling.get(entry);
      this.#untoldMessages += untold?.messages ?? 0;
      for (const [channel, seq] of untold?.ends ?? []) this.#forgo(channel, seq);
    }
    // The oldest make room: of those receivers learn from what comes later, if anything does.
    for (const channel of this.#untold.keys()) {
      if (this.#untold.size <= MAX_UNTOLD) break;
      this.#untold.delete(channel);
    }
  }

  /** The link is up: tells all nodes what they will never get. @returns whether there was anything */
  tellDropped(): boolean {
    if (this.#untold.size === 0) return false;
    const untold = { ends: [...this.#untold], messages: this.#untoldMessages };
    this.#untold.clear();
    this.#untoldMessages = 0;
    const entry = this.#tails(ALL, untold.ends, { dropped: true, messages: untold.messages });
    this.#telling.set(entry, untold);
    this.#host.publish(entry);
    return true;
  }

  /** Tells a node what has been sent behind a number; behind all that is on its way. */
  tell(channel: string, after: number): void {
    const ends = this.#sequences.since(after);
    this.#host.publish(this.#tails(channel, ends, { dropped: false, messages: 0 }));
  }

  #forward(
    address: Address,
    message: BroadcastMessage,
    event: string,
    options: SendOptions | undefined,
    trace: TraceContext | undefined,
  ): void {
    const channels = channelsOf(address);
    if (channels.length === 0) return;
    const parts = message.parts(this.#host.codecs);
    const { seq, prevs } = this.#sequences.next(channels);
    const copies = channels.length > 1;
    let size = 0;
    for (const { bytes } of parts) size += bytes.length;
    let encoded: Buffer;
    try {
      encoded = this.#host.encoder.encode(
        MessageKind.Broadcast,
        { seq, prev: copies ? 0 : (prevs[0] ?? 0), flags: copies ? MessageFlag.Copies : 0 },
        (writer) =>
          writeBroadcast(writer, {
            address: this.#travelling(address),
            event,
            options,
            trace,
            prevs: copies ? prevs : NO_PREVS,
            parts,
          }),
        size,
      );
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#refuse(channels, seq, error);
      return;
    }
    this.#host.publish({
      outgoing: channels.map((channel, copy) => ({ channel, message: encoded, seq, copy })),
      log: this.#host.log,
      bytes: encoded.length * channels.length,
      at: this.#host.clock.now(),
    });
  }

  #refuse(channels: readonly string[], seq: number, cause: RangeError): void {
    for (const channel of channels) this.#forgo(channel, seq);
    this.#untoldMessages++;
    const error = new LimitError(
      `Cannot send to other nodes: ${cause.message}`,
      'WS_ERR_ADDRESS_TOO_LARGE',
    );
    this.#host.refused(channels, error);
  }

  #travelling(address: Address): Address {
    const { exceptIds } = address;
    if (exceptIds.size === 0) return address;
    const remote = [...exceptIds].filter((id) => !this.#host.isLocal(id));
    return { ...address, exceptIds: new Set(remote) };
  }

  /** Nobody gets what went to a channel under this number. */
  #forgo(channel: string, seq: number): void {
    if (seq > (this.#untold.get(channel) ?? 0)) this.#untold.set(channel, seq);
  }

  #tails(
    channel: string,
    ends: Iterable<readonly [string, number]>,
    about: { readonly dropped: boolean; readonly messages: number },
  ): OutboxEntry {
    const message = this.#host.encoder.encode(
      MessageKind.Tails,
      { seq: this.seq, prev: 0, flags: 0 },
      (writer) => writeTails(writer, ends, about),
    );
    return {
      outgoing: [{ channel, message, seq: 0, copy: 0 }],
      log: false,
      bytes: message.length,
      at: this.#host.clock.now(),
    };
  }
}
