// needs: undici@^7
import { WebSocket } from 'undici';
import { WebSocketServer } from 'ws';
import { check, done, next } from './checks.mjs';

const server = new WebSocketServer({
  port: 0,
  host: '127.0.0.1',
  perMessageDeflate: { threshold: 0 },
});
await next(server, 'listening');
server.on('connection', (ws) =>
  ws.on('message', (data, isBinary) => {
    if (String(data) === 'close') ws.close(4000, 'bye');
    else ws.send(data, { binary: isBinary });
  }),
);
const ws = new WebSocket(`ws://127.0.0.1:${server.address().port}`);
ws.binaryType = 'arraybuffer';
const event = (type) =>
  new Promise((resolve) => ws.addEventListener(type, resolve, { once: true }));
await event('open');
check('compression is agreed on', ws.extensions.startsWith('permessage-deflate'), true);
for (const text of ['hello', 'ü'.repeat(50_000)]) {
  ws.send(text);
  check(`text of ${text.length} comes back`, (await event('message')).data, text);
}
ws.send(new Uint8Array([1, 2]));
check('bytes come back', [...new Uint8Array((await event('message')).data)], [1, 2]);
ws.send('close');
const { code, reason, wasClean } = await event('close');
check('closes cleanly', [code, reason, wasClean], [4000, 'bye', true]);
done();
