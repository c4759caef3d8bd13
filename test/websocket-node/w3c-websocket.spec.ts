/* oxlint-disable unicorn/prefer-add-event-listener -- the on* properties are what is tested */
import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { w3cwebsocket as W3CWebSocket } from 'nestwire/websocket-node';
import { RawServer } from '../../libs/engine/src/testing-fixtures/raw-server.js';
import { closeAll, nextMessage, startServer, type Connection } from './support/pair.js';

afterEach(closeAll);

async function nextEvent<Type extends 'open' | 'message' | 'close' | 'error'>(
  ws: W3CWebSocket,
  type: Type,
): Promise<Parameters<NonNullable<W3CWebSocket[`on${Type}`]>>[0]> {
  return new Promise((resolve) => {
    ws.addEventListener(type, (event) => resolve(event), { once: true });
  });
}

async function openPair(
  config: Parameters<typeof startServer>[0] = {},
  protocols?: string[],
): Promise<{ near: Connection; ws: W3CWebSocket }> {
  const { server, url } = await startServer(config);
  const accepted = once(server, 'connect') as Promise<[Connection]>;
  const ws = new W3CWebSocket(url, protocols);
  const [[near]] = await Promise.all([accepted, nextEvent(ws, 'open')]);
  return { near, ws };
}

describe('readyState', () => {
  it('goes from CONNECTING over OPEN and CLOSING to CLOSED, in this order of onopen, onmessage and onclose', async () => {
    const { server, url } = await startServer();
    server.on('connect', (near) => {
      near.on('message', (message) => near.send(message.type === 'utf8' ? message.utf8Data : ''));
    });
    const ws = new W3CWebSocket(url);
    expect(ws.readyState).toBe(W3CWebSocket.CONNECTING);
    const seen: unknown[] = [];
    ws.onopen = (event) => {
      seen.push('open', ws.readyState === ws.OPEN, event.target === ws);
      ws.send('text');
    };
    ws.onmessage = (event) => {
      seen.push('message', event.data);
      ws.close();
      seen.push(ws.readyState === W3CWebSocket.CLOSING);
    };
    ws.onerror = () => seen.push('error');
    await new Promise<void>((resolve) => {
      ws.onclose = (event) => {
        seen.push('close', event.code, event.wasClean, ws.readyState === ws.CLOSED);
        resolve();
      };
    });
    expect(seen).toEqual(['open', true, true, 'message', 'text', true, 'close', 1000, true, true]);
  });

  it('has its constants on the class and on each object', async () => {
    const { ws } = await openPair();
    for (const [name, value] of Object.entries({ CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 })) {
      expect(Reflect.get(W3CWebSocket, name)).toBe(value);
      expect(Reflect.get(ws, name)).toBe(value);
    }
  });
});

describe('url, protocol, extensions and bufferedAmount', () => {
  it('tell of the connection', async () => {
    const { ws } = await openPair({}, ['chat']);
    expect(ws.url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/$/);
    expect([ws.protocol, ws.extensions, ws.bufferedAmount]).toEqual(['chat', '', 0]);
  });
});

describe('send', () => {
  it('takes text, buffers and views', async () => {
    const { near, ws } = await openPair();
    for (const [data, expected] of [
      ['Grüße', 'Grüße'],
      ['', ''],
      [Buffer.from('bytes'), Buffer.from('bytes')],
      [Uint8Array.of(1, 2, 3).buffer, Buffer.from([1, 2, 3])],
      [new DataView(Uint8Array.of(1, 2, 3).buffer, 1, 2), Buffer.from([2, 3])],
    ] as const) {
      ws.send(data);
      expect(await nextMessage(near)).toEqual(expected);
    }
  });

  it('throws for anything else, and while it is not open', async () => {
    const { url } = await startServer();
    const ws = new W3CWebSocket(url);
    expect(() => ws.send('early')).toThrow(/not open/);
    await nextEvent(ws, 'open');
    expect(() => ws.send(5 as never)).toThrow(TypeError);
    ws.close();
    expect(() => ws.send('late')).toThrow(/not open/);
  });
});

describe('binaryType', () => {
  it('is arraybuffer, or blob, and nothing else', async () => {
    const { near, ws } = await openPair();
    expect(ws.binaryType).toBe('arraybuffer');
    near.send(Buffer.from('bytes'));
    const { data } = await nextEvent(ws, 'message');
    expect(Object.prototype.toString.call(data)).toBe('[object ArrayBuffer]');
    expect(Buffer.from(data as ArrayBuffer).toString()).toBe('bytes');
    ws.binaryType = 'blob';
    near.send(Buffer.from('more'));
    const { data: blob } = await nextEvent(ws, 'message');
    expect(await (blob as Blob).text()).toBe('more');
    expect(() => {
      ws.binaryType = 'nodebuffer' as never;
    }).toThrow(SyntaxError);
  });
});

describe('messages', () => {
  it('are handed out when they are empty, too', async () => {
    const { near, ws } = await openPair();
    near.send('');
    expect((await nextEvent(ws, 'message')).data).toBe('');
    near.send(Buffer.alloc(0));
    expect(((await nextEvent(ws, 'message')).data as ArrayBuffer).byteLength).toBe(0);
  });
});

describe('addEventListener and removeEventListener', () => {
  it('add to the on* property, which is called first', async () => {
    const { near, ws } = await openPair();
    const seen: string[] = [];
    const removed = (): void => void seen.push('removed');
    ws.addEventListener('message', removed);
    ws.addEventListener('message', () => seen.push('listener'));
    ws.onmessage = () => seen.push('property');
    ws.removeEventListener('message', removed);
    near.send('text');
    await nextEvent(ws, 'message');
    expect(seen).toEqual(['property', 'listener']);
  });
});

describe('close', () => {
  it('takes a code and a reason', async () => {
    const { near, ws } = await openPair();
    const closed = Promise.all([once(near, 'close'), nextEvent(ws, 'close')]);
    ws.close(4000, 'bye');
    ws.close();
    const [reported, event] = await closed;
    expect(reported).toEqual([4000, 'bye']);
    expect(event).toMatchObject({
      code: 4000,
      reason: 'bye',
      wasClean: true,
    });
  });

  it('of the peer tells its code and reason', async () => {
    const { near, ws } = await openPair();
    near.close(4001, 'enough');
    expect(await nextEvent(ws, 'close')).toMatchObject({ code: 4001, reason: 'enough' });
  });

  it('gives up a connection that is not open yet', async () => {
    const server = await RawServer.listen();
    const ws = new W3CWebSocket(server.url);
    const { peer } = await server.request();
    const errored = nextEvent(ws, 'error');
    const closed = nextEvent(ws, 'close');
    ws.close();
    expect(ws.readyState).toBe(ws.CLOSING);
    await errored;
    expect(await closed).toMatchObject({ code: 1006, wasClean: false });
    expect(ws.readyState).toBe(ws.CLOSED);
    await peer.over();
  });
});

describe('the event error', () => {
  it('comes before close when the connection cannot be made', async () => {
    const server = await RawServer.listen();
    const { url } = server;
    await server.close();
    const ws = new W3CWebSocket(url);
    const seen: string[] = [];
    ws.onerror = (event) => seen.push(`error ${event.message.includes('ECONNREFUSED')}`);
    ws.onclose = (event) => seen.push(`close ${event.code}`);
    await nextEvent(ws, 'close');
    expect(seen).toEqual(['error true', 'close 1006']);
  });
});

describe('the constructor', () => {
  it('passes on origin, headers, request options and client config', async () => {
    const server = await RawServer.listen();
    const ws = new W3CWebSocket(
      server.url,
      'chat',
      'https://page.example',
      { 'X-Header': 'yes' },
      { localAddress: '127.0.0.1' },
      { webSocketVersion: 8, assembleFragments: false },
    );
    const { head, peer } = await server.request();
    expect(head.headers.get('sec-websocket-origin')).toEqual(['https://page.example']);
    expect(head.headers.get('x-header')).toEqual(['yes']);
    expect(head.headers.get('sec-websocket-version')).toEqual(['8']);
    peer.end();
    await nextEvent(ws, 'close');
  });

  it('throws for what is no URL', () => {
    expect(() => new W3CWebSocket('nowhere')).toThrow(SyntaxError);
  });
});

describe('a log', () => {
  it('shows the state of a socket, and not its URL', async () => {
    const { ws } = await openPair();
    expect(JSON.stringify({ ws })).toBe('{"ws":{"readyState":1,"protocol":"","bufferedAmount":0}}');
  });
});
