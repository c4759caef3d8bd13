import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, describe, expect, it } from '@jest/globals';
import { memoryBroker } from '../broker/memory/memory-broker.js';
import { MemoryBrokerServer } from '../broker/memory/memory-broker-server.js';
import { deferred } from '../testing-fixtures/deferred.js';
import { LimitError } from '#engine';
import { kCore } from '../connection/connection-core.js';
import { MessageRouter, type MessageHandler } from '../dispatch/message-router.js';
import type { Endpoint } from '../endpoint/endpoint.js';
import { limitRate } from '../limits/event-rate.js';
import type { FakeTransport } from '../testing-fixtures/fake-transport.js';
import { connect as connectEndpoint, serve, turn } from '../testing-fixtures/fake-upgrade.js';
import type { HubDiagnostics } from './told.js';

const undo: (() => unknown)[] = [];

function on<Name extends keyof HubDiagnostics>(
  name: Name,
  listener: (message: HubDiagnostics[Name]) => void,
): void {
  const heard = (message: unknown): void => listener(message as HubDiagnostics[Name]);
  subscribe(name, heard);
  undo.push(() => unsubscribe(name, heard));
}

/** What a channel tells from now on. */
function record<Name extends keyof HubDiagnostics>(name: Name): HubDiagnostics[Name][] {
  const seen: HubDiagnostics[Name][] = [];
  on(name, (message) => seen.push(message));
  return seen;
}

function untilAborted(signal?: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

function connectTo(endpoint: Endpoint): FakeTransport {
  return connectEndpoint(endpoint).transport;
}

afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

describe('channels of a hub', () => {
  it('tell of a connection from its opening to its close, by path and kind of close', () => {
    const { hub, connect } = serve({}, { path: '/chat/:room' });
    const [opened, closed] = [record('nestwire:hub:open'), record('nestwire:hub:close')];
    const { connection, transport } = connect();
    expect(opened).toEqual([{ hub, node: '', path: '/chat/:room', connection, transport }]);
    transport.end(1001, 'bye');
    expect(closed).toMatchObject([
      { hub, path: '/chat/:room', code: 1001, reason: 'bye', closeClass: 'going_away' },
    ]);
    expect(closed[0]?.transport).toBe(transport);
    expect(closed[0]?.duration).toBeGreaterThanOrEqual(0);
  });

  it('tell of a message and its handler, as one object in the beginning and in the end', async () => {
    const answer = deferred<string>();
    const { connect } = serve({ ask: () => answer.promise, say: () => 'at once' });
    const [begun, ended] = [record('nestwire:message:begin'), record('nestwire:message:end')];
    const { connection, transport } = connect();
    transport.event('ask', { secret: 1 }, 7);
    expect(begun).toMatchObject([{ event: 'ask', message: { id: 7 }, outcome: undefined }]);
    expect(ended).toEqual([]);
    answer.resolve('answer');
    await turn();
    expect(ended[0]).toBe(begun[0]);
    expect(ended).toMatchObject([{ outcome: 'answered', code: undefined }]);
    expect(ended[0]?.connection).toBe(connection);
    transport.event('say');
    expect(ended.map(({ event, outcome }) => [event, outcome])).toEqual([
      ['ask', 'answered'],
      ['say', 'answered'],
    ]);
  });

  it.each([
    ['failed', 'a throw', 'INTERNAL_ERROR'],
    ['failed', 'a rejection', 'INTERNAL_ERROR'],
    ['failed', 'what cannot be encoded', 'INTERNAL_ERROR'],
    ['abandoned', 'a close', undefined],
    ['cancelled', 'a cancel', 'CANCELLED'],
  ])('say that a handler has %s after %s', async (outcome, why, code) => {
    const { hub } = serve();
    const handle: MessageHandler['handle'] = (_connection, _data, _message, signal) => {
      if (why === 'a throw') throw new Error(why);
      if (why === 'a rejection') return Promise.reject(new Error(why));
      return why === 'what cannot be encoded' ? 1n : untilAborted(signal);
    };
    const router = new MessageRouter([{ event: 'ask', wantsSignal: true, handle }]);
    const transport = connectTo(hub.endpoint({ router }));
    const ended = record('nestwire:message:end');
    transport.event('ask', null, 1);
    if (why === 'a close') transport.end();
    if (why === 'a cancel') transport.event('$cancel', undefined, 1);
    await turn();
    expect(ended.map((one) => [one.outcome, one.code])).toEqual([[outcome, code]]);
    expect(hub.registry.size).toBe(why === 'a close' ? 0 : 1);
  });

  it('name an event as the table of handlers does, never as its client', () => {
    const { hub } = serve();
    const endpoint = hub.endpoint({
      router: new MessageRouter([], { event: '*', handle: () => {} }),
    });
    const begun = record('nestwire:message:begin');
    connectTo(endpoint).event('of 1,000,000 names');
    expect(begun.map(({ event }) => event)).toEqual(['*']);
  });

  it('let a listener put an async context around a handler and all it waits for', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const { connect } = serve({
      ask: async () => {
        seen.push(storage.getStore());
        await turn();
        seen.push(storage.getStore());
      },
    });
    on('nestwire:message:begin', (message) => message.enclose((call) => storage.run('in', call)));
    const { transport } = connect();
    transport.event('ask', null, 1);
    await turn();
    await turn();
    expect(seen).toEqual(['in', 'in']);
    expect(storage.getStore()).toBeUndefined();
  });

  it('tell of exceptions that clients get, by what the client said and the code', () => {
    const { connect } = serve();
    const refused = record('nestwire:message:refused');
    const { transport } = connect();
    transport.event('nobody knows');
    transport.text('{');
    expect(refused.map(({ event, code }) => [event, code])).toEqual([
      ['nobody knows', 'UNKNOWN_EVENT'],
      [undefined, 'BAD_JSON'],
    ]);
  });

  it('tell of messages over a limit, of all events and of one', () => {
    const limited = record('nestwire:rate:limited');
    const { hub, connect } = serve({ say: () => {} }, { rate: { connection: { messages: 1 } } });
    const { transport } = connect();
    transport.event('say');
    transport.event('say');
    const handler = limitRate({ event: 'say', handle: () => {} }, { messages: 1, per: 60_000 });
    const other = connectTo(hub.endpoint({ router: new MessageRouter([handler]) }));
    other.event('say');
    other.event('say');
    expect(limited.map(({ event, limit, kind, action }) => [event, limit, kind, action])).toEqual([
      [undefined, 'connection', 'messages', 'drop'],
      ['say', 'connection', 'messages', 'drop'],
    ]);
  });

  it('tell of clients that read too slowly', () => {
    const [dropped, closed] = [record('nestwire:slow:dropped'), record('nestwire:slow:closed')];
    const { connect } = serve();
    const { connection } = connect();
    const core = connection[kCore];
    core.onDropped(3, 'drop-old');
    core.onError(new LimitError('full', 'WS_ERR_SEND_QUEUE_FULL', 1013));
    expect(dropped).toMatchObject([{ messages: 3, policy: 'drop-old' }]);
    expect(closed).toMatchObject([{ limit: 'queue', bufferedAmount: 0 }]);
  });

  it('tell of rooms, and who came and left', () => {
    const { hub, connect } = serve();
    const seen: string[] = [];
    for (const what of ['created', 'joined', 'left', 'emptied'] as const)
      on(`nestwire:room:${what}`, ({ room, connection }) =>
        seen.push(`${what} ${room} ${connection === one.connection}`),
      );
    const one = connect();
    hub.rooms.join(one.connection, 'lobby');
    one.transport.end();
    expect(seen).toEqual([
      'created lobby true',
      'joined lobby true',
      'left lobby true',
      'emptied lobby true',
    ]);
  });

  it('tell how a recovery went', async () => {
    const { hub, connect } = serve();
    const recovered = record('nestwire:room:recovered');
    await hub.history.publish('lobby', 'said', 1);
    const at = await hub.history.join(connect().connection, 'lobby');
    await hub.history.publish('lobby', 'said', 2);
    await hub.history.join(connect().connection, 'lobby', { since: at });
    await hub.history.join(connect().connection, 'lobby', { since: { ...at, epoch: 'other' } });
    expect(recovered.map(({ room, result, messages }) => [room, result, messages])).toEqual([
      ['lobby', 'new', 0],
      ['lobby', 'recovered', 1],
      ['lobby', 'lost', 0],
    ]);
  });

  it('tell of a broadcast and its receivers', () => {
    const { hub, connect } = serve();
    const [begun, ended] = [record('nestwire:broadcast:begin'), record('nestwire:broadcast:end')];
    for (let n = 0; n < 3; n++) hub.rooms.join(connect().connection, 'lobby');
    hub.rooms.to('lobby').send('said', 'hello');
    expect(ended).toMatchObject([
      { hub, event: 'said', rooms: ['lobby'], origin: 'local', result: { sent: 3, dropped: 0 } },
    ]);
    expect(begun[0]).toBe(ended[0]);
  });

  it('carry a trace that a listener sets to the other nodes', async () => {
    const server = new MemoryBrokerServer();
    const nodes = [1, 2].map(() => serve({}, {}, { broker: memoryBroker(server) }));
    for (const { hub } of nodes) {
      undo.push(() => hub.close());
      await hub.start();
    }
    const [one, two] = nodes.map(({ hub }) => hub);
    two!.rooms.join(nodes[1]!.connect().connection, 'lobby');
    await two!.rooms.settled('lobby');
    const trace = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, tracestate: 'x=y' };
    on('nestwire:broadcast:begin', (broadcast) => {
      if (broadcast.hub === one) broadcast.trace = trace;
    });
    const arrived = new Promise((resolve) => {
      on('nestwire:broadcast:end', (broadcast) => {
        if (broadcast.hub === two) resolve([broadcast.origin, broadcast.trace, broadcast.node]);
      });
    });
    one!.rooms.to('lobby').send('said', 'hello');
    expect(await arrived).toEqual(['remote', trace, two!.cluster.node]);
  });

  it('tell of a shutdown, stage by stage', async () => {
    const { hub } = serve();
    const drained = record('nestwire:hub:drain');
    await hub.close();
    expect(drained.map(({ stage }) => stage)).toEqual(['waiting', 'closed']);
    expect(drained[0]?.hub).toBe(hub);
  });

  it('build nothing while nobody listens', () => {
    const { connect } = serve({ say: () => {} });
    const { connection, transport } = connect();
    const asked: string[] = [];
    // `about` reads the path of the owner; nothing else does.
    Object.defineProperty(connection[kCore].owner, 'path', {
      get: () => {
        asked.push('path');
        return '';
      },
    });
    transport.event('say');
    transport.event('nobody knows');
    transport.end();
    expect(asked).toEqual([]);
  });
});
