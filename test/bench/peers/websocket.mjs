// The npm package websocket. It brings bufferutil along.
import { createServer } from 'node:http';
import websocket from 'websocket';
import { announce, report, task } from '../servers/host.mjs';

const LARGEST = 4 * 1024 * 1024;

const http = createServer();
const server = new websocket.server({
  httpServer: http,
  autoAcceptConnections: true,
  maxReceivedFrameSize: LARGEST,
  maxReceivedMessageSize: LARGEST,
});
server.on('connect', (connection) => {
  connection.on('error', report);
  if (task.feature === 'broadcast') {
    connection.on('message', ({ type, utf8Data, binaryData }) => {
      if (type === 'utf8') server.broadcastUTF(utf8Data);
      else server.broadcastBytes(binaryData);
    });
  } else {
    connection.on('message', ({ type, utf8Data, binaryData }) => {
      if (type === 'utf8') connection.sendUTF(utf8Data);
      else connection.sendBytes(binaryData);
    });
  }
});
http.listen(0, '127.0.0.1', 4096, () => announce(http.address().port));
