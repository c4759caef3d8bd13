// needs: @fastify/websocket@^11 fastify@^5
import websocket from '@fastify/websocket';
import Fastify from 'fastify';
import WebSocket from 'ws';
import { check, done, next } from './checks.mjs';

const app = Fastify();
await app.register(websocket, { options: { maxPayload: 1000 } });
app.get('/echo', { websocket: true }, (socket, request) => {
  socket.on('message', (data) => socket.send(`${request.query.name}: ${data}`));
});
app.get('/plain', () => 'http');
const address = await app.listen({ port: 0, host: '127.0.0.1' });
check('plain routes stay', await (await fetch(`${address}/plain`)).text(), 'http');
const ws = new WebSocket(`${address.replace('http', 'ws')}/echo?name=me`);
await next(ws, 'open');
ws.send('hello');
check('a route talks', String(await next(ws, 'message')), 'me: hello');
const injected = await app.injectWS('/echo?name=injected');
injected.send('hi');
check('a route is injected', String(await next(injected, 'message')), 'injected: hi');
injected.terminate();
const missing = new WebSocket(`${address.replace('http', 'ws')}/nowhere`);
check(
  'no route is 404',
  (await next(missing, 'error').catch((error) => error)).message,
  'Unexpected server response: 404',
);
const closed = next(ws, 'close');
await app.close();
check('closing the application closes', await closed, 1005);
done();
