// An ES module, as applications of `ws` are.
import { createServer, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import WebSocket, {
  createWebSocketStream,
  WebSocketServer,
  type ClientOptions,
  type Data,
  type MessageEvent,
  type PerMessageDeflateOptions,
  type RawData,
  type Server,
  type ServerOptions,
  type VerifyClientCallbackAsync,
  type VerifyClientCallbackSync,
} from 'ws';

class Player extends WebSocket {
  isAlive = true;
  declare name: string;
}

class Request extends (await import('node:http')).IncomingMessage {
  user = 'somebody';
}

const deflate: PerMessageDeflateOptions = { threshold: 64, zlibDeflateOptions: { level: 3 } };
const verifySync: VerifyClientCallbackSync = ({ origin, secure, req }) =>
  secure && origin.length > 0 && req.url === '/';
const verify: VerifyClientCallbackAsync<Request> = ({ req }, done) => {
  done(req.user === 'somebody', 401, 'Who are you?', { 'Retry-After': 120 });
};
const options: ServerOptions = {
  noServer: true,
  perMessageDeflate: deflate,
  verifyClient: verifySync,
};

export const plain = new WebSocketServer(options);
export const server = new WebSocketServer<typeof Player, typeof Request>({
  server: createServer({ IncomingMessage: Request }),
  WebSocket: Player,
  verifyClient: verify,
  handleProtocols: (protocols, request) => (request.user ? [...protocols][0]! : false),
});

server.on('connection', (ws, request) => {
  ws.isAlive = true;
  ws.name = request.user;
  ws.on('pong', function (this: WebSocket) {
    (this as Player).isAlive = true;
  });
  ws.on('message', function message(data: RawData, isBinary) {
    for (const client of server.clients) {
      if (client !== this && client.readyState === WebSocket.OPEN) {
        client.send(data, { binary: isBinary, compress: false, fin: true }, (error) => {
          if (error) client.terminate();
        });
      }
    }
  });
  ws.once('close', (code, reason) => console.log(code.toFixed(), reason.toString('utf8')));
  ws.on('error', console.error);
});
server.on('headers', (headers, request) => headers.push(`X-User: ${request.user}`));
server.on('wsClientError', (error, socket, request) => {
  console.error(error.message, request.user);
  socket.destroy();
});
server.on('anything', (...args: unknown[]) => console.log(args.length));

export function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
  plain.handleUpgrade(request, socket, head, (ws) => plain.emit('connection', ws, request));
}

export function listening(): number {
  const address = plain.address();
  return address === null || typeof address === 'string' ? 0 : address.port;
}

const client: ClientOptions = {
  headers: { authorization: 'Bearer x' },
  rejectUnauthorized: false,
  finishRequest: (request, websocket) => {
    request.setHeader('X-Url', websocket.url);
    request.end();
  },
};
const ws = new WebSocket('wss://example.com', ['a', 'b'], client);
ws.binaryType = 'arraybuffer';
ws.onmessage = (event: MessageEvent) => {
  const data: Data = event.data;
  console.log(typeof data === 'string' ? data : event.target.bufferedAmount);
};
ws.onopen = null;
ws.onerror = ({ error, message, type }) => console.error(error, message, type);
ws.onclose = ({ wasClean, code, reason }) => console.log(wasClean, code, reason.length);
ws.addEventListener('message', { handleEvent: ({ data }) => console.log(data) }, { once: true });
const onClose = (): void => {};
ws.removeEventListener('close', onClose);
ws.on('unexpected-response', (request, response) => console.log(request.path, response.statusCode));
ws.on('redirect', (url, request) => console.log(url.length, request.path));
ws.on('upgrade', (response) => console.log(response.headers));
ws.ping(undefined, true, (error) => console.error(error.message));
ws.send(new Uint8Array(2));
ws.send([1, 2, 3]);
ws.close(1000, Buffer.from('bye'));
export const state: 0 | 1 | 2 | 3 = ws.readyState;

createWebSocketStream(ws, { encoding: 'utf8', decodeStrings: false }).pipe(process.stdout);

export function broadcast(to: Server, data: Data): void {
  to.clients.forEach((each) => each.send(data));
}

export function heartbeat(to: Server<typeof Player>): void {
  for (const each of to.clients) each.isAlive = false;
}
