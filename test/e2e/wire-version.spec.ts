import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { decode, encode } from '@msgpack/msgpack';
import {
  ConnectedSocket,
  Connection,
  createJsonCodec,
  createMsgpackCodec,
  MessageBody,
  NegotiatedProtocol,
  OnBinary,
  OnMessage,
  Protocol,
  WsGateway,
  type Codec,
  type ConnectionOptions,
} from 'nestwire';
import { WebSocket } from 'ws';
import { closeApps, createApp, startApp } from './support/app.js';
import { Client, refusal } from './support/client.js';

afterEach(closeApps);

/** Writes what nobody else would read. */
const foreign: Codec = {
  name: 'json',
  encode: ({ event, data }) => JSON.stringify({ type: event, payload: data }),
  decode: (payload) => {
    const { type, payload: data } = JSON.parse(String(payload)) as Record<string, unknown>;
    return { event: String(type), data };
  },
};

class Echo {
  @OnMessage('who')
  who(@ConnectedSocket() connection: Connection, @NegotiatedProtocol() agreed: string): unknown {
    return [agreed, connection.protocol, connection.handshake.protocol];
  }

  @OnMessage('big')
  big(): unknown {
    return 7n;
  }

  @OnMessage('bytes')
  bytes(@MessageBody() data: unknown): unknown {
    return data instanceof Uint8Array;
  }

  @OnBinary()
  binary(@MessageBody() data: Buffer): number {
    return data.length;
  }
}

@WsGateway('/plain')
class Plain extends Echo {}

@Protocol('v1')
@WsGateway('/named')
class Named extends Echo {}

const big = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value;

@WsGateway({ path: '/own', codecs: { '': createJsonCodec({ replacer: big }) } })
class Own extends Echo {}

@WsGateway({ path: '/foreign', codecs: { '': foreign } })
class Foreign extends Echo {}

@WsGateway({ path: '/packed', codecs: { '': 'msgpack' } })
class Packed extends Echo {}

@Protocol('nestwire.1.msgpack')
@WsGateway('/explicit')
class Explicit extends Echo {}

const providers = [Plain, Named, Own, Foreign, Packed, Explicit];

async function ask(url: string, event: string, ...protocols: string[]): Promise<unknown> {
  const socket = new WebSocket(url, protocols, { perMessageDeflate: false });
  await once(socket, 'open');
  const isPacked = socket.protocol === 'nestwire.1.msgpack';
  const message = { event, id: 1 };
  socket.send(isPacked ? encode(message) : JSON.stringify(message));
  const [data, isBinary] = (await once(socket, 'message')) as [Buffer, boolean];
  expect(isBinary).toBe(isPacked);
  socket.close();
  const { data: answer } = (isPacked ? decode(data) : JSON.parse(data.toString())) as {
    data: unknown;
  };
  return answer;
}

describe('version 1 of the wire', () => {
  it('is spoken by every gateway, beside its own protocols, and is the protocol of the connection', async () => {
    const { url, log } = await startApp({ providers });
    for (const path of ['/plain', '/named', '/own', '/foreign', '/packed', '/explicit']) {
      for (const agreed of ['nestwire.1', 'nestwire.1.msgpack']) {
        expect([path, await ask(url + path, 'who', agreed, 'bearer.abc')]).toEqual([
          path,
          [agreed, agreed, agreed],
        ]);
      }
    }
    expect(await ask(`${url}/named`, 'who', 'nestwire.1', 'v1')).toEqual(['v1', 'v1', 'v1']);
    expect(log.of('warn')).toEqual([]);
  });

  it('that a server does not know is no common language', async () => {
    const { url } = await startApp({ providers });
    expect((await refusal(`${url}/named`, { protocols: ['nestwire.2'] })).status).toBe(400);
    await expect(Client.connect(`${url}/plain`, { protocols: ['nestwire.2'] })).rejects.toThrow(
      'Server sent no subprotocol',
    );
  });

  it('has the JSON codec of connections without a protocol, with its options', async () => {
    const { url } = await startApp({ providers });
    expect(await ask(`${url}/own`, 'big', 'nestwire.1')).toBe('7');
    expect(await ask(`${url}/plain`, 'big', 'nestwire.1')).toMatchObject({
      code: 'INTERNAL_ERROR',
    });
    const client = await Client.connect(`${url}/foreign`, { protocols: ['nestwire.1'] });
    client.socket.send(Buffer.alloc(3));
    expect((await client.next()).data).toBe(3);
  });

  it('may be given a codec of its own, of the kind its name says', async () => {
    const deep = await createMsgpackCodec({ maxDepth: 2 });
    @WsGateway({
      path: '/',
      codecs: { 'nestwire.1': createJsonCodec({ replacer: big }), 'nestwire.1.msgpack': deep },
    })
    class Given extends Echo {}
    const { url } = await startApp({ providers: [Given] });
    expect(await ask(url, 'big', 'nestwire.1')).toBe('7');
    expect(await ask(url, 'who', 'nestwire.1.msgpack')).toHaveLength(3);
    const wrong: ConnectionOptions['codecs'][] = [
      { 'nestwire.1': 'msgpack' },
      { 'nestwire.1.msgpack': 'json' },
    ];
    for (const codecs of wrong) {
      @WsGateway({ path: '/', ...(codecs && { codecs }) })
      class Wrong {}
      const app = await createApp({ providers: [Wrong] });
      await expect(app.init()).rejects.toThrow(
        /option codecs expects (?:text|bytes) for nestwire\.1/,
      );
    }
  });
});
