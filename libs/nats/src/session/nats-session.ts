import { setImmediate as nextTurn } from 'node:timers/promises';
import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import {
  BrokerUnavailable,
  messageTooLong,
  type BrokerHost,
  type BrokerSession,
  type Logged,
  type LogLimit,
  type Outgoing,
} from '#hub';
import type { Subjects } from '../names/subjects.js';
import { AckPublisher, StreamRefused } from './ack-publisher.js';
import { readStreamLog } from './log-reader.js';
import type { Streams } from './session-streams.js';
import { isRefusal, unavailable } from './unavailable.js';
import type { NatsParts } from './nats-parts.js';

/** Milliseconds a server has to answer anything. */
const TIMEOUT = 2_000;
/** Bytes of a message that headers of ours may take. */
export const HEADER_BYTES = 1_024;

interface SessionParts {
  readonly nats: NatsParts;
  readonly connection: NatsConnection;
  readonly subjects: Subjects;
  readonly host: BrokerHost;
  /** Undefined where JetStream is not used. */
  readonly streams: Streams | undefined;
  /** Of the subjects on which answers come; undefined for the package's own. */
  readonly inboxPrefix: string | undefined;
}

/** A message to itself that has not come back. */
interface Probe {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** One connection to NATS. It does not reconnect: when it ends, it has ended. */
export class NatsSession implements BrokerSession {
  readonly generation: string;
  readonly maxMessage: number;
  readonly acks: AckPublisher;
  readonly streams: Streams | undefined;
  readonly nats: NatsParts;
  readonly #parts: SessionParts;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #probes: Probe[] = [];
  #ended: Error | undefined;

  constructor(parts: SessionParts) {
    const { connection, nats, host, subjects, streams, inboxPrefix } = parts;
    this.#parts = parts;
    this.nats = nats;
    this.streams = streams;
    this.generation = connection.info?.server_id ?? '';
    this.maxMessage = (connection.info?.max_payload ?? 0) - HEADER_BYTES;
    this.acks = new AckPublisher(connection, nats.transport.createInbox(inboxPrefix), (error) =>
      this.#fail(error),
    );
    connection.subscribe(subjects.probe(host.node), {
      callback: (error) => (error === null ? this.#probes.shift()?.resolve() : this.#fail(error)),
    });
    void this.#hearRefusals();
    void connection.closed().then((error) => this.#closed(error ?? undefined));
  }

  /** Whether nothing goes out any more. */
  get ended(): boolean {
    return this.#ended !== undefined;
  }

  async send(batch: readonly Outgoing[], log: boolean): Promise<void> {
    for (const { message } of batch) {
      if (message.length > this.maxMessage) {
        throw messageTooLong(message.length, this.maxMessage);
      }
    }
    this.#check();
    if (log && this.streams !== undefined) return this.#sendLogged(batch);
    const { connection, subjects, host } = this.#parts;
    for (const { channel, message } of batch) {
      connection.publish(subjects.message(host.node, channel, false), message);
    }
    await this.flush();
  }

  async subscribe(channels: readonly string[]): Promise<void> {
    this.#check();
    const { connection, subjects, host } = this.#parts;
    for (const channel of channels) {
      if (this.#subscriptions.has(channel)) continue;
      const subscription = connection.subscribe(subjects.channel(channel), {
        callback: (error, { data }) => {
          if (error === null) host.received(channel, data);
          else this.#fail(error);
        },
      });
      this.#subscriptions.set(channel, subscription);
    }
    await this.flush();
  }

  async unsubscribe(channels: readonly string[]): Promise<void> {
    this.#check();
    for (const channel of channels) {
      this.#subscriptions.get(channel)?.unsubscribe();
      this.#subscriptions.delete(channel);
    }
    await this.flush();
  }

  async *readLog(node: string, after: number, limit: LogLimit): AsyncGenerator<Logged> {
    this.#check();
    if (this.streams === undefined) return;
    yield* readStreamLog(this.streams, this.#parts.subjects, node, after, limit);
  }

  /** Only what is published and comes back says that the server is alive and lets us write. */
  async probe(): Promise<void> {
    this.#check();
    const { connection, subjects, host } = this.#parts;
    const echo = new Promise<void>((resolve, reject) => {
      this.#probes.push({ resolve, reject });
    });
    connection.publish(subjects.probe(host.node));
    await within(echo);
  }

  destroy(): void {
    if (this.#ended !== undefined) return;
    this.#end(new BrokerUnavailable('The session was destroyed'));
    void this.#parts.connection.close().catch(() => undefined);
  }

  /** Hears a subject until it is unsubscribed; live when this settles. */
  async listen(
    subject: string,
    callback: Parameters<NatsConnection['subscribe']>[1],
  ): Promise<Subscription> {
    this.#check();
    const subscription = this.#parts.connection.subscribe(subject, callback);
    await this.flush();
    if (subscription.isClosed())
      throw unavailable((await subscription.closed) ?? new Error(`${subject} is not heard`));
    return subscription;
  }

  /** Settles when the server has everything that was sent. */
  async flush(): Promise<void> {
    this.#check();
    await within(
      this.#parts.connection.flush().catch((error: unknown) => {
        throw unavailable(error);
      }),
    );
    // What the server has refused before, it has said by now, and of that `#hearRefusals` hears in this turn.
    await nextTurn();
    this.#check();
  }

  async #sendLogged(batch: readonly Outgoing[]): Promise<void> {
    const { subjects, host, nats } = this.#parts;
    let refused: StreamRefused | undefined;
    let unlogged = 0;
    await Promise.all(
      batch.map(async ({ channel, message, seq, copy }) => {
        const headers = nats.transport.headers();
        headers.set('Nats-Msg-Id', `${host.node}:${seq}:${copy}`);
        try {
          await this.acks.publish(subjects.message(host.node, channel, true), message, headers);
        } catch (error) {
          // It went to everybody who listens, and is missing only for repair.
          if (!(error instanceof StreamRefused)) throw error;
          refused ??= error;
          unlogged++;
        }
      }),
    );
    if (refused !== undefined) host.unlogged?.(unlogged, refused);
  }

  #check(): void {
    if (this.#ended !== undefined) throw this.#ended;
  }

  /** Nothing is said of a message that its user may not publish but this: it would be lost in silence. */
  async #hearRefusals(): Promise<void> {
    const { connection, subjects } = this.#parts;
    for await (const status of connection.status()) {
      if (status.type !== 'error' || !isRefusal(status.error)) continue;
      const { operation, subject } = status.error;
      if (operation !== 'publish' || !subjects.has(subject)) continue;
      if (!this.acks.refuse(subject, unavailable(status.error))) this.#fail(status.error);
    }
  }

  /** The server does not let it do what every session does. */
  #fail(reason: Error): void {
    this.#closed(reason);
    void this.#parts.connection.close().catch(() => undefined);
  }

  #closed(error: Error | undefined): void {
    if (this.#ended !== undefined) return;
    const failure = unavailable(error ?? new Error('The connection was closed'));
    this.#end(failure);
    this.#parts.host.closed(failure);
  }

  #end(error: Error): void {
    this.#ended = error;
    this.acks.end(error);
    for (const { reject } of this.#probes.splice(0)) reject(error);
  }
}

/** @throws {BrokerUnavailable} as a rejection, when it takes over 2 seconds */
function within<Value>(promise: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new BrokerUnavailable(`The NATS server has not answered within ${TIMEOUT} ms`));
    }, TIMEOUT).unref();
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
