import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { decode } from '@msgpack/msgpack';
import { accept, connect, FakeUpgrade, serve } from '../testing-fixtures/fake-upgrade.js';
import { encodeEnvelope, type Codec } from '../wire/codec.js';
import { jsonCodec } from '../wire/json.codec.js';
import { loadMsgpackCodec } from '../wire/msgpack.codec.js';
import type { Connection } from './connection.js';

const msgpack = await loadMsgpackCodec();

function voter(): { hub: ReturnType<typeof serve>['hub']; connection: Connection } {
  const { hub, endpoint } = serve();
  const headers = { authorization: 'Bearer SECRET', cookie: 'session=SECRET' };
  const connection = accept(endpoint, new FakeUpgrade('/?token=SECRET', headers), {
    ip: '203.0.113.7',
    user: { id: 'ada', password: 'SECRET' },
  });
  // Read before, as whoever decided about the client did: it must not be found in the fields either.
  expect(connection.handshake.cookies['session']).toBe('SECRET');
  expect(connection.handshake.query['token']).toBe('SECRET');
  return { hub, connection };
}

function sent(codec: Codec, data: unknown): { data?: unknown } {
  const bytes = encodeEnvelope(codec, { event: 'e', data });
  expect(Buffer.from(bytes as Uint8Array).toString('latin1')).not.toMatch(/SECRET|203\.0\.113\.7/);
  return (typeof bytes === 'string' ? JSON.parse(bytes) : decode(bytes)) as { data?: unknown };
}

describe.each([jsonCodec, msgpack])('data in which a connection stands ($name)', (codec) => {
  it('has its id and nothing of its handshake', async () => {
    const { hub, connection } = voter();
    hub.rooms.join(connection, 'voters');
    const asked = hub.rooms.to('voters').request('vote', null, { timeout: 20 });
    const { id } = connection;
    expect(sent(codec, await asked).data).toMatchObject({ missing: [{ connection: { id } }] });
    expect(sent(codec, connection).data).toEqual({ id });
    expect(sent(codec, { deep: [{ connection }] }).data).toEqual({
      deep: [{ connection: { id } }],
    });
    expect(sent(codec, [...hub.registry]).data).toEqual([{ id }]);
  });

  it.each<[string, (one: ReturnType<typeof voter>) => unknown]>([
    ['the handshake itself', ({ connection }) => ({ handshake: connection.handshake })],
    [
      'the fields of a connection',
      ({ connection }) => Object.keys(connection).includes('handshake'),
    ],
    ['a hub', ({ hub }) => hub],
    ['rooms', ({ hub }) => [hub.rooms, hub.rooms.to('a').except('b'), hub.broadcaster]],
    ['a registry', ({ hub }) => [hub.registry, hub.registry.byUser('ada')]],
    ['services', ({ hub }) => [hub.history, hub.presence, hub.mailbox, hub.stats]],
    ['a slow receiver', ({ connection }) => ({ connection, action: 'dropped', limit: 'queue' })],
  ])('takes nothing of a client along with %s', (_what, data) => {
    sent(codec, data(voter()));
  });

  it('does not pass on what a client has refused with', async () => {
    const { endpoint } = serve();
    const { connection, transport } = connect(endpoint);
    const asked = connection.request('vote').catch((error: unknown) => error);
    transport.event('$error', { why: 'SECRET' }, String(transport.heard[0]?.['id']));
    expect(sent(codec, await asked).data).toMatchObject({ code: 'REFUSED', reason: 'refused' });
  });
});

describe('a connection in a log', () => {
  it('shows its id and nothing of its handshake', () => {
    const { connection } = voter();
    const shown = inspect({ connection, handshake: connection.handshake }, { depth: 9 });
    expect(shown).toContain(connection.id);
    expect(shown).not.toMatch(/SECRET|203\.0\.113\.7/);
  });
});
