// A program for `ws` with its defaults: on nestwire's engine, or on ws itself.
import { createServer } from 'node:http2';
import { announce, closed, nextPush, PUSH, task } from './host.mjs';

const { WebSocketServer } = await import(
  task.impl === 'ws' ? 'ws' : `${task.build}/dist/libs/engine/src/index.js`
);

// HTTP/2 is the application's own server; over HTTP/1.1 it has one by itself, which most programs use.
const http2 = task.http2 ? createServer() : undefined;
const server = new WebSocketServer({
  ...(http2 ? { server: http2 } : { port: 0, host: '127.0.0.1', backlog: 4_096 }),
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
server.on('listening', () => announce(server.address().port, () => server.clients.size));
http2?.listen(0, '127.0.0.1', 4_096);
