import type { Duplex } from 'node:stream';
import type { ClientRequest } from 'node:http';
import { ReadyState, SocketTransport } from '#engine';
import { endOf, redirectsOf, wsLimits, WebSocket } from '#ws';
import { ConnectionReceiver } from './connection-receiver.js';
import { ConnectionSender } from './connection-sender.js';
import { kAgreed, PerMessageDeflate } from './per-message-deflate.js';

/** What a program has said of a WebSocket before it gives it a socket. */
interface Prepared {
  isServer?: boolean;
  protocol?: string;
  extensions?: Readonly<Record<string, unknown>>;
}

/** Options of `setSocket`. */
interface SocketOptions {
  allowSynchronousEvents?: boolean;
  maxBufferedChunks?: number;
  maxFragments?: number;
  maxPayload?: number;
  skipUTF8Validation?: boolean;
}

const senders = new WeakMap<WebSocket, ConnectionSender>();
const receivers = new WeakMap<WebSocket, ConnectionReceiver>();
const prepared = new WeakMap<WebSocket, Prepared>();

/**
 * What other programs know of the inside of `ws`. Getters, none of which a connection has a property for:
 * who asks for none pays for none.
 */
const getters: Record<string, (ws: WebSocket) => unknown> = {
  _socket: (ws): Duplex | null => endOf(ws).socket,
  _sender: (ws) => (isJoined(ws) ? partOf(senders, ws, ConnectionSender) : null),
  _receiver: (ws) => (isJoined(ws) ? partOf(receivers, ws, ConnectionReceiver) : null),
  _req: (ws): ClientRequest | null => endOf(ws).opening?.request ?? null,
  _redirects: redirectsOf,
  _isServer: (ws) => prepared.get(ws)?.isServer ?? !endOf(ws).isClient,
  _protocol: (ws) => (isJoined(ws) ? ws.protocol : (prepared.get(ws)?.protocol ?? '')),
  _extensions: (ws) => prepared.get(ws)?.extensions ?? Object.fromEntries(extensionsOf(ws)),
  _readyState: (ws) => ws.readyState,
  _binaryType: (ws) => ws.binaryType,
  _paused: (ws) => ws.isPaused,
  _url: (ws) => ws.url,
};

const setters: Record<string, (ws: WebSocket, value: never) => void> = {
  _isServer: (ws, value: boolean) => (prepare(ws).isServer = value),
  _protocol: (ws, value: string) => (prepare(ws).protocol = value),
  _extensions: (ws, value: Record<string, unknown>) => (prepare(ws).extensions = value),
  _binaryType: (ws, value: never) => (ws.binaryType = value),
};

/** Adds them to the class. */
export function addWebSocketInternals(): void {
  const { prototype } = WebSocket;
  for (const [name, read] of Object.entries(getters)) {
    const write = setters[name];
    Object.defineProperty(prototype, name, {
      configurable: true,
      get(this: WebSocket) {
        // The prototype itself, which debuggers and tests look at, has no connection.
        return this === prototype ? undefined : read(this);
      },
      ...(write && {
        set(this: WebSocket, value: never) {
          write(this, value);
        },
      }),
    });
  }
  Object.defineProperty(prototype, 'setSocket', {
    configurable: true,
    writable: true,
    value(this: WebSocket, socket: Duplex, head: Buffer, options: SocketOptions = {}) {
      setSocket(this, socket, head, options);
    },
  });
}

/** Joins a WebSocket made with `new WebSocket(null, undefined, options)` to a socket that is past its handshake. */
function setSocket(ws: WebSocket, socket: Duplex, head: Buffer, options: SocketOptions): void {
  const { isServer = true, protocol = '', extensions = {} } = prepared.get(ws) ?? {};
  const deflate = extensions[PerMessageDeflate.extensionName];
  const end = endOf(ws);
  if (end.transport !== null) throw new Error('Cannot set the socket: this WebSocket has one');
  const transport = new SocketTransport(
    socket,
    head,
    isServer ? 'server' : 'client',
    protocol,
    wsLimits(options),
    deflate instanceof PerMessageDeflate ? deflate[kAgreed] : null,
  );
  transport.setListener(end);
  transport.start();
  end.attach(transport, null);
}

function isJoined(ws: WebSocket): boolean {
  return endOf(ws).transport !== null && ws.readyState !== ReadyState.Connecting;
}

function prepare(ws: WebSocket): Prepared {
  const known = prepared.get(ws) ?? {};
  prepared.set(ws, known);
  return known;
}

function extensionsOf(ws: WebSocket): [string, object][] {
  return ws.extensions === '' ? [] : [[ws.extensions, {}]];
}

function partOf<T>(parts: WeakMap<WebSocket, T>, ws: WebSocket, Part: new (ws: WebSocket) => T): T {
  const known = parts.get(ws) ?? new Part(ws);
  parts.set(ws, known);
  return known;
}
