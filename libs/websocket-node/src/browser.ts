import { version } from './version.js';

/** What is used of a browser's WebSocket. */
export type NativeWebSocket = new (
  url: string | URL,
  protocols?: string | readonly string[],
) => object;

function isWebSocket(value: unknown): value is NativeWebSocket {
  return typeof value === 'function';
}

/**
 * The browser's WebSocket under the signature of the class for Node: further arguments are ignored, and
 * no subprotocol may be said with anything falsy.
 */
function wrap(Native: NativeWebSocket): NativeWebSocket {
  return class W3CWebSocket extends Native {
    constructor(url: string | URL, protocols?: string | readonly string[]) {
      if (protocols) super(url, protocols);
      else super(url);
    }
  };
}

const native: unknown = Reflect.get(globalThis, 'WebSocket');

/** Null where the platform has no WebSocket. */
export const w3cwebsocket = isWebSocket(native) ? wrap(native) : null;

export { version };

const api = { w3cwebsocket, version };

export default api;
