import { EventEmitter } from 'node:events';
import { inspect } from 'node:util';
import { UsageError } from '#engine';
import { WebSocketRouterRequest } from './router-request.js';
import type { WebSocketRequest } from '../request/request.js';
import type { WebSocketServer } from '../server/server.js';

// Symbols: classes that extend this one may have members of any name, and a Proxy around an object has to work.
const kRoutes = Symbol('routes');
const kServer = Symbol('server');
const kFind = Symbol('find');

/** Options of a router. */
export interface RouterConfig {
  /** The server whose requests to route. */
  server?: WebSocketServer;
}

/** Takes the requests of one route. */
export type RouteCallback = (request: WebSocketRouterRequest) => void;

interface Route {
  readonly path: RegExp;
  /** What tells one route from another. */
  readonly pathString: string;
  /** In lower case; '*' for any, null for requests that offer none. */
  readonly protocol: string | null;
  readonly callback: RouteCallback;
}

/**
 * Hands requests to callbacks by their path and subprotocol. Follows `require('websocket').router`. What
 * no route takes is rejected with 404.
 */
export class WebSocketRouter extends EventEmitter {
  /** @internal */
  readonly [kRoutes]: Route[] = [];
  /** @internal */
  [kServer]: WebSocketServer | null = null;

  constructor(config?: RouterConfig | null) {
    super();
    if (config?.server) this.attachServer(config.server);
  }

  /** Takes over the requests of `server`. @throws {UsageError} without one */
  attachServer(server: WebSocketServer): void {
    if (!(server instanceof EventEmitter)) {
      throw new UsageError(
        `Cannot attach the router: a server is needed, current value is ${inspect(server, { depth: 0 })}`,
      );
    }
    this[kServer]?.removeListener('request', this.handleRequest);
    this[kServer] = server;
    server.on('request', this.handleRequest);
  }

  /** @throws {UsageError} when it is not attached */
  detachServer(): void {
    if (this[kServer] === null)
      throw new UsageError('Cannot detach the router: it is not attached');
    this[kServer].removeListener('request', this.handleRequest);
    this[kServer] = null;
  }

  /**
   * Adds a route behind those there are.
   * @param path the whole path, `*` for any, or what matches it
   * @param protocol a subprotocol, in any case; `*` for any, none included; left out for requests that
   *   offer none
   * @throws {UsageError} for a route that is there already, or a missing argument
   */
  mount(path: string | RegExp, protocol: string | null | undefined, callback: RouteCallback): void {
    const pattern = pathPattern(path);
    if (!callback) throw new UsageError('Cannot mount a route: a callback is needed');
    const name = protocolName(protocol);
    if (this[kFind](pattern, name) !== -1) {
      throw new UsageError('Cannot mount a route: its path and protocol are taken');
    }
    this[kRoutes].push({ path: pattern, pathString: String(pattern), protocol: name, callback });
  }

  /** Takes a route away. @throws {UsageError} when there is none for the path and protocol */
  unmount(path: string | RegExp, protocol?: string | null): void {
    const index = this[kFind](pathPattern(path), protocolName(protocol));
    if (index === -1) {
      throw new UsageError('Cannot unmount the route: none has this path and protocol');
    }
    this[kRoutes].splice(index, 1);
  }

  /** Hands `request` to the first route for the first of its protocols that has one. */
  readonly handleRequest = (request: WebSocketRequest): void => {
    const { pathname } = request.resourceURL;
    const requested = request.requestedProtocols;
    for (const protocol of requested.length === 0 ? [null] : requested) {
      const route = this[kRoutes].find(
        (one) => (one.protocol === '*' || one.protocol === protocol) && matches(one.path, pathname),
      );
      if (route !== undefined) {
        route.callback(new WebSocketRouterRequest(request, protocol));
        return;
      }
    }
    request.reject(404, 'No route takes this path and protocol');
  };

  /** @internal */
  [kFind](path: RegExp, protocol: string | null): number {
    const pathString = String(path);
    return this[kRoutes].findIndex(
      (route) => route.pathString === pathString && route.protocol === protocol,
    );
  }
}

/** A pattern with the flag g or y remembers where it last matched; here each path is a new one. */
function matches(pattern: RegExp, path: string): boolean {
  pattern.lastIndex = 0;
  return pattern.test(path);
}

function protocolName(protocol: string | null | undefined): string | null {
  return protocol ? protocol.toLowerCase() : null;
}

function pathPattern(path: string | RegExp): RegExp {
  if (path instanceof RegExp) return path;
  if (typeof path !== 'string' || path === '') {
    throw new UsageError('Cannot use a route: its path must be a string or a RegExp');
  }
  if (path === '*') return /^.*$/;
  return new RegExp(`^${path.replace(/[\\^$.*+?()[\]{}|\-#\s]/g, '\\$&')}$`);
}
