import { transportOf, type Connection } from '#hub';
import type { ConnectionRow, Traffic } from '../contract/inspector-contract.js';

/** Seconds of traffic that are kept of each connection. */
const SPARK = 40;

/** Counts messages; written by whoever hears of them. */
class Counted implements Traffic {
  messages = 0;
  bytes = 0;

  add(bytes: number): void {
    this.messages++;
    this.bytes += bytes;
  }
}

/** A connection while an inspector looks: counted message by message, measured once a second. */
export class SampledConnection {
  readonly id: string;
  readonly path: string;
  readonly transport: object | undefined;
  readonly received = new Counted();
  readonly sent = new Counted();
  /** In the last second, both ways. */
  messages = 0;
  bytes = 0;
  /** Bytes that have waited since the last time: what is sent in this very moment leaves with it. */
  queue = 0;
  latency = -1;
  dropped = 0;
  closed = false;
  /** What lists are sorted by: written by whoever sorts. */
  rank: number | string = 0;
  #messagesBefore = 0;
  #bytesBefore = 0;
  #queuedBefore = 0;
  readonly #spark = new Float64Array(SPARK);
  #measured = 0;

  constructor(readonly connection: Connection) {
    this.id = connection.id;
    this.path = connection.handshake.path;
    this.transport = transportOf(connection);
  }

  /** Whether it has something waiting, or has lost something. */
  get slow(): boolean {
    return this.queue > 0 || this.dropped > 0;
  }

  /** @param seconds since the last time */
  measure(seconds: number): void {
    const messages = this.received.messages + this.sent.messages;
    const bytes = this.received.bytes + this.sent.bytes;
    this.messages = Math.round((messages - this.#messagesBefore) / seconds);
    this.bytes = Math.round((bytes - this.#bytesBefore) / seconds);
    this.#messagesBefore = messages;
    this.#bytesBefore = bytes;
    this.#spark[this.#measured % SPARK] = this.bytes;
    this.#measured++;
    const { bufferedAmount } = this.connection;
    this.queue = Math.min(bufferedAmount, this.#queuedBefore);
    this.#queuedBefore = bufferedAmount;
    this.latency = this.connection.latency;
  }

  /** Whether a text in lower case is in what it says of itself. */
  contains(text: string): boolean {
    const { connection, id, path } = this;
    return (
      id.toLowerCase().includes(text) ||
      path.toLowerCase().includes(text) ||
      connection.userId?.toLowerCase().includes(text) === true ||
      connection.handshake.ip.includes(text)
    );
  }

  row(now: number): ConnectionRow {
    const { connection, id, path, latency, queue, messages, bytes, dropped } = this;
    return {
      id,
      path,
      user: connection.userId ?? null,
      ip: connection.handshake.ip,
      age: now - connection.connectedAt,
      idle: now - connection.lastActivity,
      latency: rounded(latency),
      queue,
      rooms: connection.rooms.size,
      messages,
      bytes,
      dropped,
      spark: this.#traffic(),
    };
  }

  #traffic(): number[] {
    if (this.#measured < SPARK) return [...this.#spark.subarray(0, this.#measured)];
    const at = this.#measured % SPARK;
    return [...this.#spark.subarray(at), ...this.#spark.subarray(0, at)];
  }
}

export function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
