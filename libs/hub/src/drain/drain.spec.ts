import { describe, expect, it } from '@jest/globals';
import { HandshakeError, UsageError } from '#engine';
import { MessageRouter } from '../dispatch/message-router.js';
import { deferred } from '../testing-fixtures/deferred.js';
import { serve, turn } from '../testing-fixtures/fake-upgrade.js';
import { SlowHistoryStore } from '../testing-fixtures/slow-stores.js';
import type { DrainProgress, HubCloseOptions } from './drain-options.js';

const RESTART = { code: 1012, reason: 'Restart', batchInterval: 0 };

describe('draining a hub', () => {
  it('refuses who comes with 503 and Retry-After from the first moment', () => {
    const { hub, connect } = serve();
    void hub.close(RESTART);
    expect(connect).toThrow(HandshakeError);
    expect(connect).toThrow(
      expect.objectContaining({ status: 503, headers: { 'Retry-After': '1' } }),
    );
  });

  it('tells everybody what will happen and when to come back, once for all, before it closes', async () => {
    const { hub, connect } = serve();
    const clients = [connect(), connect()];
    await hub.close({ ...RESTART, reconnect: { after: 100, within: 900 } });
    for (const { transport } of clients) {
      expect(transport.heard).toEqual([
        {
          event: '$shutdown',
          data: { code: 1012, reason: 'Restart', reconnect: { after: 100, within: 900 } },
        },
      ]);
      expect(transport.closes).toEqual([{ code: 1012, reason: 'Restart' }]);
    }
    expect(clients[0]?.transport.prepared[0]).toBe(clients[1]?.transport.prepared[0]);
  });

  it('says nothing where it is told not to', async () => {
    const { hub, connect } = serve();
    const { transport } = connect();
    await hub.close({ ...RESTART, notice: false });
    expect(transport.heard).toEqual([]);
  });

  it('lets clients have their say between the notice and the close', async () => {
    const { hub, connect } = serve({ save: () => 'saved' });
    const { transport } = connect();
    const closed = hub.close({ ...RESTART, grace: 20 });
    await turn();
    transport.event('save', 1, 1);
    await closed;
    expect(transport.frames).toEqual([{ event: 'save', data: 'saved', id: 1 }]);
    expect(transport.closes).toHaveLength(1);
  });

  it('closes in batches', async () => {
    const { hub, connect } = serve();
    const clients = Array.from({ length: 25 }, () => connect());
    const told: DrainProgress[] = [];
    await hub.close({ ...RESTART, batchSize: 10, onProgress: (one) => void told.push(one) });
    expect(told.map(({ stage }) => stage)).toEqual([
      'notified',
      'closing',
      'closing',
      'waiting',
      'closed',
    ]);
    expect(told[0]).toMatchObject({ open: 25, busy: 0 });
    expect(told.at(-1)).toMatchObject({ open: 0, busy: 0 });
    expect(clients.every(({ transport }) => transport.closes.length === 1)).toBe(true);
  });

  it('answers every message it has accepted, also those that wait, before it closes', async () => {
    const gates = [deferred<string>(), deferred<string>(), deferred<string>()];
    let next = 0;
    const { hub, connect } = serve({ slow: () => gates[next++]?.promise });
    const { transport } = connect();
    const idle = connect();
    for (const id of [1, 2]) transport.event('slow', undefined, id);
    const told: DrainProgress[] = [];
    const closed = hub.close({ ...RESTART, onProgress: (one) => void told.push(one) });
    await turn();
    expect(idle.transport.closes).toHaveLength(1);
    expect(transport.closes).toEqual([]);
    // Not accepted any more: it stays with the peer, which learns from the 1012 to ask elsewhere.
    transport.event('slow', undefined, 3);
    gates[0]?.resolve('one');
    await turn();
    expect(transport.closes).toEqual([]);
    gates[1]?.resolve('two');
    await closed;
    expect(transport.frames).toEqual([
      { event: 'slow', data: 'one', id: 1 },
      { event: 'slow', data: 'two', id: 2 },
    ]);
    expect(transport.closes).toEqual([{ code: 1012, reason: 'Restart' }]);
    expect(next).toBe(2);
    expect(told.find(({ stage }) => stage === 'waiting')).toMatchObject({ busy: 1 });
  });

  it('lets a handler have the answer it waits for, asked before or during the drain', async () => {
    const gate = deferred();
    const { hub, connect } = serve({
      ask: async (connection) => {
        const first = await connection.request('first');
        await gate.promise;
        return [first, await connection.request('second')];
      },
      save: () => 'saved',
    });
    const { transport } = connect();
    transport.event('ask', undefined, 1);
    const closed = hub.close(RESTART);
    await turn();
    const answer = (data: unknown): void =>
      transport.event('$reply', data, String(transport.frames.at(-1)?.['id']));
    transport.event('save', undefined, 2);
    transport.text('not even JSON');
    transport.binary(new Uint8Array([1]));
    answer('one');
    gate.resolve();
    await turn();
    answer('two');
    await closed;
    expect(transport.frames.slice(2)).toEqual([{ event: 'ask', data: ['one', 'two'], id: 1 }]);
    expect(transport.closes).toEqual([{ code: 1012, reason: 'Restart' }]);
  });

  it('lets a client cancel what keeps its connection open, behind a full queue', async () => {
    const router = new MessageRouter([
      {
        event: 'wait',
        wantsSignal: true,
        handle: (_connection, _data, _message, signal) =>
          new Promise((resolve) => signal?.addEventListener('abort', () => resolve('enough'))),
      },
    ]);
    const { hub, connect } = serve({}, { router, queueSize: 1 });
    const { transport } = connect();
    for (const id of [1, 2]) transport.event('wait', undefined, id);
    expect(transport.paused).toBe(true);
    const closed = hub.close(RESTART);
    await turn();
    for (const id of [1, 2]) transport.event('$cancel', undefined, id);
    await closed;
    expect(transport.frames).toEqual([
      { event: 'wait', id: 2, complete: true },
      { event: 'wait', data: 'enough', id: 1 },
    ]);
  });

  it('closes properly at the deadline who is kept by a handler, and terminates who does not answer', async () => {
    const { hub, connect } = serve({ never: () => deferred().promise });
    const busy = connect();
    const deaf = connect();
    busy.transport.event('never');
    deaf.transport.answersClose = false;
    const stages: string[] = [];
    const closed = hub.close({
      ...RESTART,
      deadline: 30,
      onProgress: ({ stage }) => void stages.push(stage),
    });
    await closed;
    expect(busy.transport.closes).toEqual([{ code: 1012, reason: 'Restart' }]);
    expect(busy.transport.terminated).toBe(false);
    expect(deaf.transport.terminated).toBe(true);
    expect(stages).toEqual(['notified', 'waiting', 'terminating', 'closed']);
    expect(hub.registry.size).toBe(0);
  });

  it.each<[string, HubCloseOptions]>([
    ['the notice', { grace: 100_000 }],
    ['a batch', { batchSize: 1, batchInterval: 100_000 }],
  ])('waits no longer than the deadline after %s', async (_, options) => {
    const { hub, connect } = serve();
    const clients = [connect(), connect(), connect()];
    const stages: string[] = [];
    await hub.close({
      ...RESTART,
      ...options,
      deadline: 30,
      onProgress: ({ stage }) => void stages.push(stage),
    });
    for (const { transport } of clients) {
      expect(transport.closes).toEqual([{ code: 1012, reason: 'Restart' }]);
      expect(transport.terminated).toBe(false);
    }
    expect(stages.at(-1)).toBe('closed');
  });

  it('keeps what is published in a disconnect hook before it lets go of the store', async () => {
    const store = new SlowHistoryStore();
    const calls: string[] = [];
    const [append, close] = [store.append.bind(store), store.close.bind(store)];
    store.append = async (room, message, bounds) => {
      const appended = await append(room, message, bounds);
      calls.push(`kept ${String(message.data)}`);
      return appended;
    };
    store.close = () => {
      calls.push('closed');
      return close();
    };
    const { hub, connect } = serve(
      {},
      {
        hooks: { disconnect: () => [1, 2].forEach((n) => void hub.history.publish('log', 'x', n)) },
      },
      { history: { store } },
    );
    connect();
    await hub.close(RESTART);
    expect(calls).toEqual(['kept 1', 'kept 2', 'closed']);
  });

  it('does not wait for streams, which may never end', async () => {
    const { hub, connect } = serve({
      async *ticks() {
        yield 1;
        await deferred().promise;
      },
    });
    const { transport } = connect();
    transport.event('ticks', undefined, 1);
    await turn();
    await hub.close(RESTART);
    expect(transport.closes).toHaveLength(1);
  });

  it('closes who has not been let in yet without waiting for the hook', async () => {
    const gate = deferred();
    const { hub, connect } = serve({}, { hooks: { connect: () => gate.promise } });
    const { transport } = connect();
    const closed = hub.close(RESTART);
    await turn();
    expect(transport.closes).toHaveLength(1);
    gate.resolve();
    await closed;
  });

  it('survives a progress callback that throws', async () => {
    const { hub, connect, reports } = serve();
    connect();
    await hub.close({
      ...RESTART,
      onProgress: () => {
        throw new Error('log');
      },
    });
    expect(reports.length).toBeGreaterThan(0);
    expect(hub.registry.size).toBe(0);
  });

  it.each([
    { code: 1006 },
    { reason: 'x'.repeat(124) },
    { deadline: 0 },
    { batchSize: 0 },
    { batchInterval: -1 },
    { grace: 0.5 },
    { reconnect: { within: -1 } },
  ])('is refused with %j, and nothing has begun', (options) => {
    const { hub } = serve();
    expect(() => hub.close(options)).toThrow(UsageError);
    expect(hub.closing).toBe(false);
  });
});
