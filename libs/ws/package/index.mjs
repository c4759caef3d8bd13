// The same class for `import` as for `require`: a program may use both.
import WebSocket from './index.cjs';

export const {
  createWebSocketStream,
  extension,
  PerMessageDeflate,
  Receiver,
  Sender,
  subprotocol,
  WebSocketServer,
} = WebSocket;

export { WebSocket, WebSocket as default };
