import { WebSocket } from '#ws';
import { resolveSessionOptions, type Http2Options } from './sessions/session-options.js';
import { SessionPool } from './sessions/session-pool.js';
import type { WebSocketClass } from './wire/web-socket.js';

export type { Http2Options } from './sessions/session-options.js';

/**
 * A class of WebSockets that are streams of HTTP/2 (RFC 8441), for Node; browsers choose by themselves. All
 * WebSockets of one class share one session with a server. When that ends, the next ones open another.
 *
 * ```ts
 * const WebSocket = overHttp2();
 * const board = connect<Board>('wss://example.com/board', { WebSocket });
 * const news = connect<News>('wss://example.com/news', { WebSocket });
 * ```
 *
 * @throws {TypeError} for options that are none
 */
export function overHttp2(options: Http2Options = {}): WebSocketClass {
  const settings = resolveSessionOptions(options);
  return settings.session === undefined ? onShared(settings) : onGiven(settings, settings.session);
}

type Settings = ReturnType<typeof resolveSessionOptions>;

function onGiven({ socket }: Settings, session: NonNullable<Http2Options['session']>) {
  return class Http2WebSocket extends WebSocket {
    constructor(url: string | URL, protocols: readonly string[] = []) {
      super(url, protocols, { ...socket, session: session(new URL(url)) });
    }
  };
}

function onShared(settings: Settings) {
  const pool = new SessionPool(settings);
  return class Http2WebSocket extends WebSocket {
    constructor(url: string | URL, protocols: readonly string[] = []) {
      const shared = pool.for(new URL(url));
      shared.join();
      try {
        super(url, protocols, { ...settings.socket, session: shared.session });
      } catch (error) {
        shared.leave(false);
        throw error;
      }
      this.once('close', (code) => shared.leave(code !== 1006));
    }
  };
}
