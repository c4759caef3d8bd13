import { describe, expect, it } from '@jest/globals';
import { SendResult } from '#engine';
import { PartialResultError } from '../../connection/cluster-result.js';
import { systemClock } from '../../support/clock.js';
import { serve } from '../../testing-fixtures/fake-upgrade.js';
import { LosslessNetwork } from '../../testing-fixtures/lossless-bus.js';
import { jsonCodec } from '../../wire/json.codec.js';
import { KnownCodecs } from '../../wire/encoded/known-codecs.js';
import { ALL } from '../../broker/channel.js';
import { ByteWriter } from '../../support/byte-writer.js';
import { MessageKind } from '../bus/message-kind.js';
import { Question, writeQuestion } from './question.js';
import { ConnectionQueries } from './connection-queries.js';
import { Queries } from './queries.js';
import { takeOrders } from './remote-orders.js';
import { RoomQueries } from './room-queries.js';

/** Nodes with a hub each, on one network. */
function cluster(count = 3) {
  const network = new LosslessNetwork();
  const nodes = Array.from({ length: count }, (_none, index) => {
    const bus = network.join(`node${index}`);
    const served = serve();
    const failures: unknown[] = [];
    const codecs = new KnownCodecs();
    codecs.add(jsonCodec);
    const queries = new Queries(bus, systemClock, (error) => failures.push(error));
    const { registry, rooms } = served.hub;
    const connections = new ConnectionQueries(queries, registry, { queries, codecs });
    takeOrders(queries, registry, codecs);
    const roomQueries = new RoomQueries(queries, registry, rooms);
    return { ...served, bus, queries, connections, rooms: roomQueries, failures };
  });
  return { network, nodes, node: (index: number) => nodes[index] as (typeof nodes)[number] };
}

async function failure(promise: Promise<unknown>): Promise<PartialResultError> {
  return promise.then(
    () => {
      throw new Error('It did not fail');
    },
    (error: PartialResultError) => error,
  );
}

describe('queries of all nodes', () => {
  it('count, find and close connections wherever they are', async () => {
    const { node } = cluster();
    const ada = node(0).connect({ user: 'ada' });
    const tab = node(1).connect({ user: 'ada' });
    const bob = node(2).connect({ user: 'bob' });
    expect(await node(0).connections.count()).toBe(3);
    expect(await node(2).connections.count({ user: 'ada' })).toBe(2);
    const found = await node(0).connections.findAll({ user: 'ada' });
    expect(found[0]).toBe(ada.connection);
    expect(found[1]).toMatchObject({ id: tab.connection.id, userId: 'ada', node: 'node1' });
    expect(await node(0).connections.find({ user: 'bob' })).toMatchObject({
      id: bob.connection.id,
    });
    expect(await node(0).connections.find({ user: 'eve' })).toBeUndefined();
    expect(await node(2).connections.disconnectUser('ada', 4401, 'Signed out')).toBe(2);
    for (const { transport } of [ada, tab]) {
      expect(transport.closes).toEqual([{ code: 4401, reason: 'Signed out' }]);
    }
    expect(bob.transport.closes).toEqual([]);
  });

  it('move connections into rooms and out of them, and know the rooms of all nodes', async () => {
    const { node } = cluster();
    const ada = node(0).connect({ user: 'ada' });
    const bob = node(1).connect({ user: 'bob' });
    expect(await node(2).rooms.join({}, 'lobby')).toBe(2);
    node(1).hub.rooms.join(bob.connection, 'own');
    expect(await node(0).rooms.size('lobby')).toBe(2);
    expect((await node(0).rooms.names()).toSorted()).toEqual(['lobby', 'own']);
    expect(await node(0).rooms.leave({ user: 'bob' }, 'lobby')).toBe(1);
    expect(node(1).hub.rooms.names()).toEqual(['own']);
    expect([...ada.connection.rooms]).toEqual(['lobby']);
  });

  it('send to one connection of another node, and close it', async () => {
    const { node } = cluster(2);
    const ada = node(1).connect({ user: 'ada' });
    const ref = await node(0).connections.find({ user: 'ada' });
    expect(ref?.send('said', { text: 'hi' }, { policy: 'latest', key: 'k' })).toBe(
      SendResult.Queued,
    );
    expect(ada.transport.heard).toEqual([{ event: 'said', data: { text: 'hi' } }]);
    expect(ada.transport.rules).toEqual([{ policy: 'latest', key: 'k' }]);
    ref?.close(4000, 'Enough');
    expect(ada.transport.closes).toEqual([{ code: 4000, reason: 'Enough' }]);
    expect(JSON.stringify(ref)).toBe(JSON.stringify({ id: ada.connection.id }));
  });

  it('reject with what the others said when a node is silent, and name it', async () => {
    const { node } = cluster();
    for (const index of [0, 1, 2]) node(index).connect();
    node(1).bus.mute = true;
    const error = await failure(node(0).connections.count({}, { timeout: 20 }));
    expect(error).toBeInstanceOf(PartialResultError);
    expect(error.value).toBe(2);
    expect(error.missing).toEqual([{ node: 'node1', reason: 'timeout' }]);
    expect(JSON.stringify(error)).not.toContain('value');
    const partial = await node(0).connections.count({}, { timeout: 20, partial: true });
    expect(partial).toEqual({
      value: 2,
      complete: false,
      missing: [{ node: 'node1', reason: 'timeout' }],
    });
    expect(node(0).queries.size).toBe(0);
  });

  it('name a node that leaves meanwhile at once, and do not wait for one that comes', async () => {
    const { network, node } = cluster(2);
    node(1).bus.mute = true;
    const counted = failure(node(0).connections.count({}, { timeout: 60_000 }));
    network.join('late');
    network.leave('node1');
    expect((await counted).missing).toEqual([{ node: 'node1', reason: 'left' }]);
  });

  it('say at once that there is no link, with what this node knows', async () => {
    const { node } = cluster(2);
    node(0).connect();
    node(1).bus.mute = true;
    const cut = failure(node(0).connections.count({}, { timeout: 60_000 }));
    node(0).bus.cut();
    expect((await cut).missing).toEqual([{ node: 'node1', reason: 'disconnected' }]);
    const down = await failure(node(0).connections.count());
    expect([down.value, down.missing]).toEqual([1, [{ node: 'node1', reason: 'disconnected' }]]);
  });

  it('give up with the reason of their signal, and leave nothing behind', async () => {
    const { node } = cluster(2);
    node(1).bus.mute = true;
    const controller = new AbortController();
    const { signal } = controller;
    const counted = failure(node(0).connections.count({}, { timeout: 60_000, signal }));
    controller.abort(new Error('enough'));
    expect(String(await counted)).toBe('Error: enough');
    expect(String(await failure(node(0).connections.count({}, { signal })))).toBe('Error: enough');
    expect(node(0).queries.size).toBe(0);
  });

  it.each([
    [{ where: () => true }, /functions do not travel/],
    [{ usr: 'ada' }, /known are user, tag, room, path/],
    [{ user: 5 }, /user is a string/],
    [null, /an object/],
    [() => true, /an object/],
  ])('refuse the selector %p: read as {} it would mean everybody', async (selector, message) => {
    const { node } = cluster(2);
    const { transport } = node(0).connect();
    const refused = failure(node(0).connections.disconnect(selector as never));
    expect((await refused).message).toMatch(message);
    expect(transport.closes).toEqual([]);
  });

  it('refuse to close everybody for a user that is undefined', async () => {
    const { node } = cluster(2);
    const { transport } = node(1).connect();
    await failure(node(0).connections.disconnectUser(undefined as never));
    expect(transport.closes).toEqual([]);
  });

  it('close nobody anywhere for a code that may not be sent', async () => {
    const { node } = cluster(2);
    const { transport } = node(1).connect();
    await failure(node(0).connections.disconnect({}, 1006));
    expect(transport.closes).toEqual([]);
  });

  it('ignore answers nobody waits for, doubled ones, and those of nodes that were not asked', async () => {
    const { node } = cluster(2);
    node(1).connect();
    const counting = node(0).connections.count();
    expect(await counting).toBe(1);
    const forged = Buffer.from([0, 0, 0, 0, 0, 1, 0, ...Buffer.from('{"count":100}')]);
    node(0).bus.receive(MessageKind.Answer, { from: 'node1', channel: '', payload: forged });
    node(1).bus.mute = true;
    const second = failure(node(0).connections.count({}, { timeout: 20 }));
    forged[5] = 2;
    node(0).bus.receive(MessageKind.Answer, { from: 'stranger', channel: '', payload: forged });
    expect((await second).value).toBe(0);
  });

  it('name a node whose answer makes no sense', async () => {
    const { node } = cluster(2);
    node(1).bus.mute = true;
    const counted = failure(node(0).connections.count({}, { timeout: 60_000 }));
    const forged = Buffer.from([0, 0, 0, 0, 0, 1, 0, ...Buffer.from('{"count":-1}')]);
    node(0).bus.receive(MessageKind.Answer, { from: 'node1', channel: '', payload: forged });
    expect((await counted).missing).toEqual([{ node: 'node1', reason: 'failed' }]);
  });

  it('of one node, or of strangers, do not hold all places', async () => {
    const { network, node } = cluster(2);
    const { bus, queries } = node(1);
    const answers: (() => void)[] = [];
    queries.answer(
      Question.Find,
      () => new Promise((r) => answers.push(() => r(new Uint8Array()))),
    );
    const ask = (from: string, id: number): void => {
      const frame = { id, question: Question.Find, timeout: 2 ** 31 - 1, body: new Uint8Array() };
      const payload = writeQuestion(new ByteWriter(), frame).done();
      bus.receive(MessageKind.Query, { from, channel: ALL, payload });
    };
    for (let id = 1; id <= 300; id++) ask('node0', id);
    expect(answers).toHaveLength(256);
    for (let id = 1; id <= 300; id++) ask(`stranger${id}`, id);
    expect(answers).toHaveLength(512);
    network.join('node2');
    ask('node2', 1);
    expect(answers).toHaveLength(513);
    for (const answer of answers) answer();
    await new Promise(setImmediate);
    ask('node0', 301);
    expect(answers).toHaveLength(514);
  });

  it('answer what they do not know with UNSUPPORTED, and what they cannot read with FAILED', async () => {
    const { node } = cluster(2);
    expect(await node(0).queries.ask(200 as never, Buffer.from('{}'))).toEqual({
      answers: [],
      missing: [{ node: 'node1', reason: 'unsupported' }],
    });
    expect((await node(0).queries.ask(2, Buffer.from('[nonsense'))).missing).toEqual([
      { node: 'node1', reason: 'failed' },
    ]);
    const everybody = await node(0).queries.ask(3, Buffer.from('{"code":1000,"reason":""}'));
    expect(everybody.missing).toEqual([{ node: 'node1', reason: 'failed' }]);
    // What strangers ask is counted, and fills no log.
    expect(node(1).failures).toEqual([]);
  });

  it('name a node with more to say than a megabyte', async () => {
    const { node } = cluster(2);
    for (const half of ['a', 'b']) {
      const { connection } = node(1).connect();
      for (let index = 0; index < 900; index++) {
        node(1).hub.rooms.join(connection, `${half}${index}`.padEnd(256, '€'));
      }
    }
    const { missing, value } = await failure(node(0).rooms.names());
    expect([missing, value]).toEqual([[{ node: 'node1', reason: 'too large' }], []]);
  });

  it('are answered by this node alone where there is no other', async () => {
    const { hub, connect } = serve();
    const queries = new Queries(undefined, systemClock, () => {});
    const connections = new ConnectionQueries(queries, hub.registry, {
      queries,
      codecs: new KnownCodecs(),
    });
    connect({ user: 'ada' });
    expect(await connections.count()).toBe(1);
    expect(await connections.disconnectUser('ada')).toBe(1);
  });
});
