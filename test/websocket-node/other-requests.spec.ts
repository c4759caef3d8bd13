// Upgrades that somebody else hands over: rebuilt requests, and streams that are no sockets of Node.
import type { IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ServerConfig } from 'nestwire/websocket-node';
import { httpServer, listen } from '../../libs/engine/src/testing-fixtures/http-servers.js';
import { clientText } from '../../libs/engine/src/testing-fixtures/raw-frame.js';
import { RawPeer } from '../../libs/engine/src/testing-fixtures/raw-peer.js';
import { closeAll, startServer } from './support/pair.js';

afterEach(closeAll);

/** The same bytes, by a stream with nothing but what streams have. */
function wrapped(socket: Duplex): Duplex {
  const stream: Duplex = new Duplex({
    read: () => void socket.resume(),
    write: (chunk, encoding, done) => void socket.write(chunk, encoding, done),
    final: (done) => void socket.end(done),
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk) => {
    if (!stream.push(chunk)) socket.pause();
  });
  socket.on('end', () => stream.push(null));
  socket.on('close', () => stream.destroy());
  socket.on('error', () => {});
  return stream;
}

const rebuilt = ({ method, url, headers }: IncomingMessage): IncomingMessage =>
  JSON.parse(JSON.stringify({ method, url, headers })) as IncomingMessage;

describe('handleUpgrade', () => {
  it.each<[string, Partial<ServerConfig>]>([
    ['by default', {}],
    ['with the options of TCP', { disableNagleAlgorithm: false, useNativeKeepalive: true }],
  ])('takes a rebuilt request on any stream, %s', async (_which, config) => {
    const { server } = await startServer(config);
    server.on('connect', (connection) => {
      connection.on('message', (message) => {
        if (message.type === 'utf8') connection.sendUTF(message.utf8Data);
      });
    });
    const http = httpServer();
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      server.handleUpgrade(rebuilt(request), wrapped(socket), head);
    });
    const peer = await RawPeer.upgrade(await listen(http), {}, clientText('behind'));
    expect((await peer.readHead()).status).toBe(101);
    expect(await peer.said()).toEqual([1, 'behind']);
    peer.end();
    await peer.over();
    expect(server.connections).toHaveLength(0);
  });
});
