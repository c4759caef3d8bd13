import { UsageError } from '#engine';
import type { Outgoing } from '#hub';
import { isUseless, replyCode } from '../client/reply-error.js';
import type { RedisConnection, Word } from '../client/redis-connection.js';
import type { Names } from '../names/names.js';
import type { OwnLog } from './own-log.js';

/** Milliseconds a log is kept after its last entry. */
const LOG_TIME = 120_000;
/** Milliseconds between two times that is said to the server. */
const RENEW_INTERVAL = 5_000;
/** Messages of one script: the server does nothing else meanwhile. */
const TOGETHER = 64;
/** Bytes of the longest of them: a script copies each. */
const SMALL = 8 * 1024;
/** Channels whose names at the server are kept. */
const MAX_CHANNELS = 10_000;

/**
 * Publishes channels and messages by turns. A client takes 8 to 15 us of this process for a command,
 * whatever it is; a script of many is one. It goes whole each time: a server that had lost it would get
 * the batch again, behind the next one. It has no keys, so it runs on a server of any kind.
 */
const PUBLISH_ALL =
  "for at = 1, #ARGV, 2 do redis.call('PUBLISH', ARGV[at], ARGV[at + 1]) end return #ARGV / 2";

/** Publishes of one node. */
export class Publisher {
  readonly #names: Names;
  readonly #key: string;
  readonly #log: OwnLog;
  #channels = new Map<string, string>();
  #scripts = true;
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
  ): Promise<readonly Error[]> {
    if (log) return this.#publishLogged(connection, batch);
    await Promise.all(this.#publishAll(connection, batch));
    return [];
  }

  /** In order: a script, and what is too long for one by itself. */
  #publishAll(connection: RedisConnection, batch: readonly Outgoing[]): Promise<unknown>[] {
    const answers: Promise<unknown>[] = [];
    let words: Word[] = [];
    const flush = (): void => {
      const [channel = '', message = ''] = words;
      if (words.length === 2) answers.push(connection.command(['PUBLISH', channel, message]));
      else if (words.length > 0) answers.push(this.#publishTogether(connection, words));
      words = [];
    };
    for (const { channel, message } of batch) {
      const isSmall = this.#scripts && message.length <= SMALL;
      if (!isSmall) flush();
      words.push(this.#channel(channel), asBuffer(message));
      if (!isSmall || words.length >= TOGETHER * 2) flush();
    }
    flush();
    return answers;
  }

  async #publishTogether(connection: RedisConnection, words: readonly Word[]): Promise<void> {
    try {
      await connection.command(['EVAL', PUBLISH_ALL, '0', ...words]);
    } catch (error) {
      // A user without EVAL, or a server without it: the batch comes again, and goes one by one.
      const code = replyCode(error);
      if (code === 'NOPERM' || code === 'ERR') this.#scripts = false;
      throw error;
    }
  }

  async #publishLogged(
    connection: RedisConnection,
    batch: readonly Outgoing[],
  ): Promise<readonly Error[]> {
    const unlogged: Error[] = [];
    const answers: Promise<unknown>[] = [];
    let logged = false;
    for (const outgoing of batch) {
      if (outgoing.seq > 0) {
        logged = true;
        answers.push(
          connection.command(this.#append(outgoing)).catch((error: unknown) => {
            if (isThere(error)) return;
            if (isUseless(error)) throw error;
            unlogged.push(error instanceof Error ? error : new UsageError(String(error)));
          }),
        );
      }
      const { channel, message } = outgoing;
      answers.push(connection.command(['PUBLISH', this.#channel(channel), asBuffer(message)]));
    }
    if (logged) this.#renew(connection);
    await Promise.all(answers);
    return unlogged;
  }

  #channel(logical: string): string {
    const known = this.#channels.get(logical);
    if (known !== undefined) return known;
    if (this.#channels.size >= MAX_CHANNELS) this.#channels = new Map();
    const name = this.#names.channel(logical);
    this.#channels.set(logical, name);
    return name;
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
