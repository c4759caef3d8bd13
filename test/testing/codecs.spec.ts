import { afterEach, describe, expect, it } from '@jest/globals';
import {
  createJsonCodec,
  History,
  createMsgpackCodec,
  Mailbox,
  OnMessage,
  Protocol,
  Rooms,
  VerifyClient,
  WsGateway,
  type Codec,
  type Connection,
} from 'nestwire';
import { WsTestClient } from 'nestwire/testing';
import { closeApps, createApp } from '../e2e/support/app.js';

afterEach(closeApps);

const json = createJsonCodec();

@Protocol('msgpack', 'json')
@WsGateway({ path: '/all', codecs: { msgpack: 'msgpack', json } })
class AllGateway {
  constructor(
    private readonly rooms: Rooms,
    private readonly history: History,
    private readonly mailbox: Mailbox,
  ) {}

  @VerifyClient()
  verify(): { id: string } {
    return { id: 'ada' };
  }

  @OnMessage('count')
  async *count(): AsyncIterable<number> {
    for (const n of [1, 2, 3]) yield await Promise.resolve(n);
  }

  @OnMessage('fields')
  async fields(connection: Connection): Promise<void> {
    this.rooms.join(connection, 'room');
    await this.history.publish('room', 'published', 'x');
    await this.mailbox.send('ada', 'mailed', 'y', { acknowledge: true });
  }
}

describe('WsTestClient with a codec', () => {
  it.each<[string, string, () => Codec | Promise<Codec>]>([
    ['MessagePack', 'msgpack', createMsgpackCodec],
    ['JSON', 'json', () => json],
    ['JSON with options', 'json', () => createJsonCodec({ maxDepth: 10 })],
    [
      'one of its own without the fields of a server',
      'json',
      () => ({
        name: 'own',
        encode: (envelope) => json.encode(envelope),
        decode: (payload) => JSON.parse(String(payload)),
      }),
    ],
  ])('sees what only a server sends: %s', async (_, protocols, codecOf) => {
    const app = await createApp({ providers: [AllGateway] });
    const client = await WsTestClient.connect(app, '/all', { protocols, codec: await codecOf() });
    const seen: number[] = [];
    for await (const n of client.stream<number>('count')) seen.push(n);
    expect(seen).toEqual([1, 2, 3]);
    client.send('fields');
    expect(await client.next('published')).toEqual({
      event: 'published',
      data: 'x',
      at: { room: 'room', epoch: expect.any(String), offset: 1 },
    });
    expect(await client.next('mailed')).toEqual({
      event: 'mailed',
      data: 'y',
      mail: expect.any(Number),
    });
    await client.close();
  });
});
