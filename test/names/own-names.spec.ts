// Users hold and extend these classes: what is not in the documented API has no plain name on them, for
// a property or a method of theirs could have the same.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  closeWebSocketPairs,
  messages,
  websocketPair,
} from '../../libs/engine/src/testing-fixtures/websocket-pair.js';
import { createWebSocketStream, WebSocket, WebSocketServer } from 'nestwire/engine';
import { namesOf } from './support/names-of.js';

afterEach(closeWebSocketPairs);

const STATES = ['CLOSED', 'CLOSING', 'CONNECTING', 'OPEN'];
const WHATWG = [
  ...STATES,
  'binaryType',
  'bufferedAmount',
  'close',
  'constructor',
  'extensions',
  'onclose',
  'onerror',
  'onmessage',
  'onopen',
  'protocol',
  'readyState',
  'send',
  'toJSON',
  'url',
];
const WEBSOCKET = [
  ...WHATWG,
  'addEventListener',
  'isPaused',
  'pause',
  'ping',
  'pong',
  'removeEventListener',
  'resume',
  'terminate',
].toSorted();

/** What a class of an application may call its own, and ours once did. */
const TAKEN =
  'transport keeper opening isClient address type unsentBytes writer closedCleanly connection server state pending tracked limits deflate proxies ownsServer detach claimed detached attach connected notOpen openWriter sendControl isConnectedOrClosing refuseSend blobFailed onText onBinary onPing onPong onDrain onError onClose attribute setAttribute wrappers add toEvent attachTo complete connectionClosed pickProtocol reportRefusal refusePage listeningEnded emitClose verifying verify await decide connect end'.split(
    ' ',
  );

describe('names on the classes of ws', () => {
  it('are those of its API, at both ends and at the server', async () => {
    const { server, near, far } = await websocketPair();
    expect(namesOf(near)).toEqual(WEBSOCKET);
    expect(namesOf(far)).toEqual(WEBSOCKET);
    expect(namesOf(server)).toEqual(
      ['address', 'clients', 'close', 'constructor', 'handleUpgrade', 'options', 'shouldHandle', 'toJSON'], // prettier-ignore
    );
  });

  it('are those of Node on a stream of one', async () => {
    const { near } = await websocketPair();
    const stream = createWebSocketStream(near);
    const ofNode = new Duplex({ read() {}, write() {}, final() {}, destroy() {} });
    expect(namesOf(stream)).toEqual(namesOf(ofNode));
    expect(Object.getPrototypeOf(stream)).toBe(Duplex.prototype);
  });

  it('leave all others to those who set properties', async () => {
    const { server, near, far } = await websocketPair();
    for (const object of [server, near, far]) {
      for (const name of TAKEN) {
        if (object === server && name === 'address') continue;
        Reflect.set(object, name, 'player');
      }
    }
    const got = messages(near, 2);
    far.send(Buffer.from('bytes'));
    far.send('text', { binary: false });
    expect(await got).toEqual([Buffer.from('bytes'), 'text']);
    const closed = once(near, 'close');
    far.close(4000, 'bye');
    expect((await closed)[0]).toBe(4000);
    const ended = once(server, 'close');
    server.close();
    await ended;
  });

  it('leave all others to classes that extend them, whose methods are not called', async () => {
    const called: string[] = [];
    class Player extends WebSocket {}
    class Lobby extends WebSocketServer {}
    for (const [own, ours] of [
      [Player, WebSocket],
      [Lobby, WebSocketServer],
    ]) {
      for (const name of TAKEN) {
        if (name in ours!.prototype) continue;
        Reflect.set(own!.prototype, name, () => called.push(name));
      }
    }
    const server = new Lobby({ port: 0, host: '127.0.0.1', WebSocket: Player });
    await once(server, 'listening');
    server.on('connection', (ws: WebSocket) => ws.on('message', (data) => ws.send(data)));
    const { port } = server.address() as AddressInfo;
    const far = new Player(`ws://127.0.0.1:${port}`);
    await once(far, 'open');
    const got = messages(far, 1);
    far.ping();
    far.send('echo');
    await got;
    const ended = once(server, 'close');
    far.close();
    server.close();
    await ended;
    expect(called).toEqual([]);
  });

  it('work behind a Proxy, as those of tracers', async () => {
    const { far, near } = await websocketPair();
    const proxy = new Proxy(far, {});
    const got = messages(near, 1);
    proxy.send('text');
    expect(await got).toEqual(['text']);
    expect(proxy.readyState).toBe(WebSocket.OPEN);
  });
});
