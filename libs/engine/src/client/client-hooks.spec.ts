import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { answer, opened, outcomeOf } from '../testing-fixtures/client-outcome.js';
import { closeRawPeers, headerOf } from '../testing-fixtures/raw-peer.js';
import { RawServer, closeRawServers } from '../testing-fixtures/raw-server.js';
import { WebSocket } from '../ws/websocket.js';

afterEach(async () => {
  await closeRawPeers();
  await closeRawServers();
});

describe('a client with options', () => {
  it.each([
    [[{ protocols: ['v2', 'v1'] }], 'v2, v1'],
    [[undefined, { protocols: 'v1' }], 'v1'],
    [['v3', { protocols: 'v1' }], 'v3'],
    [[[], { protocols: 'v1' }], null],
  ])('offers the option protocols where there is no such argument: %j', async (given, offered) => {
    const server = await RawServer.listen();
    const ws = Reflect.construct(WebSocket, [server.url, ...given]) as WebSocket;
    const { head } = await server.accept({
      headers: { 'Sec-WebSocket-Protocol': offered === null ? null : offered.split(', ')[0]! },
    });
    expect(headerOf(head, 'Sec-WebSocket-Protocol') ?? null).toBe(offered);
    await opened(ws);
  });

  it.each(['close', 'terminate'] as const)(
    'can be given up in finishRequest with %s',
    async (how) => {
      const server = await RawServer.listen();
      const ws = new WebSocket(server.url, {
        finishRequest: (_request, one) => (one as WebSocket)[how](),
      });
      expect(ws.readyState).toBe(WebSocket.CLOSING);
      expect(await outcomeOf(ws)).toMatchObject({
        errors: ['WebSocket was closed before the connection was established'],
        close: 1006,
      });
    },
  );

  it('leaves no socket behind when it is given up while it connects anew', async () => {
    const server = await RawServer.listen();
    const sockets: Socket[] = [];
    const ws: WebSocket = new WebSocket(server.url, {
      followRedirects: true,
      createConnection: () => {
        const socket = connect(server.port, '127.0.0.1');
        if (sockets.push(socket) === 2) ws.terminate();
        return socket;
      },
    });
    const outcome = outcomeOf(ws);
    await answer(server, 'HTTP/1.1 302 Found\r\nLocation: /there\r\n\r\n');
    expect(await outcome).toMatchObject({ codes: ['WS_ERR_CLOSED_EARLY'], close: 1006 });
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true, true]);
  });

  it('offers no compression where the option is null', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url, { perMessageDeflate: null as never });
    const { head } = await server.accept({ headers: { 'Sec-WebSocket-Extensions': null } });
    expect(headerOf(head, 'Sec-WebSocket-Extensions')).toBeUndefined();
    await opened(ws);
  });
});
