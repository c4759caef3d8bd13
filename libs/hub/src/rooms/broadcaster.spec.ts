import { describe, expect, it } from '@jest/globals';
import { deferred } from '../testing-fixtures/deferred.js';
import { serve } from '../testing-fixtures/fake-upgrade.js';

describe('the broadcaster', () => {
  it('reaches a user on every connection, and users and rooms together once each', () => {
    const { hub, connect } = serve();
    const [one, two, bob] = ['ada', 'ada', 'bob'].map((user) => connect({ user }));
    if (one === undefined || two === undefined || bob === undefined) throw new Error();
    hub.rooms.join(two.connection, 'lobby');
    hub.rooms.join(bob.connection, 'lobby');
    expect(hub.broadcaster.toUser('ada').send('hi').sent).toBe(2);
    expect(hub.broadcaster.toUser('nobody').send('hi').sent).toBe(0);
    expect(hub.broadcaster.to('lobby').toUser('ada').toUser('bob').send('hi').sent).toBe(3);
    expect(one.transport.heard).toHaveLength(2);
    expect(bob.transport.heard).toHaveLength(1);
  });

  it('leaves out the members of rooms', () => {
    const { hub, connect } = serve();
    const [ada, bob, eve] = [connect(), connect(), connect()];
    for (const { connection } of [ada, bob, eve]) hub.rooms.join(connection, 'lobby');
    hub.rooms.join(bob.connection, 'muted');
    hub.broadcaster.to('lobby').except('muted', eve.connection).send('said');
    expect([ada, bob, eve].map(({ transport }) => transport.heard.length)).toEqual([1, 0, 0]);
    hub.broadcaster.toAll().except('muted').except('lobby').send('said');
    expect(ada.transport.heard).toHaveLength(1);
  });

  it('sends bytes and text past the codecs, the same ones to all', () => {
    const { hub, connect } = serve();
    const clients = [connect(), connect()];
    hub.broadcaster.toAll().sendRaw(Buffer.from([1, 2, 3]));
    hub.broadcaster.toAll().sendRaw('plain');
    const [first, second] = clients.map(({ transport }) => transport.prepared);
    expect(first?.map(({ opcode }) => opcode)).toEqual([2, 1]);
    expect(first?.[0]?.payload).toEqual(Buffer.from([1, 2, 3]));
    expect(first?.[0]).toBe(second?.[0]);
  });

  it('hands its policy on, one object for all receivers; the key is the event unless named', () => {
    const { hub, connect } = serve();
    const clients = [connect(), connect()];
    hub.broadcaster.toAll().send('price', 1, { policy: 'latest' });
    hub.broadcaster.toAll().send('price', 2, { policy: 'latest', key: 'AAPL' });
    hub.broadcaster.toAll().send('tick', 3, { volatile: true });
    hub.broadcaster.toAll().send('said', 4);
    const [first, second] = clients.map(({ transport }) => transport.rules);
    expect(first).toEqual([
      { policy: 'latest', key: 'price' },
      { policy: 'latest', key: 'AAPL' },
      { policy: 'volatile' },
      undefined,
    ]);
    expect(first?.[0]).toBe(second?.[0]);
  });

  it('compresses unless told not to', () => {
    const { hub, connect } = serve();
    const { transport } = connect();
    hub.broadcaster.toAll().send('a');
    hub.broadcaster.toAll().send('b', undefined, { compress: false });
    expect(transport.compressed).toEqual([true, false]);
  });

  it('addresses nobody whose connect hook has not let it in, unless the hook put it into the room', async () => {
    const gate = deferred();
    const { hub, connect } = serve({}, { hooks: { connect: () => gate.promise } });
    const { connection, transport } = connect({ user: 'ada' });
    hub.broadcaster.toAll().send('a');
    hub.broadcaster.toUser('ada').send('b');
    hub.rooms.join(connection, 'lobby');
    hub.broadcaster.to('lobby').send('c');
    expect(transport.heard.map(({ event }) => event)).toEqual(['c']);
    gate.resolve();
    await gate.promise;
  });

  it('keeps a part of an address for further use', () => {
    const { hub, connect } = serve();
    const ada = connect();
    const bob = connect();
    for (const { connection } of [ada, bob]) hub.rooms.join(connection, 'lobby');
    const lobby = hub.broadcaster.to('lobby');
    expect(lobby.except(ada.connection).send('said').sent).toBe(1);
    expect(lobby.send('said').sent).toBe(2);
  });
});
