// needs: http-proxy-middleware@^3 express@^5
import { createServer } from 'node:http';
import express from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';
import WebSocket, { WebSocketServer } from 'ws';
import { check, done, listen, next } from './checks.mjs';

const behind = new WebSocketServer({ port: 0, host: '127.0.0.1' });
await next(behind, 'listening');
behind.on('connection', (ws, request) => {
  ws.send(request.url);
  ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
});
const proxy = createProxyMiddleware({
  target: `http://127.0.0.1:${behind.address().port}`,
  ws: true,
  changeOrigin: true,
});
const app = express();
app.use('/', proxy);
const http = createServer(app);
http.on('upgrade', proxy.upgrade);
const port = await listen(http);
const ws = new WebSocket(`ws://127.0.0.1:${port}/path?query`);
check('the path goes through', String(await next(ws, 'message')), '/path?query');
ws.send('x'.repeat(200_000));
check('a large message goes both ways', String(await next(ws, 'message')).length, 200_000);
const closed = next(ws, 'close');
behind.clients.forEach((each) => each.close(4001));
check('a close goes through', await closed, 4001);
done();
