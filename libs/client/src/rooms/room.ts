import type { Contract, EventData, EventName, PresenceOf } from '#contract';
import type { EventInfo } from '../messages/event-info.js';
import type { ClientError } from '../support/client-error.js';
import type { Off } from '../support/off.js';
import type { Position } from '../wire/frame.js';

/** How a room was entered. */
export interface Joined extends Position {
  /** Left out for a client that was new there; false: some messages are lost. */
  readonly recovered?: boolean | undefined;
  /** Messages of the past that came with it. */
  readonly count: number;
}

/** How a room was entered again: after a reconnect, or because messages were missing. */
export interface Recovered {
  /** True: what follows is all that was missed, nothing twice. False: drop what you have of the room. */
  readonly recovered: boolean;
  /** Messages of the past that follow. */
  readonly count: number;
}

/** A room of a client. There is one of each name. */
export interface Room<C extends Contract> {
  readonly name: string;
  /** The place of the last message that was handed out; undefined before the first, and after `leave`. */
  readonly position: Position | undefined;
  /** Only in types: what is said of people there. */
  readonly presenceOf?: PresenceOf<C>;
  /**
   * Enters, and stays until `leave`: after each reconnect it is entered again where it was left.
   * @throws {ClientError} what the server refuses it with; ABORTED; what ends the client
   */
  join(options?: { readonly signal?: AbortSignal | undefined }): Promise<Joined>;
  /** Leaves, and forgets the position. Resolves when the server has done it, or there is no connection. */
  leave(): Promise<void>;
  /** Messages of the room's history, each once and in order. What has no place is heard by `client.on`. */
  on<N extends EventName<C>>(
    event: N,
    listener: (data: EventData<C, N>, info: EventInfo) => void,
  ): Off;
  /** Told before the messages that follow. */
  onRecovered(listener: (how: Recovered) => void): Off;
  /**
   * Told when the server does not let us in, at a `join` or after a reconnect: then nobody is there, and the
   * position is forgotten. What nobody hears of goes to `onError`.
   */
  onRefused(listener: (error: ClientError) => void): Off;
}
