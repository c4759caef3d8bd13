// needs: socket.io@^4 socket.io-client@^4
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';
import { check, done, listen, next } from './checks.mjs';

const http = createServer();
const server = new Server(http);
server.on('connection', (socket) => {
  void socket.join('room');
  socket.on('say', (text) => server.to('room').emit('said', text, Buffer.from([7])));
  socket.on('ask', (text, answer) => answer(text.toUpperCase()));
});
const port = await listen(http);
const options = { transports: ['websocket'], extraHeaders: { cookie: 'a=b' } };
const [one, two] = [1, 2].map(() => io(`http://127.0.0.1:${port}`, { ...options, forceNew: true }));
await Promise.all([next(one, 'connect'), next(two, 'connect')]);
check('is over a WebSocket', one.io.engine.transport.name, 'websocket');
// A broadcast to many is framed once: `Sender.frame` and `_sender.sendFrame`.
const heard = Promise.all(
  [one, two].map(
    (socket) =>
      new Promise((resolve) => {
        socket.once('said', (text, bytes) => resolve([text, [...bytes]]));
      }),
  ),
);
one.emit('say', 'hello');
check('a broadcast reaches all', await heard, [
  ['hello', [7]],
  ['hello', [7]],
]);
check('calls are answered', await two.emitWithAck('ask', 'what'), 'WHAT');
const gone = next(two, 'disconnect');
server.disconnectSockets(true);
check('the server disconnects', await gone, 'io server disconnect');
done();
