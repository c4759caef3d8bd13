// Starts the gateways of nest.ts, as they were compiled into the build.
import * as host from './host.mjs';

const { startServer } = await import(`${host.task.build}/dist/test/attack/servers/nest.js`);
const { port, connections, rooms, faults } = await startServer(host.task, host);
host.announce(port, connections, { rooms, faults });
