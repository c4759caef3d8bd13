// Run by Bun: an echo both ways through the built engine, client and server. See test-on-nodes.mjs.
import { once } from 'node:events';
import { WebSocket, WebSocketServer } from '../dist/libs/engine/src/index.js';

const timer = setTimeout(() => fail('nothing has come for 10 s'), 10_000);
const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
await once(server, 'listening');
server.on('connection', (ws) => {
  ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
  ws.on('close', (code) => expect('close code at the server', code, 4001));
});
const client = new WebSocket(`ws://127.0.0.1:${server.address().port}`);
await once(client, 'open');

const text = 'Grüße from Bun '.repeat(10_000);
client.send(text);
const [echoed, textIsBinary] = await once(client, 'message');
expect('text', [echoed.toString() === text, textIsBinary].join(), 'true,false');

const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
client.send(bytes);
const [binary, isBinary] = await once(client, 'message');
expect('binary', [bytes.equals(binary), isBinary].join(), 'true,true');

client.close(4001, 'done');
const [code] = await once(client, 'close');
expect('close code at the client', code, 4001);
server.close();
await once(server, 'close');
clearTimeout(timer);
console.log(`An echo runs on Bun ${process.versions.bun}`);
process.exit();

function expect(what, value, wanted) {
  if (value !== wanted) fail(`${what}: current value is ${value}, expected ${wanted}`);
}

function fail(why) {
  console.error(`Cannot echo on Bun: ${why}`);
  process.exit(1);
}
