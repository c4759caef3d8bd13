import { UsageError } from '#engine';
import type { Outgoing } from '#hub';
import { isUseless } from '../client/reply-error.js';
import type { RedisConnection, Word } from '../client/redis-connection.js';
import type { Names } from '../names/names.js';
import type { OwnLog } from './own-log.js';

/** Milliseconds a log is kept after its last entry. */
const LOG_TIME = 120_000;
/** Milliseconds between two times that is said to the server. */
const RENEW_INTERVAL = 5_000;

/** Publishes of one node. */
export class Publisher {
  readonly #names: Names;
  readonly #key: string;
  readonly #log: OwnLog;
  #renewedAt = -Infinity;

  constructor(names: Names, node: string, log: OwnLog) {
    this.#names = names;
    this.#key = names.log(node);
    this.#log = log;
  }

  /**
   * @returns errors with which messages were published, but not kept
   * @throws as a rejection, when the server refused or should not be used any longer
   */
  async publish(
    connection: RedisConnection,
    batch: readonly Outgoing[],
    log: boolean,
  ): Promise<Error[]> {
    const unlogged: Error[] = [];
    const answers: Promise<unknown>[] = [];
    let logged = false;
    for (const outgoing of batch) {
      if (log && outgoing.seq > 0) {
        logged = true;
        answers.push(
          connection.command(this.#append(outgoing)).catch((error: unknown) => {
            if (isThere(error)) return;
            if (isUseless(error)) throw error;
            unlogged.push(error instanceof Error ? error : new UsageError(String(error)));
          }),
        );
      }
      answers.push(
        connection.command([
          'PUBLISH',
          this.#names.channel(outgoing.channel),
          asBuffer(outgoing.message),
        ]),
      );
    }
    if (logged) this.#renew(connection);
    await Promise.all(answers);
    return unlogged;
  }

  #append({ channel, message, seq, copy }: Outgoing): Word[] {
    const oldest = this.#log.add(seq, message.length);
    return [
      'XADD',
      this.#key,
      'MINID',
      '~',
      String(oldest),
      `${seq}-${copy}`,
      'c',
      this.#names.part(channel),
      'm',
      asBuffer(message),
    ];
  }

  #renew(connection: RedisConnection): void {
    const now = performance.now();
    if (now - this.#renewedAt < RENEW_INTERVAL) return;
    this.#renewedAt = now;
    // Whatever is wrong with it, XADD has the same.
    connection.command(['PEXPIRE', this.#key, String(LOG_TIME)]).catch(() => {});
  }
}

/** Bytes as the clients take them, without a copy. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** "The ID specified in XADD is equal or smaller than the target stream top item": it was sent before. */
function isThere(error: unknown): boolean {
  return error instanceof Error && error.message.includes('equal or smaller');
}
