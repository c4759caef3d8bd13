import { SendResult, type PreparedMessage } from '#engine';
import type {
  AnyContract,
  Contract,
  EventGiven,
  EventName,
  QuestionAnswer,
  QuestionGiven,
  QuestionName,
} from '#contract';
import { requestAll, together, type RequestResult } from './broadcast-request.js';
import type { RequestOptions } from '../connection/request/request-options.js';
import type { SomeConnection } from '../connection/plain-connection.js';
import { beginDelivery, type Arrived } from '../diagnostics/broadcast-delivery.js';
import type { Codec } from '../wire/codec.js';
import { isExcepted, resolveAddress, type Address, type Audience } from './address.js';
import { EventMessage, RawMessage, type BroadcastMessage } from './broadcast-message.js';
import { dropRule, type SendOptions } from '../connection/send-options.js';
import type { Relay } from './relay.js';
import { kCore } from '../connection/connection-core.js';
import { kDeliver, kEnd, kExceptAll } from '../support/own-names.js';

/** What became of a broadcast, counted in receivers of this node. */
export interface BroadcastResult {
  /** Handed to the operating system. */
  sent: number;
  /** Waiting for receivers that read slowly. */
  queued: number;
  /** Dropped by the policy of a receiver's queue. */
  dropped: number;
  /** Not sent: the receiver is closing. */
  closed: number;
}

/**
 * A broadcast being addressed. Every call returns a new one, so that a part of an address can be
 * kept and used again.
 *
 * @typeParam C what the receivers' path speaks; default: anything
 * @example rooms.to('lobby').to(['a', 'b']).except(connection).send('said', { text: 'hi' });
 */
export class Broadcast<C extends Contract = AnyContract> {
  readonly #audience: Audience;
  readonly #address: Address;
  readonly #relay: Relay | undefined;

  /** @param relay takes it to the other nodes; default: it stays on this one */
  constructor(audience: Audience, address: Address, relay?: Relay) {
    this.#audience = audience;
    this.#address = address;
    this.#relay = relay;
  }

  /** The same for the connections of this node alone. */
  get local(): Broadcast<C> {
    return new Broadcast(this.#audience, this.#address);
  }

  /** Adds a room or several; a receiver in more than one of them still receives once. */
  to(rooms: string | readonly string[]): Broadcast<C> {
    return this.#with({ rooms: this.#address.rooms.concat(rooms) });
  }

  /** Adds the connections of a user. */
  toUser(userId: string): Broadcast<C> {
    return this.#with({ users: this.#address.users.concat(userId) });
  }

  /** Leaves out connections, usually the one that caused the broadcast, or the members of rooms. */
  except(...without: readonly (SomeConnection | string)[]): Broadcast<C> {
    return this[kExceptAll](without);
  }

  /** @internal As `except`, for any number. */
  [kExceptAll](without: Iterable<SomeConnection | string>): Broadcast<C> {
    const exceptRooms = [...this.#address.exceptRooms];
    const exceptIds = new Set(this.#address.exceptIds);
    for (const one of without) {
      if (typeof one === 'string') exceptRooms.push(one);
      else exceptIds.add(one.id);
    }
    return this.#with({ exceptRooms, exceptIds });
  }

  /**
   * Encodes once per codec, compresses and frames once and hands the same bytes to each receiver.
   * Waits for nobody: a receiver that reads slowly queues, and `options.policy` says what happens at
   * its limit.
   * @throws {EncodeError} for data a codec cannot carry; who has another codec has got it all the same.
   */
  send<N extends EventName<C>>(event: N, ...given: EventGiven<C, N, SendOptions>): BroadcastResult;
  send(event: string, data?: unknown, options?: SendOptions): BroadcastResult {
    const message = new EventMessage({ event, data }, options?.compress);
    return this[kDeliver](message, event, options);
  }

  /** Sends past the codecs: a string as a text message, bytes as a binary one. */
  sendRaw(data: string | Uint8Array, options?: SendOptions): BroadcastResult {
    return this[kDeliver](new RawMessage(data, options?.compress), '', options);
  }

  /**
   * @internal Hands over what was encoded before, and may be sent again.
   * @param arrived of a message from another node
   */
  [kDeliver](
    message: BroadcastMessage,
    event: string,
    options?: SendOptions,
    arrived?: Arrived,
  ): BroadcastResult {
    const delivery = beginDelivery(this.#audience.scope, this.#address, event, arrived);
    const result: BroadcastResult = { sent: 0, queued: 0, dropped: 0, closed: 0 };
    const rule = dropRule(event, options);
    // A codec that cannot carry it must not keep it from those who have another one.
    let mute: Codec | undefined;
    let failure: unknown;
    for (const connection of resolveAddress(this.#address, this.#audience)) {
      const { codec } = connection[kCore];
      if (codec === mute || isExcepted(this.#address, connection, this.#audience)) continue;
      let prepared: PreparedMessage;
      try {
        prepared = message.for(codec);
      } catch (error) {
        mute = codec;
        failure = error;
        continue;
      }
      count(result, connection[kCore].sendPrepared(prepared, event, rule));
    }
    this.#relay?.forward(this.#address, message, event, options, delivery?.trace);
    delivery?.[kEnd](result);
    if (mute !== undefined) throw failure;
    return result;
  }

  /**
   * Sends an event that every receiver answers, as `Connection.request` does, and collects the
   * answers until all are there or the time is up (default 10,000 ms). It rejects for no client's
   * sake: who did not answer is in the result, with the reason.
   * @throws {EncodeError} as a rejection, for data a codec cannot carry.
   */
  request<N extends QuestionName<C>>(
    event: N,
    ...given: QuestionGiven<C, N, RequestOptions>
  ): Promise<RequestResult<QuestionAnswer<C, N>>>;
  request(event: string, data?: unknown, options: RequestOptions = {}): Promise<RequestResult> {
    const beyond = this.#relay?.request(this.#address, event, data, options);
    const receivers = [...resolveAddress(this.#address, this.#audience)].filter(
      (connection) => !isExcepted(this.#address, connection, this.#audience),
    );
    const here = requestAll(receivers, event, data, options);
    return beyond === undefined ? here : together(here, beyond);
  }

  #with(change: Partial<Address>): Broadcast<C> {
    return new Broadcast(this.#audience, { ...this.#address, ...change }, this.#relay);
  }
}

function count(result: BroadcastResult, outcome: SendResult): void {
  switch (outcome) {
    case SendResult.Sent:
      result.sent++;
      break;
    case SendResult.Queued:
      result.queued++;
      break;
    case SendResult.Dropped:
      result.dropped++;
      break;
    case SendResult.Closed:
      result.closed++;
      break;
  }
}
