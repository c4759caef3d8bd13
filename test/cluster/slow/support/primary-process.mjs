// A primary of node:cluster as a process that can be stopped and killed like a server.
import { startPrimaryBroker } from '../../../../dist/libs/node-cluster/src/index.js';

process.on('disconnect', () => process.exit(0));
await startPrimaryBroker({ path: process.argv[2] });
setInterval(() => {}, 60_000);
process.send?.({ ready: true });
