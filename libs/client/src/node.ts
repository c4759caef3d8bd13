import { WebSocket } from '#ws';
import { setDefaultClass } from './connection/resolve-options.js';

setDefaultClass(WebSocket);

export * from './index.js';
