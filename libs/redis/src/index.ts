export { redisBroker } from './redis-broker.js';
export type { RedisBrokerOptions, RedisSentinels } from './redis-broker-options.js';
export type { IoRedisClient, NodeRedisClient } from './client/client-shapes.js';
export type { SentinelAddress } from './client/sentinel.js';
