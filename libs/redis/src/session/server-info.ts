import type { RedisConnection } from '../client/redis-connection.js';

/** Who a server says it is. */
interface ServerInfo {
  /** New with every start of the process. */
  readonly runId: string;
  readonly version: string;
  /** `standalone`, `sentinel` or `cluster`. */
  readonly mode: string;
}

/** The first version with all commands that are used (`PEXPIREAT` with `GT`). */
const OLDEST = 7;

export async function serverInfo(connection: RedisConnection): Promise<ServerInfo> {
  const text = String(await connection.command(['INFO', 'server']));
  const field = (name: string): string =>
    new RegExp(`^${name}:([^\\r\\n]*)`, 'm').exec(text)?.[1] ?? '';
  return { runId: field('run_id'), version: field('redis_version'), mode: field('redis_mode') };
}

/** @throws {Error} when it is a server that does not keep what it is given */
export async function checkMaster(connection: RedisConnection): Promise<void> {
  const answer = await connection.command(['ROLE']);
  const role = Array.isArray(answer) ? String(answer[0]) : '';
  if (role !== 'master') {
    throw new Error(`a master is needed, current value of its role is ${role || 'unknown'}`);
  }
}

/** @throws {Error} when it is no server of the kind that is needed */
export function checkServer({ runId, version, mode }: ServerInfo): void {
  if (runId === '') throw new Error('INFO says no run_id');
  if (Number.parseInt(version, 10) < OLDEST) {
    throw new Error(`Redis ${OLDEST} or later is needed, current value is ${version}`);
  }
  if (mode === 'cluster') {
    throw new Error('one Redis with its replicas is needed, current value is a Redis Cluster');
  }
}
