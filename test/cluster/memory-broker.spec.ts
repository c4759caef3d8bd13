import { memoryBroker, MemoryBrokerServer } from '#hub';
import { describeBroker } from './support/broker-contract.js';

describeBroker('memory', () => {
  let server = new MemoryBrokerServer();
  return {
    broker: () => memoryBroker(() => server),
    restartEmpty: async () => {
      server.close();
      server = new MemoryBrokerServer();
    },
    close: () => server.close(),
  };
});
