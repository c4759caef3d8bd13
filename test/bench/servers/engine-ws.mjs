// nestwire's engine under the API of ws, written as a program for ws would be.
import { announce, report, task } from './host.mjs';

const { DEFAULT_LIMITS, WebSocketServer } = await import(
  `${task.build}/dist/libs/engine/src/index.js`
);

const server = new WebSocketServer({
  port: 0,
  host: '127.0.0.1',
  backlog: 4096,
  ...DEFAULT_LIMITS,
  perMessageDeflate: task.deflate && { threshold: 0 },
});
server.on('connection', (ws) => {
  ws.on('error', report);
  if (task.feature === 'broadcast') {
    ws.on('message', (data, isBinary) => {
      for (const client of server.clients) client.send(data, { binary: isBinary });
    });
  } else {
    ws.on('message', (data, isBinary) => ws.send(isBinary ? data : data.toString()));
  }
});
server.on('listening', () => announce(server.address().port));
