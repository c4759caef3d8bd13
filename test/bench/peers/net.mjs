// The floor: a socket after Node's own upgrade, whose bytes go back as they came, masked. It parses,
// limits and validates nothing.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { announce, task } from '../servers/host.mjs';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const CLOSE = 0x88;

const server = createServer();
server.on('upgrade', (request, socket) => {
  const accept = createHash('sha1')
    .update(request.headers['sec-websocket-key'] + GUID)
    .digest('base64');
  socket.setNoDelay(true);
  socket.setTimeout(0);
  socket.on('error', () => {});
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.on('data', (chunk) => {
    // Only where nothing but Close frames come: elsewhere the byte may stand anywhere.
    if (task.feature === 'close' && chunk[0] === CLOSE) socket.end(chunk);
    else socket.write(chunk);
  });
  socket.on('end', () => socket.end());
});
server.listen(0, '127.0.0.1', 4096, () => announce(server.address().port));
