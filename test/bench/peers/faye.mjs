// The npm package faye-websocket.
import { createServer } from 'node:http';
import FayeWebSocket from 'faye-websocket';
import { announce, task } from '../servers/host.mjs';

const open = new Set();
const server = createServer();
server.on('upgrade', (request, socket, body) => {
  const ws = new FayeWebSocket(request, socket, body);
  open.add(ws);
  ws.on('close', () => open.delete(ws));
  if (task.feature === 'broadcast') {
    ws.on('message', ({ data }) => {
      for (const one of open) one.send(data);
    });
  } else {
    ws.on('message', ({ data }) => ws.send(data));
  }
});
server.listen(0, '127.0.0.1', 4096, () => announce(server.address().port));
