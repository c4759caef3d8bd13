import { createHash } from 'node:crypto';
import { replyCode } from '../client/reply-error.js';
import type { RedisConnection, Word } from '../client/redis-connection.js';

/** A script that is loaded with each connection. */
export class Script {
  readonly source: string;
  readonly #sha: string;

  constructor(source: string) {
    this.source = source;
    this.#sha = createHash('sha1').update(source).digest('hex');
  }

  /** Sent whole, once, when the server does not have it any more: after SCRIPT FLUSH or a failover. */
  async run(
    connection: RedisConnection,
    keys: readonly string[],
    args: readonly Word[],
  ): Promise<unknown> {
    const rest = [String(keys.length), ...keys, ...args];
    try {
      return await connection.command(['EVALSHA', this.#sha, ...rest]);
    } catch (error) {
      if (replyCode(error) !== 'NOSCRIPT') throw error;
      return connection.command(['EVAL', this.source, ...rest]);
    }
  }
}
