// Bun's own WebSocket server, which is uWebSockets underneath. Runs in Bun.
import { announce, task } from '../servers/host.mjs';

const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch(request, self) {
    return self.upgrade(request) ? undefined : new Response('', { status: 426 });
  },
  websocket: {
    perMessageDeflate: task.deflate,
    open(ws) {
      if (task.feature === 'broadcast') ws.subscribe('all');
    },
    message(ws, data) {
      if (task.feature === 'broadcast') server.publish('all', data, task.deflate);
      else ws.send(data, task.deflate);
    },
  },
});
announce(server.port);
