// needs: mqtt@^5 aedes@^0.51
import { createServer } from 'node:http';
import aedes from 'aedes';
import mqtt from 'mqtt';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { check, done, listen, next } from './checks.mjs';

const broker = new aedes();
const http = createServer();
const server = new WebSocketServer({ server: http, handleProtocols: () => 'mqtt' });
server.on('connection', (ws, request) => broker.handle(createWebSocketStream(ws), request));
const port = await listen(http);
const client = await mqtt.connectAsync(`ws://127.0.0.1:${port}`);
check('connects with its subprotocol', client.connected, true);
await client.subscribeAsync('rooms/#', { qos: 1 });
const message = new Promise((resolve) => {
  client.once('message', (topic, payload) => resolve([topic, String(payload)]));
});
await client.publishAsync('rooms/one', 'hello', { qos: 1 });
check('what is published arrives', await message, ['rooms/one', 'hello']);
const large = next(client, 'message').then(() => true);
await client.publishAsync('rooms/two', Buffer.alloc(300_000, 1), { qos: 1 });
check('a large one too', await large, true);
await client.endAsync();
check('ends', client.connected, false);
done();
