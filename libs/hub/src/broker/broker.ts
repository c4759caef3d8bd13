import type { BrokerHistory } from './broker-history.js';
import type { BrokerMailbox } from './broker-mailbox.js';

/**
 * Carries bytes between nodes. It says what it knows and promises nothing about delivery: links, gaps,
 * repair and order are the hub's.
 */
export interface Broker {
  /** For logs and errors: `redis`, `nats`, `node-cluster`, `memory`. */
  readonly name: string;
  /** Bytes of the longest message it carries; may become smaller when a session knows better. */
  readonly maxMessage: number;
  /** Histories that come with it, the same on every node. */
  readonly history?: BrokerHistory | undefined;
  /** Mail that comes with it, the same on every node. */
  readonly mailbox?: BrokerMailbox | undefined;
  /**
   * Opens one session. It never reconnects and never resends by itself: when the session ends, the
   * hub opens another.
   * @throws as a rejection, within 2 seconds, when the server cannot be reached, or is none that takes
   *   writes
   */
  open(host: BrokerHost): Promise<BrokerSession>;
  /** Lets go of what outlives its sessions, such as timers and pools of its stores. */
  close?(): Promise<void>;
}

/** One connection to the server, from `open` to its end. */
export interface BrokerSession {
  /**
   * Who the server is: another value means that what was there before may be lost (`run_id` of Redis,
   * the id of a NATS server, of a primary process).
   */
  readonly generation: string;
  /**
   * Publishes, in order. Settles when the server has all of it.
   * @param log whether each is kept for repair as well (`readLog`)
   * @throws as a rejection, when the server refused or it is not known whether it got them
   */
  send(batch: readonly Outgoing[], log: boolean): Promise<void>;
  /** Settles when messages of these channels are received from now on. */
  subscribe(channels: readonly string[]): Promise<void>;
  unsubscribe(channels: readonly string[]): Promise<void>;
  /** What a node has logged behind `after`, in order of `seq`; ends when there is no more. */
  readLog(node: string, after: number, limit: LogLimit): AsyncIterable<Logged>;
  /**
   * A write, and a message to itself that has to come back.
   * @throws as a rejection, when the server refuses writes, or the message does not come back in time
   */
  probe(): Promise<void>;
  /** Ends it at once; what is under way is rejected. `closed` of the host is not called then. */
  destroy(): void;
}

/** Whoever opened a session. */
export interface BrokerHost {
  /** Id of this node, 16 hexadecimal digits; names its log and its own channel. */
  readonly node: string;
  /** @param message lent: copied by whoever keeps it */
  received(channel: string, message: Uint8Array): void;
  /** The session has ended by itself, once. */
  closed(error: Error): void;
  /** So many messages went out, but could not be kept for repair; `error` is the first reason. */
  unlogged?(messages: number, error: Error): void;
  /** What came on this channel of the broker is none of ours, and was not looked at further. */
  ignored?(channel: string): void;
}

/** A message on its way to one channel. */
export interface Outgoing {
  readonly channel: string;
  readonly message: Uint8Array;
  /** Its number at this node, from 1; 0 for what is never logged. */
  readonly seq: number;
  /** Which copy it is, from 0, of a message that goes to several channels. */
  readonly copy: number;
}

/** A message as a log has it. */
export interface Logged {
  readonly channel: string;
  readonly message: Uint8Array;
}

/** How much of a log is read: it ends with the message that reaches one of them, at the latest. */
export interface LogLimit {
  readonly messages: number;
  readonly bytes: number;
}
