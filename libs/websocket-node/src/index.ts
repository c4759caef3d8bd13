import { WebSocketClient } from './client/client.js';
import { WebSocketConnection } from './connection/connection.js';
import { deprecation } from './deprecation.js';
import { WebSocketFrame } from './frame/frame.js';
import { WebSocketRequest } from './request/request.js';
import { WebSocketRouter } from './router/router.js';
import { WebSocketServer } from './server/server.js';
import { version } from './version.js';
import { W3CWebSocket } from './client/w3c-websocket.js';

/** What `require('websocket')` gives. */
const api = {
  server: WebSocketServer,
  client: WebSocketClient,
  router: WebSocketRouter,
  frame: WebSocketFrame,
  request: WebSocketRequest,
  connection: WebSocketConnection,
  w3cwebsocket: W3CWebSocket,
  deprecation,
  version,
};

export {
  WebSocketClient as client,
  WebSocketConnection as connection,
  WebSocketFrame as frame,
  WebSocketRequest as request,
  WebSocketRouter as router,
  WebSocketServer as server,
  W3CWebSocket as w3cwebsocket,
  deprecation,
  version,
};

// `import websocket from` and `require()` both give what `require('websocket')` gives.
export { api as default, api as 'module.exports' };

export type {
  WebSocketRouterRequest,
  WebSocketRouterRequest as routerRequest,
} from './router/router-request.js';
export type {
  ClientConfig,
  ClientConfig as IClientConfig,
  ConnectionConfig,
  ConnectionConfig as IConfig,
  ServerConfig,
  ServerConfig as IServerConfig,
} from './config/config.js';
export type {
  BinaryMessage,
  BinaryMessage as IBinaryMessage,
  Message,
  Stringified,
  Stringified as IStringified,
  Utf8Message,
  Utf8Message as IUtf8Message,
} from './connection/message.js';
export type { ByteSource, ByteSource as IBufferList } from './frame/byte-queue.js';
export type {
  CancelPong,
  ConnectionEvents,
  ConnectionState,
} from './connection/connection-events.js';
export type { ClientEvents } from './client/client.js';
export type { ServerEvents } from './server/server.js';
export type {
  RequestCookie,
  RequestEvents,
  RequestExtension,
  RequestExtension as IExtension,
} from './request/request.js';
export type {
  RouteCallback,
  RouterConfig,
  RouterConfig as IRouterConfig,
} from './router/router.js';
export type { ResourceUrl } from './request/resource-url.js';
export type { Cookie, Cookie as ICookie } from './request/set-cookie.js';
export type { CloseEvent, ErrorEvent, MessageEvent, W3CEventMap } from './client/w3c-events.js';
