// The npm package ws, with or without its optional addon bufferutil (WS_NO_BUFFER_UTIL).
import { createRequire } from 'node:module';
import { WebSocketServer } from 'ws';
import { announce, report, task } from '../servers/host.mjs';

if (!process.env.WS_NO_BUFFER_UTIL) {
  // Without its compiled part bufferutil is JavaScript, which is not what this peer is about.
  const { mask } = createRequire(import.meta.url)('bufferutil');
  if (!/native code/.test(String(mask))) throw new Error('Cannot load the compiled bufferutil');
}

const server = new WebSocketServer({
  port: 0,
  host: '127.0.0.1',
  backlog: 4096,
  perMessageDeflate: task.deflate && { threshold: 0 },
});
server.on('connection', (ws) => {
  ws.on('error', report);
  if (task.feature === 'broadcast') {
    // Bytes, not a string: what ws can share among receivers.
    ws.on('message', (data, isBinary) => {
      for (const client of server.clients) client.send(data, { binary: isBinary });
    });
  } else {
    // oxlint-disable-next-line typescript/no-base-to-string -- a Buffer, by the default binaryType
    ws.on('message', (data, isBinary) => ws.send(isBinary ? data : data.toString()));
  }
});
server.on('listening', () => announce(server.address().port));
