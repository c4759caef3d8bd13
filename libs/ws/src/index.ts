// The entry `nestwire/ws`: the API of the npm package `ws` with all that it hangs on its class, and what
// other programs know of its inside.
import { createWebSocketStream, WebSocket, WebSocketServer } from '#ws';
import { extension } from './extension.js';
import { PerMessageDeflate } from './per-message-deflate.js';
import { Receiver } from './receiver.js';
import { Sender } from './sender.js';
import { addServerInternals } from './server-internals.js';
import { subprotocol } from './subprotocol.js';
import { addWebSocketInternals } from './websocket-internals.js';

addWebSocketInternals();
addServerInternals();
Object.assign(WebSocket, { extension, PerMessageDeflate, Receiver, Sender, subprotocol });

export {
  createWebSocketStream,
  extension,
  PerMessageDeflate,
  Receiver,
  Sender,
  subprotocol,
  WebSocket,
  WebSocketServer,
  WebSocket as default,
};
