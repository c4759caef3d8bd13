import { describe, expect, it } from '@jest/globals';
import { LimitError, UsageError } from '#engine';
import { serve, turn } from '../testing-fixtures/fake-upgrade.js';
import type { FakeTransport } from '../testing-fixtures/fake-transport.js';
import type { Codec } from '../wire/codec.js';
import { EncodeError } from '../wire/encode-error.js';
import { jsonCodec } from '../wire/json.codec.js';
import { WireError } from '../wire/wire-error.js';
import type { HistoryOptions, RoomHistoryOptions } from './history-options.js';

function room(history: HistoryOptions = {}) {
  const served = serve({}, {}, { history });
  const { hub } = served;
  const say = (text: unknown, options?: Parameters<typeof hub.history.publish>[3]) =>
    hub.history.publish('lobby', 'said', text, options);
  return { ...served, history: hub.history, say };
}

const said = ({ heard }: FakeTransport): unknown[] =>
  heard.flatMap(({ event, data }) => (event === 'said' ? [data] : []));
const joins = ({ heard }: FakeTransport): unknown[] =>
  heard.flatMap(({ event, data }) => (event === '$joined' ? [data] : []));

describe('publishing to a room', () => {
  it('keeps the message, then hands it to the members with its position', async () => {
    const { hub, connect, say } = room();
    const { connection, transport } = connect();
    hub.rooms.join(connection, 'lobby');
    let keptBefore: Promise<unknown> | undefined;
    transport.onSend = () => {
      keptBefore = hub.history.latest('lobby');
    };
    const publication = await say('hi');
    expect(publication).toMatchObject({ room: 'lobby', offset: 1, sent: 1 });
    expect(transport.heard).toEqual([
      {
        event: 'said',
        data: 'hi',
        at: { room: 'lobby', epoch: publication.epoch, offset: 1 },
      },
    ]);
    expect(await keptBefore).toHaveLength(1);
  });

  it('has happened when the call returns: nobody has to wait', () => {
    const { hub, connect, say } = room();
    const { connection, transport } = connect();
    hub.rooms.join(connection, 'lobby');
    void say('a');
    void say('b');
    expect(said(transport)).toEqual(['a', 'b']);
  });

  it('leaves out whom it excepts, who still finds the message on return', async () => {
    const { hub, connect, say, history } = room();
    const [ada, bob] = [connect(), connect()];
    for (const { connection } of [ada, bob]) hub.rooms.join(connection, 'lobby');
    await say('a', { except: ada.connection });
    await say('b', { except: [ada.connection, bob.connection] });
    expect([said(ada.transport), said(bob.transport)]).toEqual([[], ['a']]);
    await history.join(ada.connection, 'lobby', { latest: 9 });
    expect(said(ada.transport)).toEqual(['a', 'b']);
  });

  it('keeps nothing of what cannot be sent, and reports what nobody waited for', async () => {
    const { history, say, reports } = room();
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    await expect(say(cycle)).rejects.toThrow(EncodeError);
    void history.publish('', 'said');
    await turn();
    expect(await history.latest('lobby')).toEqual([]);
    expect(reports.map(({ error }) => (error as Error).constructor)).toEqual([
      EncodeError,
      WireError,
    ]);
  });

  it('sends the same bytes to whoever comes back as it sent live', async () => {
    const { hub, connect, say, history } = room();
    const [live, later] = [connect(), connect()];
    hub.rooms.join(live.connection, 'lobby');
    await say('a');
    await history.join(later.connection, 'lobby', { latest: 1 });
    expect(later.transport.prepared[0]).toBe(live.transport.prepared[0]);
  });
});

describe('coming back to a room', () => {
  it('brings exactly what was missed, in order, before what is live', async () => {
    const { connect, say, history } = room();
    for (const text of ['a', 'b', 'c', 'd']) await say(text);
    const { epoch } = await history.position('lobby');
    const { connection, transport } = connect();
    const joined = await history.join(connection, 'lobby', { since: { epoch, offset: 2 } });
    await say('e');
    expect(joined).toEqual({ room: 'lobby', epoch, offset: 4, recovered: true, count: 2 });
    expect(joins(transport)).toEqual([joined]);
    expect(transport.heard[0]?.['event']).toBe('$joined');
    expect(said(transport)).toEqual(['c', 'd', 'e']);
  });

  it('brings nothing when nothing was missed, and says that this is all', async () => {
    const { connect, say, history } = room();
    const { epoch } = await say('a');
    const { connection, transport } = connect();
    const joined = await history.join(connection, 'lobby', { since: { epoch, offset: 1 } });
    expect(joined).toMatchObject({ recovered: true, count: 0 });
    expect(said(transport)).toEqual([]);
  });

  it('from before the first message brings everything', async () => {
    const { connect, say, history } = room();
    const { epoch, offset } = await history.position('lobby');
    await say('a');
    const { connection, transport } = connect();
    await history.join(connection, 'lobby', { since: { epoch, offset } });
    expect(said(transport)).toEqual(['a']);
  });

  it.each([
    [0, false, []],
    [1, false, []],
    [2, true, [3, 4, 5]],
    [5, true, []],
  ])('at %i of 5 with three kept: recovered is %s, nothing in between', async (at, whole, got) => {
    const { connect, say, history } = room({ maxMessages: 3 });
    for (const n of [1, 2, 3, 4, 5]) await say(n);
    const { epoch } = await history.position('lobby');
    const { connection, transport } = connect();
    const joined = await history.join(connection, 'lobby', { since: { epoch, offset: at } });
    expect(joined.recovered).toBe(whole);
    expect(said(transport)).toEqual(got);
  });

  it('to a history that was lost is not recovered; the newest messages come instead', async () => {
    const { connect, say, history } = room();
    const { epoch } = await say('before');
    await history.clear('lobby');
    await say('after');
    const { connection, transport } = connect();
    const joined = await history.join(connection, 'lobby', {
      since: { epoch, offset: 1 },
      latest: 10,
    });
    expect(joined).toMatchObject({ recovered: false, offset: 1, count: 1 });
    expect(joined.epoch).not.toBe(epoch);
    expect(said(transport)).toEqual(['after']);
  });

  it('with an offset nobody can have is refused, and nothing is changed', async () => {
    const { hub, connect, say, history } = room();
    const { epoch } = await say('a');
    const { connection, transport } = connect();
    const forged = history.join(connection, 'lobby', { since: { epoch, offset: 2 } });
    await expect(forged).rejects.toThrow(WireError);
    expect(hub.rooms.names()).toEqual([]);
    expect(transport.heard).toEqual([]);
  });

  it('is refused past the limit of rooms, and nothing is changed', async () => {
    const { hub, connect } = serve({}, {}, { maxRoomsPerConnection: 1 });
    const { connection, transport } = connect();
    hub.rooms.join(connection, 'a');
    await expect(hub.history.join(connection, 'b')).rejects.toThrow(LimitError);
    expect(transport.heard).toEqual([]);
    expect(hub.rooms.names()).toEqual(['a']);
  });

  it('when the connection has closed meanwhile changes nothing', async () => {
    const { hub, connect, history } = room();
    const { connection, transport } = connect();
    transport.end();
    await history.join(connection, 'lobby');
    expect(hub.rooms.names()).toEqual([]);
  });

  it('never drops part of a recovery, whatever the policy of the gateway', async () => {
    const { connect, history, say } = (() => {
      const served = serve({}, { slowConsumers: 'drop-old' });
      const { history: own } = served.hub;
      return { ...served, history: own, say: (text: string) => own.publish('lobby', 'said', text) };
    })();
    await say('a');
    const { connection, transport } = connect();
    await history.join(connection, 'lobby', { latest: 1 });
    await say('b');
    expect(transport.rules).toEqual([undefined, { policy: 'close' }, { policy: 'drop-old' }]);
  });
});

describe('a newcomer', () => {
  it('is told where the room stands, and gets the newest messages it asks for', async () => {
    const { connect, say, history } = room();
    for (const n of [1, 2, 3]) await say(n);
    const { connection, transport } = connect();
    const joined = await history.join(connection, 'lobby', { latest: 2 });
    expect(joined).toEqual({ room: 'lobby', epoch: joined.epoch, offset: 3, count: 2 });
    expect(said(transport)).toEqual([2, 3]);
  });
});

describe('a room whose latest value counts', () => {
  const latestOnly: HistoryOptions = {
    room: (name) => (name === 'lobby' ? { latestOnly: true } : undefined),
  };

  it('gives newcomers that value first', async () => {
    const { connect, say, history } = room(latestOnly);
    for (const price of [1, 2, 3]) await say(price);
    const { connection, transport } = connect();
    expect(await history.join(connection, 'lobby')).toMatchObject({ count: 1 });
    await say(4);
    expect(said(transport)).toEqual([3, 4]);
    expect(await history.latest('lobby')).toHaveLength(1);
  });

  it('has nothing to make up for but the value itself', async () => {
    const { connect, say, history } = room(latestOnly);
    for (const price of [1, 2, 3]) await say(price);
    const { epoch } = await history.position('lobby');
    const away = connect();
    const since = { epoch, offset: 1 };
    expect(await history.join(away.connection, 'lobby', { since })).toMatchObject({
      recovered: true,
      count: 1,
    });
    const upToDate = connect();
    await history.join(upToDate.connection, 'lobby', { since: { epoch, offset: 3 } });
    expect([said(away.transport), said(upToDate.transport)]).toEqual([[3], []]);
  });

  it('refuses an offset past that value, as every room does', async () => {
    const { connect, say, history } = room(latestOnly);
    const { epoch } = await say(1);
    const { connection } = connect();
    const since = { epoch, offset: 2 };
    await expect(history.join(connection, 'lobby', { since })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
    expect(connection.rooms.size).toBe(0);
  });

  it('leaves the other rooms their bounds', async () => {
    const { history } = room(latestOnly);
    for (const n of [1, 2]) await history.publish('other', 'said', n);
    expect(await history.latest('other')).toHaveLength(2);
    expect(await history.latest('other', 1)).toMatchObject([{ data: 2, offset: 2 }]);
  });

  it('may be every room but those that say otherwise, whatever other bounds they set', async () => {
    const own: Readonly<Record<string, RoomHistoryOptions>> = {
      log: { latestOnly: false },
      small: { maxBytes: 1_000, maxMessages: 50 },
    };
    const { history } = room({ latestOnly: true, room: (name) => own[name] });
    for (const name of ['log', 'small', 'other']) {
      for (const n of [1, 2]) await history.publish(name, 'said', n);
    }
    expect(await history.latest('log')).toHaveLength(2);
    expect(await history.latest('small')).toHaveLength(1);
    expect(await history.latest('other')).toHaveLength(1);
  });

  it('refuses bounds of one room that are unknown or wrong', async () => {
    const own = { maxMesages: 5 } as object;
    const { history } = room({ room: () => own });
    await expect(history.publish('lobby', 'said')).rejects.toThrow(
      'Cannot use option history: expected one of maxMessages, maxBytes, maxAge, latestOnly, current value is maxMesages; did you mean maxMessages?',
    );
  });
});

describe('bounds of a history', () => {
  it.each<[string, HistoryOptions]>([
    ['history.maxMessages', { maxMessages: 0 }],
    ['history.maxBytes', { maxBytes: -1 }],
    ['history.maxAge', { maxAge: 1.5 }],
    ['history.maxRooms', { maxRooms: 0 }],
    ['history.maxTotalBytes', { maxTotalBytes: Number.NaN }],
  ])('are positive integers: %s', (name, history) => {
    expect(() => room(history)).toThrow(UsageError);
    expect(() => room(history)).toThrow(name);
  });
});

describe('a room that is told about its members', () => {
  it('is told of a slow one behind the message that it was too slow for', async () => {
    const told: Promise<unknown>[] = [];
    const { hub, connect } = serve(
      {},
      {},
      { onSlowConsumer: () => void told.push(hub.history.publish('lobby', 'said', 'slow')) },
    );
    const [slow, other] = [connect(), connect()];
    for (const { connection } of [slow, other]) hub.rooms.join(connection, 'lobby');
    slow.transport.onSend = () => slow.transport.dropped(1);
    await hub.history.publish('lobby', 'said', 'first');
    await Promise.all(told);
    expect(said(other.transport)).toEqual(['first', 'slow']);
    await hub.history.publish('lobby', 'said', 'last');
    expect(other.transport.heard.map(({ at }) => at)).toMatchObject(
      [1, 2, 3].map((offset) => ({ offset })),
    );
  });

  it('welcomes a newcomer behind what it is told of the room', async () => {
    const { hub, connect, say, history } = room();
    hub.rooms.observe({ joined: () => void say('welcome') });
    await say('before');
    const { connection, transport } = connect();
    await history.join(connection, 'lobby', { latest: 9 });
    await say('after');
    expect(joins(transport)).toMatchObject([{ offset: 1, count: 1 }]);
    expect(transport.heard.map(({ event, at }) => [event, at])).toMatchObject([
      ['$joined', undefined],
      ['said', { offset: 1 }],
      ['said', { offset: 2 }],
      ['said', { offset: 3 }],
    ]);
  });

  it('tells a newcomer nothing whom an observer has taken out', async () => {
    const { hub, connect, say, history, reports } = room();
    hub.rooms.observe({ joined: (name, connection) => void hub.rooms.leave(connection, name) });
    await say('secret');
    const { connection, transport } = connect();
    const joined = history.join(connection, 'lobby', { latest: 9 });
    await expect(joined).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(transport.heard).toEqual([]);
    expect(hub.rooms.names()).toEqual([]);
    expect(reports).toEqual([]);
  });
});

function mixed() {
  const picky: Codec = {
    ...jsonCodec,
    name: 'picky',
    encode(envelope) {
      if (envelope.data === 'odd') throw new Error('odd');
      return jsonCodec.encode(envelope);
    },
  };
  const codecFor = (protocol: string): Codec => (protocol === 'picky' ? picky : jsonCodec);
  const served = serve({}, { codecFor });
  const say = (text: unknown) => served.hub.history.publish('lobby', 'said', text);
  return { ...served, say, picky: served.connect({ protocol: 'picky' }) };
}

describe('a message that the codec of one client cannot carry', () => {
  it('reaches the others, and the publisher is told', async () => {
    const { hub, connect, say, picky } = mixed();
    const plain = connect();
    for (const { connection } of [picky, plain]) hub.rooms.join(connection, 'lobby');
    await expect(say('odd')).rejects.toThrow(EncodeError);
    await say('even');
    expect(said(plain.transport)).toEqual(['odd', 'even']);
    expect(said(picky.transport)).toEqual(['even']);
  });

  it('does not stand in the way of what else it has missed', async () => {
    const { hub, say, picky, reports } = mixed();
    await say('odd');
    const { epoch } = await say('even');
    await hub.history.join(picky.connection, 'lobby', { since: { epoch, offset: 0 } });
    expect(said(picky.transport)).toEqual(['even']);
    expect(reports.map(({ error }) => error)).toEqual([expect.any(EncodeError)]);
  });
});
