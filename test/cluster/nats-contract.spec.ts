import { natsBroker } from 'nestwire/nats';
import { describeBroker } from './support/broker-contract.js';
import { NatsServer } from './support/nats-server.js';

describeBroker('nats', async () => {
  const server = await NatsServer.start();
  return {
    broker: () => natsBroker({ servers: server.url, app: 'contract' }),
    restartEmpty: async () => {
      await server.kill();
      server.empty();
      await server.start();
    },
    close: () => server.stop(),
  };
});
