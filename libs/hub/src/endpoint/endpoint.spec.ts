import { describe, expect, it } from '@jest/globals';
import { HandshakeError, UsageError } from '#engine';
import { MessageRouter } from '../dispatch/message-router.js';
import { accept, FakeUpgrade, serve, turn } from '../testing-fixtures/fake-upgrade.js';
import { jsonCodec } from '../wire/json.codec.js';
import { kCore } from '../connection/connection-core.js';

describe('a gateway endpoint', () => {
  it('accepts an upgrade with its protocol, headers and limits, and registers the connection', () => {
    const limits = { maxPayload: 100 };
    const { hub, endpoint } = serve({}, { limits });
    const upgrade = new FakeUpgrade('/chat/a?x=1', {}, ['json']);
    const connection = accept(endpoint, upgrade, {
      protocol: 'json',
      params: { room: 'a' },
      user: { name: 'Ada' },
      headers: { 'Set-Cookie': ['a=1', 'b=2'] },
      ip: '10.0.0.1',
    });
    expect(upgrade.accepted).toEqual({
      listener: connection[kCore],
      protocol: 'json',
      headers: { 'Set-Cookie': ['a=1', 'b=2'] },
      limits,
    });
    expect(hub.registry.get(connection.id)).toBe(connection);
    expect(connection.protocol).toBe('json');
    expect(connection.handshake.params.room).toBe('a');
    expect(connection.handshake.ip).toBe('10.0.0.1');
    expect(connection.user).toEqual({ name: 'Ada' });
  });

  it('names no protocol when none was agreed on', () => {
    const { endpoint } = serve();
    const upgrade = new FakeUpgrade();
    expect(accept(endpoint, upgrade, { protocol: '' }).protocol).toBe('');
    expect(Object.keys(upgrade.accepted ?? {})).toEqual(['listener']);
  });

  it('chooses the codec by the protocol', () => {
    const asked: string[] = [];
    const { connect } = serve(
      {},
      {
        codecFor: (protocol) => {
          asked.push(protocol);
          return jsonCodec;
        },
      },
    );
    connect();
    connect({ protocol: 'msgpack' });
    expect(asked).toEqual(['', 'msgpack']);
  });

  it('leaves nothing behind when the client left before it was accepted', () => {
    const { hub, endpoint } = serve();
    const upgrade = new FakeUpgrade();
    upgrade.accept = () => {
      throw new UsageError('Cannot accept upgrade: the client has left');
    };
    expect(() => accept(endpoint, upgrade)).toThrow(UsageError);
    expect(hub.registry.size).toBe(0);
  });

  it('says so and refuses with 503 while the hub closes', async () => {
    const { hub, endpoint } = serve();
    expect(endpoint.accepting).toBe(true);
    await hub.close();
    expect(endpoint.accepting).toBe(false);
    const upgrade = new FakeUpgrade();
    let refusal: unknown;
    try {
      accept(endpoint, upgrade);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(HandshakeError);
    expect((refusal as HandshakeError).status).toBe(503);
    expect((refusal as HandshakeError).headers).toEqual({ 'Retry-After': '1' });
    expect(upgrade.accepted).toBeUndefined();
  });

  it('reports what its transports report', () => {
    const { connect, reports } = serve();
    const { connection } = connect();
    const error = new Error('ECONNRESET');
    connection[kCore].onError(error);
    expect(reports).toEqual([{ error, context: { phase: 'transport', connection } }]);
  });

  it.each(['concurrency', 'queueSize', 'maxStreams', 'connectTimeout'] as const)(
    'takes %s from 1 up and refuses what is no count',
    (option) => {
      const { hub } = serve();
      const router = new MessageRouter([]);
      expect(() => hub.endpoint({ router, [option]: 1 })).not.toThrow();
      for (const wrong of [0, -1, 1.5, Number.NaN, Infinity, '1']) {
        expect(() => hub.endpoint({ router, [option]: wrong })).toThrow(
          `Cannot use option ${option}`,
        );
      }
    },
  );

  it('leaves registry and rooms empty after a churn of joins, broadcasts, streams and closes', async () => {
    const { hub, connect, reports } = serve({
      join: async (connection, data) => {
        await turn();
        hub.rooms.join(connection, String(data));
        hub.rooms.to(String(data)).send('joined', connection.id);
      },
      ticks: async function* () {
        for (;;) {
          await turn();
          yield 1;
        }
      },
    });
    for (let round = 0; round < 20; round++) {
      const clients = Array.from({ length: 20 }, () => connect());
      clients.forEach(({ transport }, at) => {
        transport.event('join', at % 3);
        transport.event('join', '__proto__');
        transport.event('ticks', null, 1);
        if (at % 2 === 0) transport.end(1006, '', false);
      });
      await turn();
      for (const { transport } of clients) transport.end();
    }
    await turn();
    expect(hub.registry.size).toBe(0);
    expect(hub.rooms.names()).toEqual([]);
    expect(reports).toEqual([]);
  });
});
