import { afterEach, describe, expect, it } from '@jest/globals';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import type { WebSocketServerOptions } from '../ws/websocket-server-options.js';
import { WebSocketServer } from '../ws/websocket-server.js';
import { WebSocket } from '../ws/websocket.js';

const NAMES = [
  'nestwire:connection:open',
  'nestwire:connection:close',
  'nestwire:message:received',
  'nestwire:message:sent',
  'nestwire:handshake:refused',
  'nestwire:limit:hit',
] as const;

const undo: (() => void)[] = [];

function record(): { name: string; message: Record<string, unknown> }[] {
  const seen: { name: string; message: Record<string, unknown> }[] = [];
  for (const name of NAMES) {
    const listener = (message: unknown): void => {
      seen.push({ name, message: message as Record<string, unknown> });
    };
    subscribe(name, listener);
    undo.push(() => unsubscribe(name, listener));
  }
  return seen;
}

/** A `verifyClient` that never decides. */
const undecided = (_info: unknown, _decide: unknown): void => {};

async function listen(
  maxPayload: number,
  options: WebSocketServerOptions = {},
): Promise<{ server: WebSocketServer; port: number }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', maxPayload, ...options });
  undo.push(() => server.close());
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

describe('diagnostics', () => {
  afterEach(() => {
    for (const step of undo.splice(0)) step();
  });

  it('tells of the life of a connection and its messages at both ends', async () => {
    const { server, port } = await listen(100);
    const seen = record();
    server.on('connection', (ws: WebSocket) => {
      ws.on('message', (data) => ws.send(data as Buffer, { binary: true }));
    });
    const client = new WebSocket(`ws://127.0.0.1:${port}/`);
    await once(client, 'open');
    client.send('four');
    await once(client, 'message');
    client.close(1000, 'done');
    await once(client, 'close');

    const names = seen.map(({ name }) => name);
    expect(names.filter((name) => name.endsWith(':open'))).toHaveLength(2);
    const messages = seen.filter(({ name }) => name.includes(':message:'));
    expect(
      messages.map(({ name, message }) => [name, message['byteLength'], message['isBinary']]),
    ).toEqual([
      ['nestwire:message:sent', 4, false],
      ['nestwire:message:received', 4, false],
      ['nestwire:message:sent', 4, true],
      ['nestwire:message:received', 4, true],
    ]);
    const closed = seen.filter(({ name }) => name.endsWith(':close'));
    expect(closed).not.toHaveLength(0);
    expect(closed[0]!.message).toMatchObject({ code: 1000, wasClean: true });
  });

  it('tells of a limit that was hit', async () => {
    const { server, port } = await listen(10);
    const seen = record();
    server.on('connection', (ws: WebSocket) => ws.on('error', () => {}));
    const client = new WebSocket(`ws://127.0.0.1:${port}/`);
    await once(client, 'open');
    client.send('more than ten bytes');
    await once(client, 'close');
    const hit = seen.find(({ name }) => name === 'nestwire:limit:hit');
    expect(hit?.message['error']).toMatchObject({ code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' });
  });

  it('tells of a handshake that was refused', async () => {
    const { port } = await listen(10);
    const seen = record();
    const socket = connect(port, '127.0.0.1');
    socket.end('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    socket.resume();
    await once(socket, 'close');
    const refused = seen.find(({ name }) => name === 'nestwire:handshake:refused');
    expect(refused?.message).toMatchObject({ status: 400 });
  });

  it.each([
    ['that nobody serves', 404, '/other', {}],
    ['that was not decided in time', 503, '/', { handshakeTimeout: 20, verifyClient: undecided }],
  ])('tells of an upgrade %s', async (_which, status, path, options) => {
    const { port } = await listen(10, { path: '/', ...options });
    const seen = record();
    const client = new WebSocket(`ws://127.0.0.1:${port}${path}`);
    await once(client, 'error');
    const refused = seen.filter(({ name }) => name === 'nestwire:handshake:refused');
    expect(refused.map(({ message }) => [message['status'], message['error']])).toEqual([
      [status, null],
    ]);
  });
});
