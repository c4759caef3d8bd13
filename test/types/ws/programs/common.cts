// A CommonJS module: what `require` gives is the class, and a namespace with all the types.
import WebSocket = require('ws');
import http = require('node:http');

interface Session extends WebSocket {
  id: string;
}

const options: WebSocket.ServerOptions = { port: 0, host: '127.0.0.1', backlog: 100 };
const wss = new WebSocket.Server(options, () => {
  const { port } = wss.address() as WebSocket.AddressInfo;
  const ws: WebSocket.WebSocket = new WebSocket.WebSocket(`ws://127.0.0.1:${port}`);
  ws.onmessage = ({ data }: WebSocket.MessageEvent) => console.log(data);
  ws.onclose = (event: WebSocket.CloseEvent) => console.log(event.code, event.target.url);
});

wss.on('connection', function (this: WebSocket.Server, socket, request: http.IncomingMessage) {
  const session = socket as Session;
  session.id = request.headers['sec-websocket-key']!;
  session.on('message', (data: WebSocket.RawData) => {
    const text: WebSocket.Data = data instanceof Buffer ? data.toString() : data;
    this.clients.forEach((client: WebSocket) => client.send(text));
  });
});

class Lobby extends WebSocket.Server {
  override shouldHandle(request: http.IncomingMessage): boolean {
    return super.shouldHandle(request) !== false && request.url !== '/closed';
  }
}

function handler(info: { origin: string; secure: boolean; req: http.IncomingMessage }): boolean {
  return info.origin === '';
}

const lobby: WebSocket.WebSocketServer = new Lobby({ noServer: true, verifyClient: handler });
const duplex = WebSocket.createWebSocketStream(new WebSocket('ws://127.0.0.1'), {});
const sync: WebSocket.VerifyClientCallbackSync = handler;
const listener: (this: WebSocket, error: Error) => void = (error) => console.error(error);
const map: Map<string, WebSocket> = new Map();
for (const ws of map.values()) {
  if (ws.readyState === WebSocket.OPEN || ws.readyState === ws.CONNECTING) ws.close();
  ws.addListener('error', listener).removeListener('error', listener).off('error', listener);
}

export = { lobby, duplex, sync, handler, wss };
