// The same for the classes that follow the npm package `websocket`: programs for it extend and wrap them.
import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  client as Client,
  connection as Connection,
  frame as Frame,
  request as Request,
  router as Router,
  server as Server,
  w3cwebsocket as W3CWebSocket,
} from 'nestwire/websocket-node';
import {
  closeAll,
  closeOf,
  connectPair,
  nextMessage,
  startServer,
} from '../websocket-node/support/pair.js';
import { unpublished } from './support/published.js';

afterEach(closeAll);

/** What these classes are made of: names that an application may use. */
const TAKEN =
  'open unmounts decide handleRequestAccepted handleRequestResolved sendToAll upgrade resolved head readMembers offeredProtocol unresolved resolve routes find connecting options answered opened address connection state_ type failed received callHandler stage header second queue read readStart readRest readPayload setFlags setPayload payloadOnWire refuse link transport writer phase keepAlive pongs'.split(
    ' ',
  );

/** A request that waits, and its server. */
async function ask(): Promise<{ server: Server; request: Request; client: Client }> {
  const { server, url } = await startServer({ autoAcceptConnections: false });
  const asked = once(server, 'request') as Promise<[Request]>;
  const client = new Client();
  client.connect(url);
  const [request] = await asked;
  return { server, request, client };
}

describe('names on the classes of websocket-node', () => {
  it('are those of their types', async () => {
    const { server, request, client } = await ask();
    const connection = request.accept();
    const socket = new W3CWebSocket('ws://127.0.0.1:1/');
    for (const [object, type] of [
      [server, 'server'],
      [request, 'request'],
      [client, 'client'],
      [connection, 'connection'],
      [new Frame(), 'frame'],
      [new Router(), 'router'],
      [socket, 'w3cwebsocket'],
    ] as const) {
      expect([type, unpublished(object, 'nestwire/websocket-node', type)]).toEqual([type, []]);
    }
  });

  it('leave all others to those who set properties, and to classes that extend them', async () => {
    const called: string[] = [];
    const set: [object, string][] = [];
    for (const { prototype } of [Server, Request, Client, Connection, Frame, Router]) {
      for (const name of TAKEN) {
        if (name in prototype) continue;
        Reflect.set(prototype, name, () => called.push(name));
        set.push([prototype, name]);
      }
    }
    try {
      const { near, far } = await connectPair();
      for (const name of TAKEN) {
        for (const object of [near, far]) Reflect.set(object, name, 'of the application');
      }
      const got = nextMessage(near);
      far.sendUTF('text');
      expect(await got).toBe('text');
      const closed = closeOf(near);
      far.close();
      expect(await closed).toEqual([1000, expect.any(String)]);
    } finally {
      for (const [prototype, name] of set) Reflect.deleteProperty(prototype, name);
    }
    expect(called).toEqual([]);
  });

  it('work behind a Proxy, as those of tracers', async () => {
    const { server, request, client } = await ask();
    const connected = once(client, 'connect') as Promise<[Connection]>;
    expect(new Proxy(server, {}).connections).toEqual([]);
    const near = new Proxy(new Proxy(request, {}).accept(), {});
    const [far] = await connected;
    const got = nextMessage(far);
    near.sendUTF('text');
    expect(await got).toBe('text');
    new Proxy(server, {}).broadcastUTF('all');
    expect(await nextMessage(far)).toBe('all');
    const closed = closeOf(far);
    near.close();
    expect((await closed)[0]).toBe(1000);
    const router = new Proxy(new Router(), {});
    router.mount('*', '*', () => {});
    router.unmount('*', '*');
    const frame = new Proxy(new Frame(), {});
    frame.binaryPayload = Buffer.from('bytes');
    expect(frame.toBuffer().subarray(2)).toEqual(Buffer.from('bytes'));
  });
});
