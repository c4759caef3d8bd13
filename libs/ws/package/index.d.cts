/// <reference types="node" />

// The types of `nestwire/ws`: whatever compiles with `@types/ws` compiles with these. They stand alone,
// for the package that is put in the place of `ws` carries them without the rest.
import type { EventEmitter } from 'node:events';
import type {
  Agent,
  ClientRequest,
  ClientRequestArgs,
  IncomingMessage,
  OutgoingHttpHeaders,
  Server as HttpServer,
} from 'node:http';
import type { ClientHttp2Session, Http2SecureServer, Http2Server } from 'node:http2';
import type { Server as HttpsServer } from 'node:https';
import type { createConnection } from 'node:net';
import type { Duplex, DuplexOptions, Writable } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';
import type { URL } from 'node:url';
import type { ZlibOptions } from 'node:zlib';

/** What can be sent as one message: text, bytes in any shape, a number (as text), or what has bytes. */
type BufferLike =
  | string
  | number
  | Buffer
  | ArrayBuffer
  | SharedArrayBuffer
  | ArrayBufferView
  | Blob
  | readonly any[]
  | { valueOf(): ArrayBuffer | SharedArrayBuffer | Uint8Array | readonly number[] | string }
  | { [Symbol.toPrimitive](hint: string): string };

type Listener<E> = ((event: E) => void) | { handleEvent(event: E): void };

/** One end of a WebSocket connection: an EventEmitter, and the interface of WHATWG's WebSocket. */
declare class WebSocket extends EventEmitter {
  static readonly CONNECTING: 0;
  static readonly OPEN: 1;
  static readonly CLOSING: 2;
  static readonly CLOSED: 3;

  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;

  /** How binary messages are handed out; default 'nodebuffer'. */
  binaryType: 'nodebuffer' | 'arraybuffer' | 'fragments';
  /** Bytes given to `send` that have not left yet. */
  readonly bufferedAmount: number;
  /** Names of the extensions agreed on, '' when none. */
  readonly extensions: string;
  readonly isPaused: boolean;
  /** The subprotocol agreed on, '' when none. */
  readonly protocol: string;
  readonly readyState:
    | typeof WebSocket.CONNECTING
    | typeof WebSocket.OPEN
    | typeof WebSocket.CLOSING
    | typeof WebSocket.CLOSED;
  /** Where a client connects to, after redirects; '' at a server. */
  readonly url: string;

  onopen: ((event: WebSocket.Event) => void) | null;
  onerror: ((event: WebSocket.ErrorEvent) => void) | null;
  onclose: ((event: WebSocket.CloseEvent) => void) | null;
  onmessage: ((event: WebSocket.MessageEvent) => void) | null;

  /** The end of a server, which a socket is set for. */
  constructor(address: null, protocols?: undefined, options?: object);
  /** Connects to a server. */
  constructor(address: string | URL, options?: WebSocket.ClientOptions | ClientRequestArgs);
  constructor(
    address: string | URL,
    protocols?: string | string[],
    options?: WebSocket.ClientOptions | ClientRequestArgs,
  );

  /** Starts the closing handshake, behind all that was sent before. */
  close(code?: number, data?: string | Buffer): void;
  ping(data?: any, mask?: boolean, cb?: (err: Error) => void): void;
  pong(data?: any, mask?: boolean, cb?: (err: Error) => void): void;
  /** Sends a message; `cb` is called when it has left, or with why it never will. */
  send(data: BufferLike, cb?: (err?: Error) => void): void;
  send(
    data: BufferLike,
    options: {
      mask?: boolean | undefined;
      binary?: boolean | undefined;
      compress?: boolean | undefined;
      fin?: boolean | undefined;
    },
    cb?: (err?: Error) => void,
  ): void;
  /** Destroys the connection at once. */
  terminate(): void;
  /** Stops reading; messages are held by TCP. */
  pause(): void;
  resume(): void;

  addEventListener<K extends keyof WebSocket.WebSocketEventMap>(
    type: K,
    listener: Listener<WebSocket.WebSocketEventMap[K]>,
    options?: WebSocket.EventListenerOptions,
  ): void;
  removeEventListener<K extends keyof WebSocket.WebSocketEventMap>(
    type: K,
    listener: Listener<WebSocket.WebSocketEventMap[K]>,
  ): void;

  // An overload for each and no type argument: a union of events has any arguments, as with `@types/ws`.
  on(event: 'close', listener: (this: WebSocket, code: number, reason: Buffer) => void): this;
  on(event: 'error', listener: (this: WebSocket, error: Error) => void): this;
  on(event: 'upgrade', listener: (this: WebSocket, response: IncomingMessage) => void): this;
  on(
    event: 'message',
    listener: (this: WebSocket, data: WebSocket.RawData, isBinary: boolean) => void,
  ): this;
  on(event: 'open' | 'drain', listener: (this: WebSocket) => void): this;
  on(event: 'ping' | 'pong', listener: (this: WebSocket, data: Buffer) => void): this;
  on(
    event: 'redirect',
    listener: (this: WebSocket, url: string, request: ClientRequest) => void,
  ): this;
  on(
    event: 'unexpected-response',
    listener: (this: WebSocket, request: ClientRequest, response: IncomingMessage) => void,
  ): this;
  on(event: string | symbol, listener: (this: WebSocket, ...args: any[]) => void): this;
  once(event: 'close', listener: (this: WebSocket, code: number, reason: Buffer) => void): this;
  once(event: 'error', listener: (this: WebSocket, error: Error) => void): this;
  once(event: 'upgrade', listener: (this: WebSocket, response: IncomingMessage) => void): this;
  once(
    event: 'message',
    listener: (this: WebSocket, data: WebSocket.RawData, isBinary: boolean) => void,
  ): this;
  once(event: 'open' | 'drain', listener: (this: WebSocket) => void): this;
  once(event: 'ping' | 'pong', listener: (this: WebSocket, data: Buffer) => void): this;
  once(
    event: 'redirect',
    listener: (this: WebSocket, url: string, request: ClientRequest) => void,
  ): this;
  once(
    event: 'unexpected-response',
    listener: (this: WebSocket, request: ClientRequest, response: IncomingMessage) => void,
  ): this;
  once(event: string | symbol, listener: (this: WebSocket, ...args: any[]) => void): this;
  off(event: 'close', listener: (this: WebSocket, code: number, reason: Buffer) => void): this;
  off(event: 'error', listener: (this: WebSocket, error: Error) => void): this;
  off(event: 'upgrade', listener: (this: WebSocket, response: IncomingMessage) => void): this;
  off(
    event: 'message',
    listener: (this: WebSocket, data: WebSocket.RawData, isBinary: boolean) => void,
  ): this;
  off(event: 'open' | 'drain', listener: (this: WebSocket) => void): this;
  off(event: 'ping' | 'pong', listener: (this: WebSocket, data: Buffer) => void): this;
  off(
    event: 'redirect',
    listener: (this: WebSocket, url: string, request: ClientRequest) => void,
  ): this;
  off(
    event: 'unexpected-response',
    listener: (this: WebSocket, request: ClientRequest, response: IncomingMessage) => void,
  ): this;
  off(event: string | symbol, listener: (this: WebSocket, ...args: any[]) => void): this;
  addListener(event: 'close', listener: (code: number, reason: Buffer) => void): this;
  addListener(event: 'error', listener: (error: Error) => void): this;
  addListener(event: 'upgrade', listener: (response: IncomingMessage) => void): this;
  addListener(
    event: 'message',
    listener: (data: WebSocket.RawData, isBinary: boolean) => void,
  ): this;
  addListener(event: 'open' | 'drain', listener: () => void): this;
  addListener(event: 'ping' | 'pong', listener: (data: Buffer) => void): this;
  addListener(event: 'redirect', listener: (url: string, request: ClientRequest) => void): this;
  addListener(
    event: 'unexpected-response',
    listener: (request: ClientRequest, response: IncomingMessage) => void,
  ): this;
  addListener(event: string | symbol, listener: (...args: any[]) => void): this;
  removeListener(event: 'close', listener: (code: number, reason: Buffer) => void): this;
  removeListener(event: 'error', listener: (error: Error) => void): this;
  removeListener(event: 'upgrade', listener: (response: IncomingMessage) => void): this;
  removeListener(
    event: 'message',
    listener: (data: WebSocket.RawData, isBinary: boolean) => void,
  ): this;
  removeListener(event: 'open' | 'drain', listener: () => void): this;
  removeListener(event: 'ping' | 'pong', listener: (data: Buffer) => void): this;
  removeListener(event: 'redirect', listener: (url: string, request: ClientRequest) => void): this;
  removeListener(
    event: 'unexpected-response',
    listener: (request: ClientRequest, response: IncomingMessage) => void,
  ): this;
  removeListener(event: string | symbol, listener: (...args: any[]) => void): this;
}

declare const WebSocketAlias: typeof WebSocket;
interface WebSocketAlias extends WebSocket {}

declare namespace WebSocket {
  /** What a message event hands out. */
  type RawData = Buffer | ArrayBuffer | Buffer[];
  /** What the `data` of a `MessageEvent` is: text has become a string. */
  type Data = string | Buffer | ArrayBuffer | Buffer[];
  /** A TLS certificate or key, or several. */
  type CertMeta = string | string[] | Buffer | Buffer[];

  interface ClientInfo<Request extends IncomingMessage = IncomingMessage> {
    origin: string;
    secure: boolean;
    req: Request;
  }

  /** A `verifyClient` that decides at once. */
  type VerifyClientCallbackSync<Request extends IncomingMessage = IncomingMessage> = (
    info: ClientInfo<Request>,
  ) => boolean;
  /** A `verifyClient` that decides through its callback. */
  type VerifyClientCallbackAsync<Request extends IncomingMessage = IncomingMessage> = (
    info: ClientInfo<Request>,
    callback: (
      res: boolean,
      code?: number,
      message?: string,
      headers?: OutgoingHttpHeaders,
    ) => void,
  ) => void;
  /** Called with the request instead of `request.end()`, to change its headers first. */
  type FinishRequestCallback = (request: ClientRequest, websocket: WebSocket) => void;

  /** Limits of one connection, beside those of `ws`; see docs/protocol.md of nestwire. */
  interface ConnectionLimits {
    maxPayload?: number | undefined;
    maxFrame?: number | undefined;
    maxFragments?: number | undefined;
    maxBufferedChunks?: number | undefined;
    skipUTF8Validation?: boolean | undefined;
    requireMinimalLength?: boolean | undefined;
    pingInterval?: number | undefined;
    pongTimeout?: number | undefined;
    idleTimeout?: number | undefined;
    maxLifetime?: number | undefined;
    closeTimeout?: number | undefined;
    autoPong?: boolean | undefined;
    sendSoftMark?: number | undefined;
    sendHardLimit?: number | undefined;
    maxQueuedMessages?: number | undefined;
    sendStallTimeout?: number | undefined;
    sendStallBytes?: number | undefined;
    maxPendingAutoPongs?: number | undefined;
    maxFramesPerTurn?: number | undefined;
    allowSynchronousEvents?: boolean | undefined;
    perMessageDeflate?: boolean | PerMessageDeflateOptions | undefined;
    compression?: 'shared' | 'dedicated' | 'disabled' | undefined;
    maxCompressedSize?: number | undefined;
    /** Of the whole handshake; 0 = no limit. */
    handshakeTimeout?: number | undefined;
  }

  interface ClientOptions extends SecureContextOptions, ConnectionLimits {
    protocol?: string | undefined;
    protocols?: string | readonly string[] | undefined;
    requireProtocol?: boolean | undefined;
    followRedirects?: boolean | undefined;
    maxRedirects?: number | undefined;
    session?: ClientHttp2Session | undefined;
    generateMask?(mask: Buffer): void;
    localAddress?: string | undefined;
    protocolVersion?: number | undefined;
    headers?: { [key: string]: string } | undefined;
    origin?: string | undefined;
    agent?: Agent | undefined;
    host?: string | undefined;
    family?: number | undefined;
    checkServerIdentity?(servername: string, cert: CertMeta): boolean;
    rejectUnauthorized?: boolean | undefined;
    createConnection?: typeof createConnection | undefined;
    finishRequest?: FinishRequestCallback | undefined;
  }

  interface PerMessageDeflateOptions {
    serverNoContextTakeover?: boolean | undefined;
    clientNoContextTakeover?: boolean | undefined;
    serverMaxWindowBits?: number | undefined;
    clientMaxWindowBits?: number | undefined;
    zlibDeflateOptions?:
      | {
          flush?: number | undefined;
          finishFlush?: number | undefined;
          chunkSize?: number | undefined;
          windowBits?: number | undefined;
          level?: number | undefined;
          memLevel?: number | undefined;
          strategy?: number | undefined;
          dictionary?: Buffer | Buffer[] | DataView | undefined;
          info?: boolean | undefined;
        }
      | undefined;
    zlibInflateOptions?: ZlibOptions | undefined;
    threshold?: number | undefined;
    concurrencyLimit?: number | undefined;
    maxCompressedSize?: number | undefined;
  }

  interface Event {
    type: string;
    target: WebSocket;
  }

  interface ErrorEvent extends Event {
    error: any;
    message: string;
  }

  interface CloseEvent extends Event {
    wasClean: boolean;
    code: number;
    reason: string;
  }

  interface MessageEvent extends Event {
    data: Data;
  }

  interface WebSocketEventMap {
    open: Event;
    error: ErrorEvent;
    close: CloseEvent;
    message: MessageEvent;
  }

  interface EventListenerOptions {
    once?: boolean | undefined;
  }

  /** Options of `Receiver`. */
  interface SocketOptions {
    allowSynchronousEvents?: boolean | undefined;
    maxBufferedChunks?: number | undefined;
    maxFragments?: number | undefined;
    maxPayload?: number | undefined;
    skipUTF8Validation?: boolean | undefined;
  }

  interface ServerOptions<
    U extends typeof WebSocket.WebSocket = typeof WebSocket.WebSocket,
    V extends typeof IncomingMessage = typeof IncomingMessage,
  > extends ConnectionLimits {
    host?: string | undefined;
    port?: number | undefined;
    backlog?: number | undefined;
    /** Connections of one address that may have sent no complete request; 0 = no limit. */
    maxPendingPerAddress?: number | undefined;
    /** WebSockets that one session of HTTP/2 may have; 0 = no limit. */
    maxPerSession?: number | undefined;
    server?: HttpServer<V> | HttpsServer<V> | Http2Server | Http2SecureServer | undefined;
    verifyClient?:
      | VerifyClientCallbackAsync<InstanceType<V>>
      | VerifyClientCallbackSync<InstanceType<V>>
      | undefined;
    handleProtocols?: (protocols: Set<string>, request: InstanceType<V>) => string | false;
    path?: string | undefined;
    noServer?: boolean | undefined;
    clientTracking?: boolean | undefined;
    /** Origins that may connect, beside those that the default lets in; '*' allows all. */
    allowedOrigins?: readonly string[] | '*' | undefined;
    /** Proxies whose X-Forwarded-Proto is believed. */
    trustedProxies?: readonly string[] | undefined;
    WebSocket?: U | undefined;
  }

  interface AddressInfo {
    address: string;
    family: string;
    port: number;
  }

  /** A WebSocket server. */
  class Server<
    T extends typeof WebSocket.WebSocket = typeof WebSocket.WebSocket,
    U extends typeof IncomingMessage = typeof IncomingMessage,
  > extends EventEmitter {
    options: ServerOptions<T, U>;
    path: string;
    /** The open connections. */
    clients: Set<InstanceType<T>>;

    constructor(options?: ServerOptions<T, U>, callback?: () => void);

    address(): AddressInfo | string | null;
    /** Stops taking upgrades; open connections are left as they are. */
    close(cb?: (err?: Error) => void): void;
    handleUpgrade(
      request: InstanceType<U>,
      socket: Duplex,
      upgradeHead: Buffer,
      callback: (client: InstanceType<T>, request: InstanceType<U>) => void,
    ): void;
    shouldHandle(request: InstanceType<U>): boolean | Promise<boolean>;

    on(
      event: 'connection',
      listener: (this: Server<T>, websocket: InstanceType<T>, request: InstanceType<U>) => void,
    ): this;
    on(event: 'error', listener: (this: Server<T>, error: Error) => void): this;
    on(
      event: 'headers',
      listener: (this: Server<T>, headers: string[], request: InstanceType<U>) => void,
    ): this;
    on(event: 'close' | 'listening', listener: (this: Server<T>) => void): this;
    on(
      event: 'wsClientError',
      listener: (this: Server<T>, error: Error, socket: Duplex, request: InstanceType<U>) => void,
    ): this;
    on(event: string | symbol, listener: (this: Server<T>, ...args: any[]) => void): this;
    once(
      event: 'connection',
      listener: (this: Server<T>, websocket: InstanceType<T>, request: InstanceType<U>) => void,
    ): this;
    once(event: 'error', listener: (this: Server<T>, error: Error) => void): this;
    once(
      event: 'headers',
      listener: (this: Server<T>, headers: string[], request: InstanceType<U>) => void,
    ): this;
    once(event: 'close' | 'listening', listener: (this: Server<T>) => void): this;
    once(
      event: 'wsClientError',
      listener: (this: Server<T>, error: Error, socket: Duplex, request: InstanceType<U>) => void,
    ): this;
    once(event: string | symbol, listener: (this: Server<T>, ...args: any[]) => void): this;
    off(
      event: 'connection',
      listener: (this: Server<T>, websocket: InstanceType<T>, request: InstanceType<U>) => void,
    ): this;
    off(event: 'error', listener: (this: Server<T>, error: Error) => void): this;
    off(
      event: 'headers',
      listener: (this: Server<T>, headers: string[], request: InstanceType<U>) => void,
    ): this;
    off(event: 'close' | 'listening', listener: (this: Server<T>) => void): this;
    off(
      event: 'wsClientError',
      listener: (this: Server<T>, error: Error, socket: Duplex, request: InstanceType<U>) => void,
    ): this;
    off(event: string | symbol, listener: (this: Server<T>, ...args: any[]) => void): this;
    addListener(
      event: 'connection',
      listener: (websocket: InstanceType<T>, request: InstanceType<U>) => void,
    ): this;
    addListener(event: 'error', listener: (error: Error) => void): this;
    addListener(
      event: 'headers',
      listener: (headers: string[], request: InstanceType<U>) => void,
    ): this;
    addListener(event: 'close' | 'listening', listener: () => void): this;
    addListener(
      event: 'wsClientError',
      listener: (error: Error, socket: Duplex, request: InstanceType<U>) => void,
    ): this;
    addListener(event: string | symbol, listener: (...args: any[]) => void): this;
    removeListener(
      event: 'connection',
      listener: (websocket: InstanceType<T>, request: InstanceType<U>) => void,
    ): this;
    removeListener(event: 'error', listener: (error: Error) => void): this;
    removeListener(
      event: 'headers',
      listener: (headers: string[], request: InstanceType<U>) => void,
    ): this;
    removeListener(event: 'close' | 'listening', listener: () => void): this;
    removeListener(
      event: 'wsClientError',
      listener: (error: Error, socket: Duplex, request: InstanceType<U>) => void,
    ): this;
    removeListener(event: string | symbol, listener: (...args: any[]) => void): this;
  }

  const WebSocketServer: typeof Server;
  interface WebSocketServer extends Server {}
  const WebSocket: typeof WebSocketAlias;
  interface WebSocket extends WebSocketAlias {}

  /** A WebSocket as a stream. */
  function createWebSocketStream(websocket: WebSocket, options?: DuplexOptions): Duplex;

  type ExtensionParameters = Record<
    string,
    string | number | true | readonly (string | number | true)[]
  >;

  /** The header Sec-WebSocket-Extensions. */
  const extension: {
    format(
      extensions: Readonly<Record<string, ExtensionParameters | readonly ExtensionParameters[]>>,
    ): string;
    parse(header: string): Record<string, Record<string, (string | true)[]>[]>;
  };

  /** The header Sec-WebSocket-Protocol. */
  const subprotocol: { parse(header: string): Set<string> };

  /** Reads frames that are written to it. */
  class Receiver extends Writable {
    constructor(
      options?: SocketOptions & {
        binaryType?: 'nodebuffer' | 'arraybuffer' | 'fragments' | 'blob' | undefined;
        extensions?: Readonly<Record<string, unknown>> | undefined;
        isServer?: boolean | undefined;
      },
    );
  }

  /** Frames messages and writes them to a socket. */
  class Sender {
    constructor(
      socket: Duplex,
      extensions?: Readonly<Record<string, unknown>>,
      generateMask?: (mask: Buffer) => void,
    );
    static frame(
      data: Uint8Array | string,
      options: {
        opcode: number;
        fin?: boolean | undefined;
        rsv1?: boolean | undefined;
        mask?: boolean | undefined;
        readOnly?: boolean | undefined;
        maskBuffer?: Buffer | undefined;
        generateMask?: ((mask: Buffer) => void) | undefined;
      },
    ): Buffer[];
    close(code?: number, data?: string | Buffer, mask?: boolean, cb?: (err?: Error) => void): void;
    ping(data: unknown, mask?: boolean, cb?: (err?: Error) => void): void;
    pong(data: unknown, mask?: boolean, cb?: (err?: Error) => void): void;
    send(
      data: unknown,
      options: { binary?: boolean; compress?: boolean; fin?: boolean; mask?: boolean },
      cb?: (err?: Error) => void,
    ): void;
    sendFrame(list: readonly Uint8Array[], cb?: (err?: Error) => void): void;
  }

  /** permessage-deflate (RFC 7692) by itself. */
  class PerMessageDeflate {
    static readonly extensionName: string;
    params: Record<string, string | number | true> | null;
    constructor(
      options?: PerMessageDeflateOptions & { isServer?: boolean; maxPayload?: number },
      isServer?: boolean,
      maxPayload?: number,
    );
    offer(): Record<string, string | number | true>;
    accept(configurations: readonly ExtensionParameters[]): Record<string, string | number | true>;
    cleanup(): void;
    compress(
      data: Uint8Array | string,
      last: boolean,
      done: (error: Error | null, data?: Buffer) => void,
    ): void;
    decompress(
      data: Buffer,
      last: boolean,
      done: (error: Error | null, data?: Buffer) => void,
    ): void;
  }
}

export = WebSocket;
