// socket.io over its WebSocket transport. It speaks its own protocol on top: events in and out, and
// for binary data a second frame; the load speaks it, too.
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { announce, task } from '../servers/host.mjs';

const http = createServer();
const io = new Server(http, { transports: ['websocket'], maxHttpBufferSize: 4 * 1024 * 1024 });
io.on('connection', (socket) => {
  if (task.feature === 'broadcast') socket.on('m', (data) => io.emit('m', data));
  else socket.on('m', (data) => socket.emit('m', data));
});
http.listen(0, '127.0.0.1', 4096, () => announce(http.address().port));
