import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { redisBroker } from 'nestwire/redis';
import { createClient } from 'redis';
import { BrokerNode } from './broker-node.js';

/** A name of an application no other test has. */
export function freshApp(): string {
  return `test-${randomBytes(6).toString('hex')}`;
}

/** Ways to reach a server: by URL, by a client of `redis`, by one of `ioredis`. */
export const CLIENTS = {
  url: (url: string, app: string) => redisBroker({ app, url }),
  // Never connected: only `duplicate` of them is called.
  'node-redis': (url: string, app: string) =>
    redisBroker({ app, client: createClient({ url, database: 0 }) }),
  ioredis: (url: string, app: string) =>
    redisBroker({ app, client: new Redis(url, { lazyConnect: true, keyPrefix: 'theirs:' }) }),
} as const;

export type ClientName = keyof typeof CLIENTS;
export const CLIENT_NAMES = Object.keys(CLIENTS) as ClientName[];

/** A node that has its session. */
export function openNode(
  url: string,
  app: string,
  client: ClientName = 'url',
): Promise<BrokerNode> {
  return new BrokerNode(CLIENTS[client](url, app)).open();
}
