import { WebSocket } from '#ws';
import { setDefaultClass } from './connection/resolve-options.js';
import type { WebSocketClass } from './wire/web-socket.js';

setDefaultClass(WebSocket as unknown as WebSocketClass);

export * from './index.js';
