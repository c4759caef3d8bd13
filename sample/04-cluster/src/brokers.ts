/** The brokers this sample can be started with, by the names of the command line. */
export const BROKERS = {
  redis: { title: 'Redis', program: 'redis-server', variable: 'REDIS_URL' },
  nats: { title: 'NATS', program: 'nats-server', variable: 'NATS_URL' },
  'node-cluster': { title: 'node:cluster', program: undefined, variable: undefined },
} as const;

export type BrokerName = keyof typeof BROKERS;

export function isBrokerName(value: string): value is BrokerName {
  return Object.hasOwn(BROKERS, value);
}
