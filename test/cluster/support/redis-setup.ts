import type { BrokerSetup } from './broker-rig.js';
import { CLIENTS, freshApp, type ClientName } from './redis-clients.js';
import { RedisServer } from './redis-server.js';

/** A server for the tests of the contract. */
export async function redisSetup(client: ClientName): Promise<BrokerSetup> {
  const server = await RedisServer.start();
  const app = freshApp();
  return {
    broker: () => CLIENTS[client](server.url, app),
    restartEmpty: async () => {
      await server.kill();
      await server.start();
    },
    close: () => server.stop(),
  };
}
