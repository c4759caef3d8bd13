// What constructors are given by mistake: refused in the words of `ws`, or with the option that is wrong, or taken
// where `ws` takes it. Never does a fault of ours show, and nothing waits for the first client to fail.
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { UsageError, WebSocket, WebSocketServer } from 'nestwire/engine';
import {
  client as Client,
  router as Router,
  server as Server,
  w3cwebsocket as W3CWebSocket,
} from 'nestwire/websocket-node';
import * as ws from 'ws';
import {
  closeHttpServers,
  httpServer,
} from '../../libs/engine/src/testing-fixtures/http-servers.js';

afterEach(closeHttpServers);

type Constructor = abstract new (...args: never[]) => object;

/** What comes of constructing: the error, or null. */
function fault(constructor: Constructor, args: readonly unknown[]): Error | null {
  try {
    const made = Reflect.construct(constructor, args) as ws.WebSocket;
    // A client that cannot connect to port 1 says so later.
    made.on?.('error', () => {});
    made.close?.();
    return null;
  } catch (error) {
    return error as Error;
  }
}

const named = (rows: readonly (readonly unknown[])[]): [string, readonly unknown[]][] =>
  rows.map((args) => [inspect(args, { depth: 3, breakLength: Infinity }), args]);

const URL_1 = 'ws://127.0.0.1:1';

describe('a WebSocketServer', () => {
  it.each(
    named([
      [],
      [null],
      [8080],
      ['8080'],
      [[]],
      [() => {}],
      [{}],
      [{ port: null }],
      [{ server: null }],
      [{ server: false }],
      [{ noServer: 0 }],
      [{ noServer: true, port: 0 }],
      [{ port: 0, server: {} }],
      [{ port: -1 }],
      [{ port: 1.5 }],
      [{ port: true }],
      [{ server: {} }],
      [{ server: 8080 }],
    ]),
  )('refuses %s in the words of ws', (_shown, args) => {
    const theirs = fault(ws.WebSocketServer, args);
    const ours = fault(WebSocketServer, args);
    expect(theirs).not.toBeNull();
    expect(ours?.message).toContain(theirs?.message);
  });

  it.each(
    named([
      [{ noServer: 1 }],
      [{ noServer: 'yes' }],
      [{ noServer: true, server: null, port: null }],
      [{ noServer: true, path: null, verifyClient: null, handleProtocols: null, WebSocket: null }],
      [{ noServer: true, perMessageDeflate: null, maxPayload: null }],
    ]),
  )('takes %s as ws does', (_shown, args) => {
    expect(fault(ws.WebSocketServer, args)).toBeNull();
    expect(fault(WebSocketServer, args)).toBeNull();
  });

  it.each<[string, unknown, string]>([
    ['path', /chat/, 'an object, allowed are strings'],
    ['verifyClient', 5, '5, allowed are functions'],
    ['handleProtocols', ['v1'], 'an object, allowed are functions'],
    ['WebSocket', {}, 'an object, allowed are functions'],
    ['handshakeTimeout', '10s', "'10s', allowed are whole numbers from 0"],
    ['handshakeTimeout', -1, '-1, allowed are whole numbers from 0'],
    ['allowedOrigins', 5, "5, allowed are '*' and a list of scheme://host or scheme://host:port"],
    ['allowedOrigins', 'https://app.example', "'https://app.example', allowed are '*' and a list"],
    ['allowedOrigins', ['https://app.example/'], "'https://app.example/', allowed are"],
    ['allowedOrigins', [undefined], 'undefined, allowed are'],
    ['maxPayload', '1mb', '1mb, allowed are whole numbers from 0'],
  ])('names the option %s and its value %p before a client comes', (name, value, words) => {
    const error = fault(WebSocketServer, [{ noServer: true, [name]: value }]);
    expect(error).toBeInstanceOf(UsageError);
    expect(error?.message).toContain(`Cannot use option ${name}: current value is ${words}`);
  });

  it('names proxies that are no list', () => {
    const error = fault(WebSocketServer, [{ noServer: true, trustedProxies: 5 }]);
    expect(error?.message).toBe(
      'Cannot trust proxies: a list of addresses and networks is expected, current value is 5',
    );
    expect(fault(WebSocketServer, [{ noServer: true, trustedProxies: null }])).toBeNull();
  });
});

describe('a WebSocket', () => {
  it.each(
    named([
      [],
      [5],
      [''],
      [{}],
      ['ws://'],
      ['ws://a#b'],
      [URL_1, 5],
      [URL_1, null],
      [URL_1, 'a b'],
      [URL_1, ['a', 'a']],
      [URL_1, [null]],
      [URL_1, [], { protocolVersion: 7 }],
      [URL_1, [], { agent: 5 }],
      [URL_1, [], { signal: 5 }],
    ]),
  )('refuses %s in the words of ws', (_shown, args) => {
    const theirs = fault(ws.WebSocket, args);
    const ours = fault(WebSocket, args);
    expect(theirs).not.toBeNull();
    expect([ours?.name, ours?.message]).toEqual([theirs?.name, theirs?.message]);
  });

  it.each(
    named([
      [URL_1, [], 5],
      [URL_1, [], 'x'],
      [URL_1, [], null],
      [URL_1, [], { headers: null }],
    ]),
  )('takes %s as ws does', (_shown, args) => {
    expect(fault(ws.WebSocket, args)).toBeNull();
    expect(fault(WebSocket, args)).toBeNull();
  });

  it.each([
    ['headers', 5, 'objects'],
    ['origin', 5, 'strings'],
    ['handshakeTimeout', 'x', 'whole numbers from 0'],
    ['socketPath', 5, 'strings'],
    ['finishRequest', 5, 'functions'],
  ])('names the option %s and its value %p', (name, value, allowed) => {
    const error = fault(WebSocket, [URL_1, [], { [name]: value }]);
    expect(error).toBeInstanceOf(UsageError);
    expect(error?.message).toBe(
      `Cannot use option ${name}: current value is ${inspect(value)}, allowed are ${allowed}`,
    );
  });
});

describe('classes of websocket-node', () => {
  it.each<[string, Constructor, unknown]>([
    ['server', Server, null],
    ['client', Client, null],
    ['client', Client, 5],
    ['router', Router, null],
  ])('take what has no options: %s, given as argument %#', (_name, constructor, given) => {
    expect(fault(constructor, [given])).toBeNull();
  });

  it.each<[string, unknown, string]>([
    ['no options', 5, 'the option httpServer is needed'],
    ['no server', {}, 'the option httpServer is needed'],
    ['a port', { httpServer: 8080 }, 'or several, current value is 8080'],
    ['an object', { httpServer: {} }, 'or several, current value is {}'],
    ['a list of ports', { httpServer: [8080] }, 'or several, current value is 8080'],
    [
      'an origin that is none',
      { httpServer: httpServer(), allowedOrigins: ['app.example'] },
      "current value is 'app.example'",
    ],
    ['a proxy that is none', { httpServer: httpServer(), trustedProxies: 5 }, 'current value is 5'],
  ])('name what a server cannot use: %s', (_what, given, words) => {
    const error = fault(Server, [given]);
    expect(error).toBeInstanceOf(UsageError);
    expect(error?.message).toContain(words);
  });

  it('name what is no server, and no address', () => {
    expect(fault(Router, [{ server: 5 }])?.message).toBe(
      'Cannot attach the router: a server is needed, current value is 5',
    );
    for (const address of [undefined, null, 5, {}]) {
      const error = fault(W3CWebSocket, [address]);
      expect([error?.name, error?.message]).toEqual(['SyntaxError', 'Invalid URL: ']);
    }
    expect(() => new Server().mount(null as never)).toThrow('the option httpServer is needed');
  });
});
