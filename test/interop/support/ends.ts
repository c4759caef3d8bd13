import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket as UndiciWebSocket, type MessageEvent } from 'undici';
import { WebSocket as NestwireWebSocket } from 'nestwire/engine';
import WebsocketNode from 'websocket';
import { WebSocket as WsWebSocket, WebSocketServer as WsServer } from 'ws';
import { serveEcho } from '../../../libs/engine/src/testing-fixtures/websocket-servers.js';

export type Message = string | Buffer;

/** An open connection to an echo server. */
export interface Connection {
  /** What was agreed on, as far as the client tells. */
  readonly extensions: string;
  echo(message: Message): Promise<Message>;
  /** Closes, and tells what the close event says. */
  close(code: number, reason: string): Promise<{ code: number; reason: string }>;
}

export interface Client {
  readonly name: string;
  /** Null for one that always offers compression; false for one that cannot. */
  readonly compression: boolean | null;
  open(url: string, compressed: boolean): Promise<Connection>;
}

export interface Server {
  readonly name: string;
  readonly compression: boolean;
  listen(compressed: boolean): Promise<{ url: string; close(): Promise<void> }>;
}

const NO_LIMIT = 128 * 1024 * 1024;

function fromEmitter(ws: WsWebSocket | NestwireWebSocket): Connection {
  const emitter = ws as WsWebSocket;
  return {
    extensions: emitter.extensions,
    async echo(message) {
      const answer = once(emitter, 'message') as Promise<[Buffer, boolean]>;
      emitter.send(message);
      const [data, isBinary] = await answer;
      return isBinary ? data : data.toString();
    },
    async close(code, reason) {
      const closed = once(emitter, 'close') as Promise<[number, Buffer]>;
      emitter.close(code, reason);
      const [closeCode, bytes] = await closed;
      return { code: closeCode, reason: bytes.toString() };
    },
  };
}

export const nestwireClient: Client = {
  name: 'nestwire',
  compression: true,
  async open(url, compressed) {
    const ws = new NestwireWebSocket(url, { perMessageDeflate: compressed });
    await once(ws, 'open');
    return fromEmitter(ws);
  },
};

const wsClient: Client = {
  name: 'ws',
  compression: true,
  async open(url, compressed) {
    const ws = new WsWebSocket(url, { perMessageDeflate: compressed });
    await once(ws, 'open');
    return fromEmitter(ws);
  },
};

const undiciClient: Client = {
  name: 'undici',
  compression: null,
  async open(url) {
    const ws = new UndiciWebSocket(url);
    ws.binaryType = 'arraybuffer';
    await once(ws, 'open');
    return {
      extensions: ws.extensions,
      async echo(message) {
        const answer = once(ws, 'message') as Promise<[MessageEvent]>;
        ws.send(typeof message === 'string' ? message : new Uint8Array(message));
        const [{ data }] = await answer;
        return typeof data === 'string' ? data : Buffer.from(data as ArrayBuffer);
      },
      async close(code, reason) {
        const closed = once(ws, 'close') as Promise<[{ code: number; reason: string }]>;
        ws.close(code, reason);
        const [event] = await closed;
        return { code: event.code, reason: event.reason };
      },
    };
  },
};

const websocketClient: Client = {
  name: 'websocket',
  compression: false,
  async open(url) {
    const client = new WebsocketNode.client({
      maxReceivedFrameSize: NO_LIMIT,
      maxReceivedMessageSize: NO_LIMIT,
    });
    const connected = once(client, 'connect') as Promise<[WebsocketNode.connection]>;
    client.connect(url);
    const [connection] = await connected;
    return {
      extensions: '',
      async echo(message) {
        const answer = once(connection, 'message') as Promise<[WebsocketNode.Message]>;
        if (typeof message === 'string') connection.sendUTF(message);
        else connection.sendBytes(message);
        const [data] = await answer;
        return data.type === 'utf8' ? data.utf8Data : data.binaryData;
      },
      async close(code, reason) {
        const closed = once(connection, 'close') as Promise<[number, string]>;
        connection.close(code, reason);
        const [closeCode, description] = await closed;
        return { code: closeCode, reason: description };
      },
    };
  },
};

/** Clients of others, for the server of the engine. */
export const CLIENTS: readonly Client[] = [wsClient, websocketClient, undiciClient];

export const nestwireServer: Server = {
  name: 'nestwire',
  compression: true,
  async listen(compressed) {
    const { url, server } = await serveEcho({ perMessageDeflate: compressed });
    return {
      url,
      async close() {
        for (const ws of server.clients) ws.terminate();
        await new Promise<void>((resolve) => server.close(() => resolve()));
      },
    };
  },
};

const wsServer: Server = {
  name: 'ws',
  compression: true,
  async listen(compressed) {
    const server = new WsServer({ port: 0, host: '127.0.0.1', perMessageDeflate: compressed });
    server.on('connection', (ws) => {
      ws.on('message', (data: Buffer, isBinary) => ws.send(data, { binary: isBinary }));
    });
    await once(server, 'listening');
    return {
      url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
      async close() {
        for (const ws of server.clients) ws.terminate();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  },
};

const websocketServer: Server = {
  name: 'websocket',
  compression: false,
  async listen() {
    const http = createServer();
    const server = new WebsocketNode.server({
      httpServer: http,
      autoAcceptConnections: true,
      maxReceivedFrameSize: NO_LIMIT,
      maxReceivedMessageSize: NO_LIMIT,
    });
    server.on('connect', (connection) => {
      connection.on('message', (data) => {
        if (data.type === 'utf8') connection.sendUTF(data.utf8Data);
        else connection.sendBytes(data.binaryData);
      });
    });
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    return {
      url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}`,
      async close() {
        server.shutDown();
        http.closeAllConnections();
        await new Promise((resolve) => http.close(resolve));
      },
    };
  },
};

/** Servers of others, for the client of the engine. */
export const SERVERS: readonly Server[] = [wsServer, websocketServer];
