// A program for `ws` with its defaults: on nestwire's engine, or on ws itself.
import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { announce, closed, nextPush, PUSH, task } from './host.mjs';

const { WebSocketServer } = await import(
  task.impl === 'ws' ? 'ws' : `${task.build}/dist/libs/engine/src/index.js`
);

const http = task.http2 ? createHttp2Server() : createServer();
const server = new WebSocketServer({
  server: http,
  ...(task.deflate ? { perMessageDeflate: true } : {}),
  ...task.options,
  ...task.limits,
});
const subscribers = new Set();
server.on('connection', (ws, request) => {
  ws.on('error', () => {});
  ws.on('close', (code) => {
    closed(code);
    subscribers.delete(ws);
  });
  if (request.url === PUSH.path) subscribers.add(ws);
  else ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
});
setInterval(() => {
  if (subscribers.size === 0) return;
  const text = nextPush();
  for (const ws of subscribers) ws.send(text);
}, PUSH.interval);
http.listen(0, '127.0.0.1', 4_096, () => announce(http.address().port, () => server.clients.size));
