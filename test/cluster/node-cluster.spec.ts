import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeClusterBroker, startPrimaryBroker } from 'nestwire/node-cluster';
import { describeBroker } from './support/broker-contract.js';

describeBroker('node-cluster', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nestwire-test-'));
  const path = join(folder, 'primary');
  let primary = await startPrimaryBroker({ path });
  return {
    broker: () => nodeClusterBroker({ path }),
    restartEmpty: async () => {
      await primary.close();
      primary = await startPrimaryBroker({ path });
    },
    close: async () => {
      await primary.close();
      rmSync(folder, { recursive: true });
    },
  };
});
