// Clients that leave while it is being decided whether they are let in: nobody keeps them.
import { createServer, type Server as HttpServer } from 'node:http';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { setImmediate as turn } from 'node:timers/promises';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, type CanActivate, type Provider } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway, WebSocketServer as Server } from '@nestjs/websockets';
import { ConnectionRegistry, Hub, OnMessage, VerifyClient, WsGateway } from 'nestwire';
import { WebSocketServer, type WebSocketServerOptions } from 'nestwire/engine';
import { server as NodeServer, type request as NodeRequest } from 'nestwire/websocket-node';
import { closeHttpServers, listen } from '../../libs/engine/src/testing-fixtures/http-servers.js';
import { RawPeer, closeRawPeers } from '../../libs/engine/src/testing-fixtures/raw-peer.js';
import { clientText } from '../../libs/engine/src/testing-fixtures/raw-frame.js';
import { TEST_CERTIFICATE } from '../../libs/engine/src/testing-fixtures/test-certificate.js';
import { upgradeHead } from '../../libs/engine/src/testing-fixtures/upgrade-head.js';
import { closeStandard, startStandard } from '../adapter/support/standard-app.js';
import { closeApps, startApp } from '../e2e/support/app.js';
import { deferred } from '../e2e/support/deferred.js';

afterEach(async () => {
  await closeRawPeers();
  await closeHttpServers();
  await closeApps();
  await closeStandard();
});

const COUNT = 200;

/** What decides about clients, all of them at once when it is told to. */
class Decision {
  /** Clients it has been asked about. */
  asked = 0;
  readonly #made = deferred();

  /** Waits for `make`. */
  async yes(): Promise<true> {
    this.asked++;
    await this.#made.promise;
    return true;
  }

  make(): void {
    this.#made.resolve();
  }
}

/** A server that asks `decision` about each client. */
interface Served {
  readonly port: number;
  readonly http: HttpServer | HttpsServer;
  /** Connections that it counts as its own, open and pending. */
  count(): number;
}

type Serve = (decision: Decision, http?: HttpServer | HttpsServer) => Promise<Served>;

function ignoreError(): void {}

/** As the README of `ws` has it: authenticate, then `handleUpgrade`. */
const applicationAuthenticates: Serve = async (decision, http = createServer()) => {
  const server = new WebSocketServer({ noServer: true });
  let accepted = 0;
  http.on('upgrade', (request, socket, head) => {
    socket.on('error', ignoreError);
    void decision.yes().then(() => {
      socket.removeListener('error', ignoreError);
      server.handleUpgrade(request, socket, head, (ws) => {
        accepted++;
        ws.once('close', () => accepted--);
      });
    });
  });
  return { http, port: await listen(http), count: () => server.clients.size + accepted };
};

function verifies(of: (decision: Decision) => WebSocketServerOptions): Serve {
  return async (decision, http = createServer()) => {
    const server = new WebSocketServer({ server: http, ...of(decision) });
    let open = 0;
    server.on('connection', (ws) => {
      open++;
      ws.once('close', () => open--);
    });
    return { http, port: await listen(http), count: () => server.clients.size + open };
  };
}

function nest(gateway: (decision: Decision) => Provider): Serve {
  return async (decision) => {
    const { app, port } = await startApp({ providers: [gateway(decision)] });
    const hub = app.get(Hub);
    const registry = app.get(ConnectionRegistry);
    return {
      http: app.getHttpServer() as HttpServer,
      port,
      count: () => registry.size + hub.stats.connections.pending + (hub.limits.idle ? 0 : 1),
    };
  };
}

const gatewayVerifies = nest((decision) => {
  @WsGateway('/')
  class Slow {
    @VerifyClient()
    verify(): Promise<boolean> {
      return decision.yes();
    }

    @OnMessage('any')
    any(): void {}
  }
  return Slow;
});

const guardDecides = nest((decision) => {
  @Injectable()
  class Door implements CanActivate {
    canActivate(): Promise<boolean> {
      return decision.yes();
    }
  }

  @WsGateway('/')
  @VerifyClient(Door)
  class Guarded {
    @OnMessage('any')
    any(): void {}
  }
  return Guarded;
});

const standardGatewayVerifies: Serve = async (decision) => {
  let open = 0;
  @WebSocketGateway({ path: '/', verifyClient: () => decision.yes() } as object)
  class Standard {
    @Server()
    server!: WebSocketServer;

    handleConnection(): void {
      open++;
    }

    handleDisconnect(): void {
      open--;
    }

    @SubscribeMessage('any')
    any(): void {}
  }
  const { app, url } = await startStandard([Standard]);
  const { server } = app.get(Standard);
  return {
    http: app.getHttpServer() as HttpServer,
    port: Number(new URL(url).port),
    count: () => server.clients.size + open,
  };
};

const requestIsAcceptedLater: Serve = async (decision, http = createServer()) => {
  const server = new NodeServer({ httpServer: http });
  let open = 0;
  server.on('request', (request: NodeRequest) => {
    void decision.yes().then(() => {
      const connection = request.accept(null, request.origin);
      open++;
      connection.once('close', () => open--);
    });
  });
  return {
    http,
    port: await listen(http),
    count: () => server.connections.length + server.pendingRequests.length + open,
  };
};

/** On an HTTP server of the application. */
const ON_HTTP: [string, Serve][] = [
  ['an application that authenticates before handleUpgrade', applicationAuthenticates],
  [
    'a verifyClient that returns a promise',
    verifies((decision) => ({ verifyClient: () => decision.yes() })),
  ],
  [
    'a verifyClient with a callback',
    verifies((decision) => ({
      verifyClient: (_info, decide) => void decision.yes().then((isIn) => decide(isIn)),
    })),
  ],
  ['a request of nestwire/websocket-node that is accepted later', requestIsAcceptedLater],
];

const IN_NEST: [string, Serve][] = [
  ['an async @VerifyClient', gatewayVerifies],
  ['an async guard', guardDecides],
  ['verifyClient of a gateway for @nestjs/platform-ws', standardGatewayVerifies],
];

type Leave = (peer: RawPeer) => void;

const DEPARTURES: [string, Leave][] = [
  // The side of a raw client stays open until it is closed: such a client reads on, and never closes.
  ['a FIN, its own side left open', (peer) => peer.end()],
  ['a FIN behind what it sent early', (peer) => peer.socket.end(clientText('early'))],
  ['a FIN when it has closed', (peer) => peer.socket.end(() => peer.socket.destroy())],
  ['a reset', (peer) => peer.reset()],
];

async function openSockets(http: HttpServer | HttpsServer): Promise<number> {
  return new Promise((resolve, reject) => {
    http.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}

/** The connection below can be ended without a word of TLS. */
const tcpBelow = new WeakMap<RawPeer, Socket>();

async function connectTls(port: number): Promise<RawPeer> {
  const tcp = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  tcp.on('error', ignoreError);
  const socket = tlsConnect({ socket: tcp, rejectUnauthorized: false });
  const peer = new RawPeer(socket);
  tcpBelow.set(peer, tcp);
  await once(socket, 'secureConnect');
  return peer;
}

/** Connects `count` clients, has them leave, decides, and waits until nothing is left of them. */
async function outlive(
  served: Served,
  decision: Decision,
  { count, leave, tls = false }: { count: number; leave: Leave; tls?: boolean },
): Promise<void> {
  const { http, port } = served;
  const peers: RawPeer[] = [];
  while (peers.length < count) {
    const batch = Array.from({ length: 20 }, () =>
      tls ? connectTls(port) : RawPeer.connect(port),
    );
    peers.push(...(await Promise.all(batch)));
    for (const peer of peers.slice(-batch.length)) peer.write(upgradeHead());
  }
  while (decision.asked < count) await turn();
  for (const peer of peers) leave(peer);
  // What they sent is on its way through the kernel; whichever comes first, nobody may stay.
  for (let turns = 0; turns < 10; turns++) await turn();
  decision.make();
  for (const peer of peers) await peer.over();
  while (served.count() > 0 || (await openSockets(http)) > 0) await turn();
}

describe.each([...ON_HTTP, ...IN_NEST])('%s', (_server, serve) => {
  it.each(DEPARTURES)('keeps none of 200 clients that leave before by %s', async (_how, leave) => {
    const decision = new Decision();
    const served = await serve(decision);
    await outlive(served, decision, { count: COUNT, leave });
    // And lets in who stays.
    const peer = await RawPeer.upgrade(served.port);
    expect((await peer.readHead()).status).toBe(101);
  });
});

const TLS_DEPARTURES: [string, Leave][] = [
  ['close_notify', (peer) => peer.socket.end()],
  ['a FIN without close_notify', (peer) => tcpBelow.get(peer)!.destroy()],
  ['a reset', (peer) => tcpBelow.get(peer)!.resetAndDestroy()],
];

describe.each(ON_HTTP)('%s, over TLS', (_server, serve) => {
  it.each(
    TLS_DEPARTURES.flatMap(([how, leave]) =>
      [false, true].map((allowHalfOpen): [string, boolean, Leave] => [how, allowHalfOpen, leave]),
    ),
  )(
    'keeps none of 50 clients that leave before by %s, allowHalfOpen: %s',
    async (_how, allowHalfOpen, leave) => {
      const decision = new Decision();
      const https = createHttpsServer({ ...TEST_CERTIFICATE, allowHalfOpen });
      const served = await serve(decision, https);
      await outlive(served, decision, { count: 50, leave, tls: true });
      const peer = await connectTls(served.port);
      peer.write(upgradeHead());
      expect((await peer.readHead()).status).toBe(101);
    },
  );
});
