// Starts one of the compiled Nest applications beside this file.
import { announce, task } from './host.mjs';

const { startServer } = await import(`${task.build}/dist/test/bench/servers/${task.app}.js`);
announce(await startServer(task));
