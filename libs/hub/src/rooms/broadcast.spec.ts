import { describe, expect, it } from '@jest/globals';
import { SendResult } from '#engine';
import type { Connection } from '../connection/connection.js';
import { MessageRouter } from '../dispatch/message-router.js';
import { connect as connectTo, serve, turn } from '../testing-fixtures/fake-upgrade.js';
import type { Codec } from '../wire/codec.js';
import { EncodeError } from '../wire/encode-error.js';
import type { Envelope } from '../wire/envelope.js';
import { jsonCodec } from '../wire/json.codec.js';

/** A codec that counts. */
function counting(binary = false): Codec & { encoded: Envelope[] } {
  const encoded: Envelope[] = [];
  return {
    name: binary ? 'bytes' : 'text',
    encoded,
    encode(envelope) {
      encoded.push(envelope);
      const text = jsonCodec.encode(envelope) as string;
      return binary ? Buffer.from(text) : text;
    },
    decode: (payload) => jsonCodec.decode(payload),
  };
}

describe('a broadcast', () => {
  it('to 1,000 members encodes and frames once, and each receives once', () => {
    const codec = counting();
    const { hub, connect } = serve({}, { codecFor: () => codec });
    const clients = Array.from({ length: 1000 }, () => connect());
    for (const { connection } of clients) hub.rooms.join(connection, 'lobby');
    const result = hub.rooms.to('lobby').send('said', { text: 'hi' });
    expect(result).toEqual({ sent: 1000, queued: 0, dropped: 0, closed: 0 });
    expect(codec.encoded).toEqual([{ event: 'said', data: { text: 'hi' } }]);
    expect(new Set(clients.map(({ transport }) => transport.prepared[0])).size).toBe(1);
    expect(clients.every(({ transport }) => transport.prepared.length === 1)).toBe(true);
  });

  it('encodes once for each codec among the receivers', () => {
    const codecs: Record<string, ReturnType<typeof counting>> = {
      '': counting(),
      bytes: counting(true),
    };
    const { hub, connect } = serve({}, { codecFor: (protocol) => codecs[protocol] as Codec });
    for (let pair = 0; pair < 5; pair++) {
      hub.rooms.join(connect().connection, 'lobby');
      hub.rooms.join(connect({ protocol: 'bytes' }).connection, 'lobby');
    }
    expect(hub.rooms.to('lobby').send('said').sent).toBe(10);
    expect(codecs['']?.encoded).toHaveLength(1);
    expect(codecs.bytes?.encoded).toHaveLength(1);
  });

  it('to several rooms reaches each receiver once', () => {
    const { hub, connect } = serve();
    const both = connect();
    const one = connect();
    const none = connect();
    hub.rooms.join(both.connection, 'a');
    hub.rooms.join(both.connection, 'b');
    hub.rooms.join(one.connection, 'b');
    expect(hub.rooms.to('a').to('b').send('said').sent).toBe(2);
    expect(hub.rooms.to(['a', 'b', 'a', 'missing']).send('said').sent).toBe(2);
    expect(both.transport.prepared).toHaveLength(2);
    expect(one.transport.prepared).toHaveLength(2);
    expect(none.transport.prepared).toHaveLength(0);
  });

  it('leaves out the connections it excepts', () => {
    const { hub, connect } = serve();
    const clients = [connect(), connect(), connect()];
    for (const { connection } of clients) hub.rooms.join(connection, 'lobby');
    const [first, second, third] = clients.map(({ connection }) => connection) as [
      Connection,
      Connection,
      Connection,
    ];
    hub.rooms.to('lobby').except(first).except(second).send('said');
    expect(clients.map(({ transport }) => transport.prepared.length)).toEqual([0, 0, 1]);
    hub.rooms.toAll().except(third, first).send('said');
    expect(clients.map(({ transport }) => transport.prepared.length)).toEqual([0, 1, 1]);
  });

  it('can be kept and addressed further without changing what was kept', () => {
    const { hub, connect } = serve();
    const a = connect();
    const b = connect();
    hub.rooms.join(a.connection, 'a');
    hub.rooms.join(b.connection, 'b');
    const toA = hub.rooms.to('a');
    expect(toA.to('b').send('said').sent).toBe(2);
    expect(toA.except(a.connection).send('said').sent).toBe(0);
    expect(toA.send('said').sent).toBe(1);
  });

  it('to all reaches everyone who has passed the connect hook', async () => {
    const { hub, connect } = serve();
    connect();
    const hooks = { connect: () => turn() };
    const late = connectTo(hub.endpoint({ router: new MessageRouter([]), hooks }));
    expect(hub.rooms.toAll().send('said').sent).toBe(1);
    await turn();
    await turn();
    expect(hub.rooms.toAll().to('nowhere').send('said').sent).toBe(2);
    expect(late.transport.prepared).toHaveLength(1);
  });

  it('to nobody encodes nothing', () => {
    const { hub } = serve();
    expect(hub.rooms.to('empty').send('said', 1n)).toEqual({
      sent: 0,
      queued: 0,
      dropped: 0,
      closed: 0,
    });
  });

  it('counts what became of it', () => {
    const { hub, connect } = serve();
    for (const outcome of Object.values(SendResult)) {
      const { connection, transport } = connect();
      transport.outcome = outcome;
      hub.rooms.join(connection, 'lobby');
    }
    expect(hub.rooms.to('lobby').send('said')).toEqual({
      sent: 1,
      queued: 1,
      dropped: 1,
      closed: 1,
    });
  });

  it('goes on when receivers leave, close or are thrown out in the middle of it', () => {
    const { hub, connect } = serve();
    const clients = Array.from({ length: 100 }, () => connect());
    for (const { connection } of clients) hub.rooms.join(connection, 'lobby');
    clients.forEach(({ transport }, at) => {
      transport.onSend = () => {
        if (at % 3 === 0) transport.end(1013, 'Too slow', false);
        // Everybody's right neighbour leaves before it is reached.
        if (at % 3 === 1)
          hub.rooms.leave((clients[at + 1] as (typeof clients)[0]).connection, 'lobby');
      };
    });
    const { sent } = hub.rooms.to('lobby').send('said');
    expect(sent).toBe(67);
    expect(hub.rooms.size('lobby')).toBe(33);
    for (const { transport } of clients) transport.end();
    expect(hub.rooms.names()).toEqual([]);
    expect(hub.registry.size).toBe(0);
  });

  it('throws for data that cannot be encoded, before anybody has received', () => {
    const { hub, connect } = serve();
    const { connection, transport } = connect();
    hub.rooms.join(connection, 'lobby');
    expect(() => hub.rooms.to('lobby').send('said', 1n)).toThrow(EncodeError);
    expect(transport.prepared).toEqual([]);
  });
});
