// The broker on Redis keeps the contract; by other clients in slow/redis-contract.spec.ts.
import { describeBroker } from './support/broker-contract.js';
import { redisSetup } from './support/redis-setup.js';

describeBroker('redis', () => redisSetup('url'));
