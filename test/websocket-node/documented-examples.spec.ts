/* oxlint-disable import/no-named-as-default-member, unicorn/prefer-add-event-listener, unicorn/consistent-function-scoping --
   programs as they stand in documentation */
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import WebSocket, { type connection, type Message } from 'nestwire/websocket-node';
import {
  closeAll,
  closeOf,
  connect,
  connectPair,
  nextMessage,
  startServer,
} from './support/pair.js';

afterEach(closeAll);

// The programs of the documentation of `websocket`, with awaiting in place of waiting.

describe('the quick server and the quick client', () => {
  it('talk to each other', async () => {
    const server = http.createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const wsServer = new WebSocket.server({ httpServer: server, autoAcceptConnections: false });
    wsServer.on('request', function (request) {
      const connection = request.accept(null, request.origin);
      connection.on('message', function (message) {
        if (message.type === 'utf8') connection.sendUTF('Echo: ' + message.utf8Data);
      });
    });

    const received: string[] = [];
    const client = new WebSocket.client();
    const closed = new Promise<void>((resolve) => {
      client.on('connect', function (connection) {
        connection.sendUTF('Hello Server!');
        connection.on('message', function (message) {
          if (message.type === 'utf8') received.push('Received: ' + message.utf8Data);
          connection.close();
        });
        connection.on('close', () => resolve());
      });
    });
    client.connect(`ws://localhost:${(server.address() as AddressInfo).port}/`);
    await closed;
    expect(received).toEqual(['Received: Echo: Hello Server!']);
    wsServer.shutDown();
    server.close();
  });
});

describe('the usage example of a connection', () => {
  it('accepts with protocol and origin, echoes both kinds, pings, and closes with a reason', async () => {
    const { server, url } = await startServer({ autoAcceptConnections: false });
    const log: string[] = [];
    server.on('request', function (request) {
      const near = request.accept('echo-protocol', request.origin);
      near.on('message', function (message) {
        if (message.type === 'utf8') near.sendUTF('Echo: ' + message.utf8Data);
        else if (message.type === 'binary') near.sendBytes(message.binaryData);
      });
      near.on('pong', (data) => log.push('pong ' + data.toString()));
      near.on('close', (reasonCode, description) => log.push(`${reasonCode} - ${description}`));
      near.ping(Buffer.from('ping-data'));
    });
    const far = await connect(url, 'echo-protocol');
    const messages: Message[] = [];
    const all = new Promise<void>((resolve) => {
      far.on('message', (message) => {
        if (messages.push(message) === 4) resolve();
      });
    });
    far.sendUTF('Hello Server!');
    far.sendBytes(Buffer.from([0x01, 0x02, 0x03, 0x04]));
    far.send('Text message');
    far.send(Buffer.from('Binary data'));
    await all;
    expect(messages).toEqual([
      { type: 'utf8', utf8Data: 'Echo: Hello Server!' },
      { type: 'binary', binaryData: Buffer.from([1, 2, 3, 4]) },
      { type: 'utf8', utf8Data: 'Echo: Text message' },
      { type: 'binary', binaryData: Buffer.from('Binary data') },
    ]);
    const reported = once(server, 'close');
    far.close(1000, 'Normal closure');
    await reported;
    expect(log).toEqual(['pong ping-data', '1000 - Normal closure']);
  });
});

describe('the example of flow control', () => {
  it('sends everything, waiting for drain where sendUTF says so', async () => {
    const { near, far } = await connectPair({ maxSendQueueSize: 0 });
    const count = 2000;
    const messageQueue = Array.from({ length: count }, (_, index) => `${index} `.repeat(800));
    let received = 0;
    const done = new Promise<void>((resolve) => {
      far.on('message', () => {
        if (++received === count) resolve();
      });
    });
    far.pause();
    let canSendMore = true;
    let waits = 0;
    function sendQueuedMessages(): void {
      while (canSendMore && near.connected && messageQueue.length > 0) {
        if (near.sendUTF(messageQueue.shift()!)) continue;
        canSendMore = false;
        waits++;
      }
    }
    near.on('drain', function () {
      canSendMore = true;
      sendQueuedMessages();
    });
    sendQueuedMessages();
    expect(canSendMore).toBe(false);
    far.resume();
    await done;
    expect(waits).toBeGreaterThan(0);
    expect(messageQueue).toEqual([]);
  });
});

describe('the example of error handling', () => {
  it('finds the code of the error, and the connection lost', async () => {
    const { near, far } = await connectPair();
    const seen: unknown[] = [];
    near.on('error', (error: NodeJS.ErrnoException) => seen.push(error.code, near.connected));
    far.socket.resetAndDestroy();
    await closeOf(near);
    expect(seen).toEqual(['ECONNRESET', false]);
  });
});

describe('the example of a graceful shutdown', () => {
  it('says goodbye, closes, and is closed when the peer has answered', async () => {
    const { near, far } = await connectPair();
    function gracefulShutdown(one: connection): void {
      if (!one.connected) return;
      one.sendUTF(JSON.stringify({ type: 'goodbye' }));
      one.close(WebSocket.connection.CLOSE_REASON_NORMAL, 'Server shutting down');
    }
    const goodbye = nextMessage(far);
    const closed = Promise.all([closeOf(near), closeOf(far)]);
    gracefulShutdown(near);
    expect(await goodbye).toBe('{"type":"goodbye"}');
    expect(await closed).toEqual([
      [1000, 'Server shutting down'],
      [1000, 'Server shutting down'],
    ]);
    expect(near.state).toBe('closed');
  });
});

describe('the example for browsers', () => {
  it('runs in Node with the class of the same name', async () => {
    const { server, url } = await startServer();
    server.on('connect', (near) => near.sendUTF('welcome'));
    const { w3cwebsocket: W3CWebSocket } = WebSocket;
    const client = new W3CWebSocket(url, 'echo-protocol');
    const message = await new Promise((resolve) => {
      client.onmessage = (event) => {
        if (typeof event.data === 'string') resolve(event.data);
      };
    });
    expect(message).toBe('welcome');
    client.close();
  });
});
