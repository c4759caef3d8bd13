import { UsageError } from '#engine';
import { withOptions, type ConnectTo } from './node-redis.js';
import type { Connect, RedisConnection } from './redis-connection.js';

/** Where Sentinels are asked for the master. */
export interface SentinelAddress {
  readonly host: string;
  /** Default 26379. */
  readonly port?: number | undefined;
}

/** Milliseconds for one Sentinel to answer, before the next is asked. */
const ANSWER_TIME = 500;
const DEFAULT_PORT = 26_379;

/**
 * With clients of its own, of the server that Sentinels call master at that moment.
 * @param name of the master in the Sentinels' configuration
 * @param options of the connections to the master
 * @param sentinelOptions of those to the Sentinels: their own user, password and TLS
 */
export function withSentinels(
  name: string,
  nodes: readonly SentinelAddress[],
  options: object,
  sentinelOptions: object,
): Connect {
  // Another one is asked first each time: one that was cut off may not know of the last failover.
  let first = 0;
  const toServer = withOptions(options);
  const toSentinel = withOptions(sentinelOptions);
  return async (listener, clientName, signal) => {
    const turn = first++ % nodes.length;
    const errors: unknown[] = [];
    for (const node of [...nodes.slice(turn), ...nodes.slice(0, turn)]) {
      try {
        const master = await ask(toSentinel, node, name, clientName, signal);
        return await toServer(master, listener, clientName, signal);
      } catch (error) {
        if (signal.aborted || error instanceof UsageError) throw error;
        errors.push(error);
      }
    }
    const reasons = errors.map((error) => (error instanceof Error ? error.message : String(error)));
    throw new Error(`no Sentinel leads to a master ${name}: ${reasons.join('; ')}`);
  };
}

async function ask(
  toSentinel: ConnectTo,
  node: SentinelAddress,
  name: string,
  clientName: string,
  signal: AbortSignal,
): Promise<SentinelAddress> {
  const late = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIME)]);
  let connection: RedisConnection | undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    late.addEventListener('abort', () => reject(new Error('a Sentinel does not answer')), {
      once: true,
    });
  });
  // Whatever wins the race, the other one must not be missed by anybody.
  failed.catch(() => {});
  try {
    const connecting = toSentinel(
      { port: DEFAULT_PORT, ...node },
      { received: () => {}, closed: () => {} },
      clientName,
      late,
    );
    connecting.catch(() => {});
    connection = await Promise.race([connecting, failed]);
    const asked = connection.command(['SENTINEL', 'get-master-addr-by-name', name]);
    asked.catch(() => {});
    const answer = await Promise.race([asked, failed]);
    if (!Array.isArray(answer)) throw new Error(`a Sentinel knows no master ${name}`);
    return { host: String(answer[0]), port: Number(answer[1]) };
  } finally {
    connection?.destroy();
  }
}
