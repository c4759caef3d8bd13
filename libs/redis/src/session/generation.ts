import { randomBytes } from 'node:crypto';
import { replyText } from '../client/reply-text.js';
import { Script } from '../script/script.js';
import type { RedisConnection } from '../client/redis-connection.js';

/** Which life of the data a session sees. */
export interface Generation {
  readonly value: string;
  /** The key's content, '' when the server had no memory for it. */
  readonly stored: string;
}

/**
 * KEYS: generation. ARGV: run_id, a value nobody else has.
 * A key, since `run_id` alone is not enough: a master that was away while another one served, and is
 * master again, is the same process. Whoever served meanwhile has written its own run_id here; and
 * FLUSHALL takes the key away with the rest.
 */
export const GENERATION = new Script(`
local stored = redis.pcall('GET', KEYS[1])
if type(stored) == 'string' and string.sub(stored, 1, #ARGV[1] + 1) == ARGV[1] .. ':' then
  return stored
end
stored = ARGV[1] .. ':' .. ARGV[2]
local set = redis.pcall('SET', KEYS[1], stored)
if set.err then
  if string.find(set.err, 'OOM', 1, true) then return false end
  return redis.error_reply(set.err)
end
return stored
`);

export async function readGeneration(
  connection: RedisConnection,
  key: string,
  runId: string,
): Promise<Generation> {
  const fresh = randomBytes(8).toString('hex');
  const answer = await GENERATION.run(connection, [key], [runId, fresh]);
  const stored = replyText(answer);
  if (stored === '') return { value: runId, stored: '' };
  return { value: stored.slice(runId.length + 1), stored };
}
