// What the layers above have of the API of `ws`: `#ws`.
export * from './index.js';
export { kVerifying } from './websocket-server.js';
