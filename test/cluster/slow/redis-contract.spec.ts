// The broker on Redis keeps the contract by the application's own clients, too.
import { describeBroker } from '../support/broker-contract.js';
import { CLIENTS, freshApp } from '../support/redis-clients.js';
import { anyRedis } from '../support/redis-server.js';
import { redisSetup } from '../support/redis-setup.js';

describeBroker('redis by a client of ioredis', () => redisSetup('ioredis'));

// On the server named by REDIS_URL, if there is one: it is not ours to restart.
describeBroker(
  'redis by a client of redis',
  async () => {
    const { url, stop } = await anyRedis();
    const app = freshApp();
    return { broker: () => CLIENTS['node-redis'](url, app), close: stop };
  },
  { restart: false },
);
