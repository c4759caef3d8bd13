import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { decode, encode } from '@msgpack/msgpack';
import {
  Connection,
  MessageBody,
  NegotiatedProtocol,
  OnBinary,
  OnConnect,
  OnMessage,
  Protocol,
  Rooms,
  WireError,
  WsGateway,
  type Codec,
  type ConnectionOptions,
  type Envelope,
} from 'nestwire';
import { WebSocket } from 'ws';
import { closeApps, createApp, startApp } from './support/app.js';
import { Client } from './support/client.js';

afterEach(closeApps);

/** `event=data`, as text. */
const pairCodec: Codec = {
  name: 'pair',
  encode: ({ event, data }) => `${event}=${JSON.stringify(data)}`,
  decode: (payload) => {
    const [event = '', data = ''] = String(payload).split('=');
    if (event === '') throw new WireError('BAD_PAIR', 'Cannot read pair: the event is missing');
    return { event, data: JSON.parse(data) as unknown };
  },
};

@Protocol('msgpack', 'json', 'pair')
@WsGateway({ path: '/', codecs: { pair: pairCodec } })
class CodecGateway {
  constructor(private readonly rooms: Rooms) {}

  @OnConnect()
  entered(connection: Connection): void {
    this.rooms.join(connection, 'all');
  }

  @OnMessage('echo')
  echo(@MessageBody() data: unknown, @NegotiatedProtocol() protocol: string): unknown {
    return { data, protocol };
  }

  @OnMessage('bytes')
  bytes(@MessageBody() data: unknown): unknown {
    return data instanceof Uint8Array ? data.length : 'no bytes';
  }

  @OnMessage('fail')
  fail(): never {
    throw new Error('secret detail');
  }

  @OnMessage('tell')
  tell(@MessageBody() data: unknown): void {
    this.rooms.to('all').send('told', data);
  }

  @OnBinary()
  binary(@MessageBody() data: Buffer): number {
    return data.length;
  }
}

async function open(url: string, ...protocols: string[]): Promise<WebSocket> {
  const socket = new WebSocket(url, protocols, { perMessageDeflate: false });
  await once(socket, 'open');
  return socket;
}

async function next(socket: WebSocket): Promise<[Buffer, boolean]> {
  return (await once(socket, 'message')) as [Buffer, boolean];
}

async function ask(socket: WebSocket, message: object): Promise<unknown> {
  const answer = next(socket);
  socket.send(encode(message));
  const [data, isBinary] = await answer;
  expect(isBinary).toBe(true);
  return decode(data);
}

describe('the codec of a connection', () => {
  it('is MessagePack with the protocol of that name: events are binary messages, errors too', async () => {
    const { url } = await startApp({ providers: [CodecGateway] });
    const socket = await open(url, 'msgpack');
    expect(await ask(socket, { event: 'echo', data: { a: [1] }, id: 1 })).toEqual({
      event: 'echo',
      data: { data: { a: [1] }, protocol: 'msgpack' },
      id: 1,
    });
    expect(await ask(socket, { event: 'bytes', data: new Uint8Array(5) })).toMatchObject({
      data: 5,
    });
    expect(await ask(socket, { event: 'fail' })).toMatchObject({
      event: 'exception',
      data: { code: 'INTERNAL_ERROR' },
    });
    expect(await ask(socket, [1])).toMatchObject({ data: { code: 'BAD_ENVELOPE' } });
    const answer = next(socket);
    socket.send('{"event":"echo"}');
    expect(decode((await answer)[0])).toMatchObject({ data: { code: 'BAD_ENVELOPE' } });
  });

  it('is JSON with another protocol or none, where binary messages are the application’s own', async () => {
    const { url } = await startApp({ providers: [CodecGateway] });
    for (const protocols of [['json'], []]) {
      const client = await Client.connect(url, { protocols });
      expect((await client.ask('echo', 5)).data).toEqual({ data: 5, protocol: protocols[0] ?? '' });
      client.socket.send(Buffer.alloc(7));
      expect((await client.next()).data).toBe(7);
    }
  });

  it('may be written by the application', async () => {
    const { url } = await startApp({ providers: [CodecGateway] });
    const socket = await open(url, 'pair');
    let answer = next(socket);
    socket.send('echo=[1]');
    expect((await answer)[0].toString()).toBe('echo={"data":[1],"protocol":"pair"}');
    answer = next(socket);
    socket.send('=1');
    expect((await answer)[0].toString()).toContain('"code":"BAD_PAIR"');
  });

  it('is that of each receiver of a broadcast', async () => {
    const { url } = await startApp({ providers: [CodecGateway] });
    const packed = await open(url, 'msgpack');
    const pair = await open(url, 'pair');
    const json = await Client.connect(url);
    const answers = [next(packed), next(pair)];
    json.send('tell', { n: 1 });
    expect(await json.next()).toEqual({ event: 'told', data: { n: 1 } });
    const [first, second] = await Promise.all(answers);
    expect(decode(first?.[0] as Buffer)).toEqual({ event: 'told', data: { n: 1 } });
    expect(second?.[0].toString()).toBe('told={"n":1}');
  });

  it('can be set for the connections that agree on no protocol, and for all gateways', async () => {
    @WsGateway('/')
    class PlainGateway {
      @OnMessage('ping')
      ping(): string {
        return 'pong';
      }
    }
    const { url } = await startApp({
      providers: [PlainGateway],
      options: { codecs: { '': 'msgpack' } },
    });
    const socket = await open(url);
    expect(await ask(socket, { event: 'ping' })).toEqual({ event: 'ping', data: 'pong' });
  });

  it('of the application may throw or decode what is no envelope: only the client is told, and goes on', async () => {
    const loose: Codec = {
      name: 'loose',
      encode: (envelope) => JSON.stringify(envelope),
      decode: (payload) => JSON.parse(String(payload)) as Envelope,
    };
    @WsGateway({ path: '/', codecs: { '': loose } })
    class LooseGateway {
      @OnMessage('ping')
      ping(): string {
        return 'pong';
      }
    }
    const { url, log } = await startApp({ providers: [LooseGateway] });
    const client = await Client.connect(url);
    const messages = ['{', '{}', 'null', '5', '[]', '{"event":5}', '{"event":"ping","id":{}}'];
    for (const message of messages) {
      client.socket.send(message);
      expect(await client.next()).toMatchObject({ data: { code: 'BAD_ENVELOPE' } });
    }
    expect(log.of('error')).toEqual([]);
    client.send('ping');
    expect(await client.next()).toEqual({ event: 'ping', data: 'pong' });
  });

  it.each<[ConnectionOptions['codecs'], string]>([
    [{ v2: 'json' }, 'expects a protocol of the path (v1), current value is v2'],
    [{ v1: {} as Codec }, "expected 'json', 'msgpack' or an object with encode and decode"],
  ])('that cannot be %j is an error at start', async (codecs, message) => {
    @Protocol('v1')
    @WsGateway({ path: '/', ...(codecs && { codecs }) })
    class Wrong {}
    const app = await createApp({ providers: [Wrong] });
    await expect(app.init()).rejects.toThrow(message);
  });
});
