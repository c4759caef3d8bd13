import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  router as WebSocketRouter,
  type routerRequest as WebSocketRouterRequest,
} from 'nestwire/websocket-node';
import { RawPeer } from '../../libs/engine/src/testing-fixtures/raw-peer.js';
import { closeAll, connect, startServer } from './support/pair.js';

afterEach(closeAll);

async function startRouter(): Promise<{ router: WebSocketRouter; port: number; url: string }> {
  const { server, port, url } = await startServer({ autoAcceptConnections: false });
  return { router: new WebSocketRouter({ server }), port, url };
}

const accept = (request: WebSocketRouterRequest): void => void request.accept(request.origin);

async function statusAt(port: number, path: string, protocols?: string): Promise<number> {
  const headers = { 'Sec-WebSocket-Protocol': protocols ?? null };
  const peer = await RawPeer.upgrade(port, { line: `GET ${path} HTTP/1.1`, headers });
  return (await peer.readHead()).status;
}

describe('mount', () => {
  it('takes a path and a protocol, and rejects all else with 404', async () => {
    const { router, port } = await startRouter();
    router.mount('/chat.v1', 'Chat', accept);
    expect(await statusAt(port, '/chat.v1', 'chat')).toBe(101);
    expect(await statusAt(port, '/chat.v1?a=b', 'other, CHAT')).toBe(101);
    expect(await statusAt(port, '/chatxv1', 'chat')).toBe(404);
    expect(await statusAt(port, '/chat.v1/more', 'chat')).toBe(404);
    expect(await statusAt(port, '/chat.v1', 'other')).toBe(404);
    expect(await statusAt(port, '/chat.v1')).toBe(404);
  });

  it('takes requests without a protocol where none is given', async () => {
    const { router, port } = await startRouter();
    router.mount('/plain', null, accept);
    expect(await statusAt(port, '/plain')).toBe(101);
    expect(await statusAt(port, '/plain', 'chat')).toBe(404);
  });

  it('takes every path and every protocol with "*"', async () => {
    const { router, port } = await startRouter();
    const seen: (string | null)[] = [];
    router.mount('*', '*', (request) => {
      seen.push(request.protocol);
      accept(request);
    });
    expect(await statusAt(port, '/anything')).toBe(101);
    expect(await statusAt(port, '/else', 'One, two')).toBe(101);
    expect(seen).toEqual([null, 'one']);
  });

  it('takes a RegExp, with the flag g each time alike', async () => {
    const { router, port } = await startRouter();
    router.mount(/\/room\/\d+$/g, '*', accept);
    for (let count = 0; count < 3; count++) {
      expect(await statusAt(port, '/room/42')).toBe(101);
    }
    expect(await statusAt(port, '/room/x')).toBe(404);
  });

  it('tries the routes for the first protocol of the client first', async () => {
    const { router, url } = await startRouter();
    router.mount('*', 'second', accept);
    router.mount('*', 'first', accept);
    expect((await connect(url, ['first', 'second'])).protocol).toBe('first');
  });

  it('throws for a route that is taken, or a missing argument', () => {
    const router = new WebSocketRouter();
    router.mount('/a', 'chat', accept);
    expect(() => router.mount('/a', 'CHAT', accept)).toThrow(/are taken/);
    expect(() => router.mount('/a', 'other', accept)).not.toThrow();
    for (const path of ['', null, 5]) {
      expect(() => router.mount(path as never, 'chat', accept)).toThrow(/path must be/);
    }
    expect(() => router.mount('/b', 'chat', undefined as never)).toThrow(/callback is needed/);
  });
});

describe('unmount', () => {
  it('takes a route away', async () => {
    const { router, port } = await startRouter();
    router.mount('/a', null, accept);
    router.mount(/b/, 'chat', accept);
    router.unmount('/a');
    router.unmount(/b/, 'Chat');
    expect(await statusAt(port, '/a')).toBe(404);
    expect(() => router.unmount('/a')).toThrow(/none has this path/);
  });
});

describe('attachServer and detachServer', () => {
  it('begin and end taking the requests of a server', async () => {
    const { server, port } = await startServer({ autoAcceptConnections: false });
    const router = new WebSocketRouter();
    expect(() => router.attachServer(undefined as never)).toThrow(/a server is needed/);
    expect(() => router.detachServer()).toThrow(/not attached/);
    router.mount('*', '*', accept);
    router.attachServer(server);
    expect(await statusAt(port, '/')).toBe(101);
    router.detachServer();
    expect(server.listenerCount('request')).toBe(0);
  });
});

describe('a router request', () => {
  it('says what the request does, and accepts with its protocol', async () => {
    const { router, url } = await startRouter();
    const routed = new Promise<WebSocketRouterRequest>((resolve) => {
      router.mount('*', 'chat', resolve);
    });
    const connecting = connect(`${url}path?query=1`, ['chat']);
    const request = await routed;
    const { webSocketRequest } = request;
    expect(request.protocol).toBe('chat');
    expect(request.resource).toBe('/path?query=1');
    for (const member of [
      'origin',
      'resource',
      'resourceURL',
      'httpRequest',
      'remoteAddress',
      'remoteAddresses',
      'webSocketVersion',
      'requestedExtensions',
      'cookies',
    ] as const) {
      expect(request[member]).toBe(webSocketRequest[member]);
    }
    const accepted = once(request, 'requestAccepted');
    const near = request.accept(request.origin, [{ name: 'a', value: 'b' }]);
    expect(await accepted).toEqual([near]);
    expect((await connecting).protocol).toBe('chat');
  });

  it('rejects as the request does', async () => {
    const { router, port } = await startRouter();
    const rejected: unknown[] = [];
    router.mount('*', '*', (request) => {
      request.on('requestRejected', (one) => rejected.push(one === request));
      request.reject(410, 'Gone');
    });
    expect(await statusAt(port, '/')).toBe(410);
    expect(rejected).toEqual([true]);
  });
});
