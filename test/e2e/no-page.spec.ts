// Who sends no Origin is no page of a browser: programs with cookies, gateways and load balancers are let in,
// whichever origins are allowed. Pages are judged all the same.
import { afterEach, describe, expect, it } from '@jest/globals';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { OnMessage, WsGateway } from 'nestwire';
import { WebSocketServer } from 'nestwire/engine';
import {
  closeHttpServers,
  httpServer,
  listen,
} from '../../libs/engine/src/testing-fixtures/http-servers.js';
import { RawPeer, closeRawPeers } from '../../libs/engine/src/testing-fixtures/raw-peer.js';
import { closeStandard, startStandard } from '../adapter/support/standard-app.js';
import { startServer } from '../websocket-node/support/pair.js';
import { closeApps, startApp } from './support/app.js';

afterEach(async () => {
  await closeRawPeers();
  await closeHttpServers();
  await closeApps();
  await closeStandard();
});

type Serve = (options: { allowedOrigins?: string[] }) => Promise<number>;

const SERVERS: [string, Serve][] = [
  [
    'WebSocketServer',
    async (options) => {
      const http = httpServer();
      const server = new WebSocketServer({ server: http, ...options });
      expect(server.clients.size).toBe(0);
      return listen(http);
    },
  ],
  [
    'a gateway',
    async (options) => {
      @WsGateway({ path: '/', ...options })
      class Mine {
        @OnMessage('any')
        any(): void {}
      }
      return (await startApp({ providers: [Mine] })).port;
    },
  ],
  [
    'a gateway for @nestjs/platform-ws',
    async (options) => {
      @WebSocketGateway({ path: '/', ...options })
      class Standard {
        @SubscribeMessage('any')
        any(): void {}
      }
      return Number(new URL((await startStandard([Standard])).url).port);
    },
  ],
  [
    'the server of nestwire/websocket-node',
    async (options) => (await startServer({ autoAcceptConnections: true, ...options })).port,
  ],
];

const CREDENTIALS: Record<string, string>[] = [
  { Cookie: 'io=1; session=2' },
  { Authorization: 'Basic eDp5' },
];

describe.each(SERVERS)('%s', (_server, serve) => {
  it.each([
    ['by default', {}],
    ['with a list of origins', { allowedOrigins: ['https://app.example'] }],
    ['with an empty one', { allowedOrigins: [] }],
  ])('lets in who has credentials and sends no Origin, %s', async (_which, options) => {
    const port = await serve(options);
    for (const headers of CREDENTIALS) {
      const peer = await RawPeer.upgrade(port, { headers });
      expect((await peer.readHead()).status).toBe(101);
      const page = { ...headers, Origin: 'https://evil.example' };
      const refused = await RawPeer.upgrade(port, { headers: page });
      expect((await refused.readHead()).status).toBe(403);
    }
  });
});
