/** The part of the package `websocket` that the tests use; it brings no types of its own. */
declare module 'websocket' {
  import type { EventEmitter } from 'node:events';
  import type { Server } from 'node:http';

  interface Limits {
    maxReceivedFrameSize: number;
    maxReceivedMessageSize: number;
  }

  namespace WebsocketNode {
    type Message =
      | { readonly type: 'utf8'; readonly utf8Data: string }
      | { readonly type: 'binary'; readonly binaryData: Buffer };

    class connection extends EventEmitter {
      sendUTF(text: string): void;
      sendBytes(bytes: Buffer): void;
      close(code: number, reason: string): void;
      on(event: 'message', listener: (message: Message) => void): this;
    }

    class client extends EventEmitter {
      constructor(config: Limits);
      connect(url: string): void;
    }

    class server extends EventEmitter {
      constructor(config: Limits & { httpServer: Server; autoAcceptConnections: boolean });
      shutDown(): void;
      on(event: 'connect', listener: (connection: connection) => void): this;
    }
  }

  export default WebsocketNode;
}
