// Clients in a process of their own: they open WebSockets, and throw away what they get.
import { connect } from 'node:net';

const REQUEST =
  'GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';
const AT_ONCE = 50;
/** All read into the same memory: nobody looks at it. */
const buffer = Buffer.alloc(64 * 1024);

function open(port) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', onread: { buffer, callback: resolve } });
    socket.on('connect', () => socket.write(REQUEST));
    socket.on('error', reject);
  });
}

process.on('disconnect', () => process.exit());
async function answer({ port, count }) {
  for (let left = count; left > 0; left -= AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(left, AT_ONCE) }, () => open(port)));
  }
  process.send({ opened: count });
}

process.on('message', (message) => void answer(message));
