import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import * as npm from 'ws';
import * as engine from '../index.js';
import { WebSocket, WebSocketServer, createWebSocketStream } from '../index.js';

/** A value, or the name and message of what was thrown instead. */
type Told = string | readonly (string | number | boolean)[];

/** What both packages have, as far as it is used here. */
interface Surface {
  send(data: unknown, options?: object | ((error?: Error) => void)): void;
  ping(data?: unknown): void;
  pong(data?: unknown): void;
  close(code?: unknown, reason?: unknown): void;
}

const servers: npm.WebSocketServer[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** What the server of `ws` is told when `act` is done to a client, and what is thrown. */
async function told(
  Client: new (url: string) => Surface & NodeJS.EventEmitter,
  act: (ws: Surface) => void,
): Promise<Told[]> {
  const server = new npm.WebSocketServer({ port: 0, host: '127.0.0.1' });
  servers.push(server);
  await once(server, 'listening');
  const log: Told[] = [];
  const closed = new Promise<void>((resolve) => {
    server.once('connection', (peer) => {
      peer.on('message', (data, isBinary) => {
        log.push(['message', (data as Buffer).toString('hex'), isBinary]);
      });
      peer.on('ping', (data) => log.push(['ping', data.toString('hex')]));
      peer.on('pong', (data) => log.push(['pong', data.toString('hex')]));
      peer.on('close', (code, reason) => {
        log.push(['close', code, reason.toString()]);
        resolve();
      });
    });
  });
  const ws = new Client(`ws://127.0.0.1:${(server.address() as { port: number }).port}`);
  await once(ws, 'open');
  try {
    act(ws);
  } catch (error) {
    const { name, message } = error as Error;
    log.push([name, message]);
  }
  ws.close(4999);
  await closed;
  return log;
}

const values: [string, unknown][] = [
  ['a number', 5],
  ['zero', 0],
  ['NaN', NaN],
  ['nothing', undefined],
  ['null', null],
  ['false', false],
  ['true', true],
  ['an empty string', ''],
  ['an object', {}],
  ['an object with a length', { length: 5 }],
  ['an object with a length that is none', { length: 'x' }],
  ['an array', [1, 2, 300]],
  ['a Float32Array', new Float32Array([1, 2])],
  ['a DataView', new DataView(new ArrayBuffer(3))],
  ['an ArrayBuffer', new ArrayBuffer(4)],
  ['a symbol', Symbol('x')],
  ['a bigint', 10n],
  ['a String object', new String('text')],
  ['a Blob', new Blob(['blob'])],
];

describe('a client', () => {
  it.each(values)('sends %s as that of ws does', async (_what, value) => {
    const act = (ws: Surface): void => ws.send(value);
    expect(await told(WebSocket, act)).toEqual(await told(npm.WebSocket, act));
  });

  it.each(values)('pings with %s as that of ws does', async (_what, value) => {
    const act = (ws: Surface): void => ws.ping(value);
    expect(await told(WebSocket, act)).toEqual(await told(npm.WebSocket, act));
  });

  // With null both throw a TypeError, of which that of ws is one by accident.
  it.each(values.filter(([what]) => what !== 'null'))(
    'closes with %s for a reason as that of ws does',
    async (_what, value) => {
      const act = (ws: Surface): void => ws.close(1000, value);
      const [ours, theirs] = [await told(WebSocket, act), await told(npm.WebSocket, act)];
      const thrown = theirs.find(([name]) => name === 'TypeError');
      if (thrown) expect(ours.map(([name]) => name)).toEqual(theirs.map(([name]) => name));
      else expect(ours).toEqual(theirs);
    },
  );

  it.each([
    undefined,
    null,
    0,
    999,
    1000,
    1004,
    1005,
    1006,
    1014,
    1015,
    2999,
    3000,
    4999,
    5000,
    'x',
  ])('closes with the code %p as that of ws does', async (code) => {
    const act = (ws: Surface): void => ws.close(code, 'why');
    expect(await told(WebSocket, act)).toEqual(await told(npm.WebSocket, act));
  });

  it.each<[string, (ws: Surface) => void]>([
    ['a reason too long', (ws) => ws.close(1000, 'x'.repeat(124))],
    ['a ping too long', (ws) => ws.ping('x'.repeat(126))],
    ['text as bytes', (ws) => ws.send('text', { binary: true })],
    ['bytes as text', (ws) => ws.send(Buffer.from('text'), { binary: false })],
    [
      'fragments',
      (ws) => {
        ws.send('a', { fin: false });
        ws.send(Buffer.from('b'), { fin: false });
        ws.ping('between');
        ws.send('c', { fin: true });
      },
    ],
    [
      'Blobs in their order',
      (ws) => {
        ws.send(new Blob(['1']));
        ws.send('2');
        ws.send(new Blob(['3']), { binary: false });
        ws.close(1000, 'last');
      },
    ],
    [
      'a send behind a close',
      (ws) => {
        ws.close(1000);
        ws.send('late');
      },
    ],
  ])('treats %s as that of ws does', async (_what, act) => {
    expect(await told(WebSocket, act)).toEqual(await told(npm.WebSocket, act));
  });

  it.each([
    [undefined],
    [''],
    ['example.com'],
    ['ws://'],
    ['ws://example.com/#fragment'],
    ['ws+unix:'],
    ['ws://a', null],
    ['ws://a', ''],
    ['ws://a', ['x', 'x']],
    ['ws://a', 'a,b'],
    ['ws://a', [], { protocolVersion: 1000 }],
  ])('cannot be made of %p, as that of ws cannot', (...args) => {
    const failure = (Client: unknown): string => {
      try {
        Reflect.construct(Client as typeof WebSocket, args);
        return 'none';
      } catch (error) {
        return String(error);
      }
    };
    expect(failure(WebSocket)).toBe(failure(npm.WebSocket));
  });
});

describe('a server', () => {
  it('has the types of that of ws, as programs that never ask for undefined need them', () => {
    const server = new WebSocketServer({
      noServer: true,
      verifyClient: ({ origin }, decide) => decide(origin.startsWith('https:')),
    });
    for (const client of server.clients) client.send('to everybody');
    expect(server.clients.size).toBe(0);
    expect(new WebSocketServer({ noServer: true, clientTracking: false }).clients).toBeUndefined();
  });
});

describe('the two ends of two packages', () => {
  it.each([
    ['our client', WebSocket, npm.WebSocketServer],
    ['our server', npm.WebSocket, WebSocketServer],
  ])('understand each other with %s, compressed or not', async (_what, Client, Server) => {
    for (const perMessageDeflate of [true, false]) {
      const server = new (Server as typeof npm.WebSocketServer)({
        port: 0,
        host: '127.0.0.1',
        perMessageDeflate,
        handleProtocols: () => 'echo',
      });
      await once(server, 'listening');
      server.on('connection', (peer) => {
        peer.on('message', (data, binary) => peer.send(data, { binary }));
      });
      const { port } = server.address() as { port: number };
      const ws = new (Client as typeof npm.WebSocket)(`ws://127.0.0.1:${port}`, ['other', 'echo']);
      await once(ws, 'open');
      expect([ws.protocol, ws.extensions]).toEqual([
        'echo',
        perMessageDeflate ? 'permessage-deflate' : '',
      ]);
      for (const size of [0, 1, 2000, 70_000, 1_000_000]) {
        const bytes = Buffer.alloc(size, 'nestwire ');
        for (const data of [bytes, bytes.toString()]) {
          ws.send(data);
          const [echo, isBinary] = (await once(ws, 'message')) as [Buffer, boolean];
          expect(isBinary).toBe(data === bytes);
          expect(bytes.equals(echo)).toBe(true);
        }
      }
      const closed = once(ws, 'close');
      ws.close(4001, 'done');
      expect((await closed)[0]).toBe(4001);
      server.close();
    }
  });
});

function membersOf(prototype: object): string[] {
  return Object.getOwnPropertyNames(prototype).filter((name) => !name.startsWith('_'));
}

function take(event: WebSocket.MessageEvent): WebSocket.Data {
  return event.data;
}

/** A program written with `@types/ws`: that it compiles is what counts. */
function typed(ws: WebSocket, server: WebSocket.Server): WebSocket.AddressInfo | string | null {
  const options: WebSocket.ClientOptions & WebSocket.PerMessageDeflateOptions = { threshold: 1 };
  ws.addEventListener('message', take);
  ws.on('message', (data: WebSocket.RawData, isBinary: boolean) =>
    ws.send(data, { binary: isBinary }),
  );
  return options.handshakeTimeout === 1 ? null : server.address();
}

describe('the exports', () => {
  it('are those of ws, less its internals', () => {
    const internals = ['PerMessageDeflate', 'Receiver', 'Sender', 'extension', 'subprotocol'];
    const missing = Object.keys(npm).filter((name) => !(name in engine));
    expect(missing.filter((name) => name !== 'module.exports').sort()).toEqual(internals);
  });

  it('hang on the default one as well', () => {
    expect(engine.default).toBe(WebSocket);
    expect(WebSocket.WebSocket).toBe(WebSocket);
    expect(WebSocket.WebSocketServer).toBe(WebSocketServer);
    expect(WebSocket.Server).toBe(WebSocketServer);
    expect(WebSocket.createWebSocketStream).toBe(createWebSocketStream);
  });

  it('hold the members of its classes', () => {
    const all: string[] = [];
    for (let at: object = WebSocket.prototype; at !== null; at = Object.getPrototypeOf(at)) {
      all.push(...membersOf(at));
    }
    const internals = ['emitClose', 'setSocket'];
    const missing = membersOf(npm.WebSocket.prototype).filter((name) => !all.includes(name));
    expect(missing.sort()).toEqual(internals);
    const ofServer = membersOf(npm.WebSocketServer.prototype);
    const ours = membersOf(WebSocketServer.prototype);
    expect(ofServer.filter((name) => !ours.includes(name))).toEqual(['completeUpgrade']);
  });

  it('carry the types of @types/ws', () => {
    expect(typed).toHaveLength(2);
  });
});
