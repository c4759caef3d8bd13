import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { MessageRouter } from '../dispatch/message-router.js';
import {
  connect as connectTo,
  serve,
  turn,
  type Client,
} from '../testing-fixtures/fake-upgrade.js';
import { MAX_PENDING_REQUESTS } from '../connection/request/pending-requests.js';
import { RequestError } from '../connection/request/request-error.js';
import { kCore } from '../connection/connection-core.js';

/** The id under which the client was asked last. */
function asked({ transport }: Client): string {
  return String(transport.frames.at(-1)?.['id']);
}

/** How a promise was rejected. */
async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'nothing was thrown',
    (error: unknown) => error,
  );
}

describe('a request to a client', () => {
  it('is an event with an id of the server, and is answered with $reply', async () => {
    const client = serve().connect();
    const answer = client.connection.request('position', { unit: 'm' });
    expect(client.transport.frames).toEqual([
      { event: 'position', data: { unit: 'm' }, id: expect.stringMatching(/^\$\w+$/) },
    ]);
    client.transport.event('$reply', { x: 1 }, asked(client));
    expect(await answer).toEqual({ x: 1 });
    expect(client.connection[kCore].requests?.size).toBe(0);
  });

  it('is refused with $error, whose data is not passed on to others', async () => {
    const client = serve().connect();
    const refused = failure(client.connection.request('position'));
    client.transport.event('$error', { code: 'DENIED', message: 'secret' }, asked(client));
    const error = (await refused) as RequestError;
    expect(error).toBeInstanceOf(RequestError);
    expect(error).toMatchObject({ code: 'REFUSED', reason: 'refused', answer: { code: 'DENIED' } });
    expect(error.message + String(error.details)).not.toContain('secret');
  });

  it('fails when the time is up; the late answer is nobody’s', async () => {
    const client = serve().connect();
    const error = await failure(client.connection.request('position', null, { timeout: 20 }));
    expect(error).toMatchObject({ code: 'TIMEOUT', reason: 'timeout' });
    client.transport.event('$reply', 1, asked(client));
    expect(client.transport.frames).toHaveLength(1);
  });

  it('fails when the connection closes, and at once when it has', async () => {
    const client = serve().connect();
    const first = failure(client.connection.request('position'));
    client.transport.end(1006);
    expect(await first).toMatchObject({ code: 'CLOSED' });
    expect(await failure(client.connection.request('position'))).toMatchObject({ code: 'CLOSED' });
  });

  it('that cannot be encoded leaves no listener on its signal behind', async () => {
    const { connection } = serve().connect();
    const { signal } = new AbortController();
    const error = await failure(connection.request('position', 1n, { signal }));
    expect(error).toMatchObject({ code: 'WS_ERR_ENCODE' });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(connection[kCore].requests?.size).toBe(0);
  });

  it('fails with the reason of its signal', async () => {
    const client = serve().connect();
    const controller = new AbortController();
    const { signal } = controller;
    const first = failure(client.connection.request('position', null, { signal }));
    controller.abort(new Error('enough'));
    expect(String(await first)).toBe('Error: enough');
    const second = failure(client.connection.request('position', null, { signal }));
    expect(String(await second)).toBe('Error: enough');
    expect(client.transport.frames).toHaveLength(1);
    expect(client.connection[kCore].requests?.size).toBe(0);
  });

  it('fails with data the codec cannot carry, and owes nothing then', async () => {
    const client = serve().connect();
    const error = await failure(client.connection.request('position', 1n));
    expect(error).toMatchObject({ code: 'WS_ERR_ENCODE' });
    expect(client.connection[kCore].requests?.size).toBe(0);
  });

  it('fails beyond as many as a client may owe, and in a connect hook', async () => {
    const client = serve().connect();
    for (let i = 0; i < MAX_PENDING_REQUESTS; i++) void failure(client.connection.request('a'));
    expect(await failure(client.connection.request('a'))).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      reason: 'busy',
    });
    const errors: unknown[] = [];
    const { hub } = serve();
    const endpoint = hub.endpoint({
      router: new MessageRouter([]),
      hooks: { connect: async (connection) => errors.push(await failure(connection.request('a'))) },
    });
    connectTo(endpoint);
    await turn();
    expect(String(errors[0])).toContain('before its connect hook has finished');
  });

  it.each([0, -1, 1.5, 2 ** 31, Number.NaN])('takes no timeout of %p', async (timeout) => {
    const { connection } = serve().connect();
    expect(await failure(connection.request('a', null, { timeout }))).toMatchObject({
      name: 'UsageError',
    });
  });

  it('is answered past the handlers: one may wait for it, whatever stands in the queue', async () => {
    const { hub } = serve();
    const handled: unknown[] = [];
    const endpoint = hub.endpoint({
      router: new MessageRouter([
        { event: 'ask', handle: (connection) => connection.request('sure?') },
        { event: 'say', handle: (_, data) => void handled.push(data) },
      ]),
      queueSize: 2,
    });
    const client = connectTo(endpoint);
    client.transport.event('ask', null, 1);
    const id = asked(client);
    for (let n = 0; n < 10; n++) client.transport.event('say', n);
    client.transport.event('$reply', 'yes', id);
    await turn();
    expect(client.transport.frames.at(-1)).toEqual({ event: 'ask', data: 'yes', id: 1 });
    expect(handled).toHaveLength(10);
    expect(client.transport.paused).toBe(false);
  });

  it('reads on in a client that was paused before it was asked', async () => {
    const { hub } = serve();
    const endpoint = hub.endpoint({
      router: new MessageRouter([
        { event: 'wait', handle: () => new Promise(() => {}) },
        { event: 'say', handle: () => undefined },
      ]),
      queueSize: 2,
    });
    const client = connectTo(endpoint);
    for (const event of ['wait', 'say', 'say']) client.transport.event(event);
    expect(client.transport.paused).toBe(true);
    const answer = client.connection.request('sure?');
    expect(client.transport.paused).toBe(false);
    client.transport.event('$reply', 'yes', asked(client));
    expect(await answer).toBe('yes');
  });

  it('that nobody made is answered in vain; an answer without an id is a mistake', () => {
    const { transport } = serve().connect();
    transport.event('$reply', 1, '$nobody');
    transport.event('$reply', 1);
    expect(transport.frames).toMatchObject([
      { event: 'exception', data: { code: 'BAD_ENVELOPE' } },
    ]);
  });
});

function room(count: number) {
  const { hub, connect } = serve();
  const clients = Array.from({ length: count }, () => connect());
  for (const { connection } of clients) hub.rooms.join(connection, 'r');
  return { hub, clients };
}

describe('a request to a room', () => {
  it('asks all under one id and collects their answers', async () => {
    const { hub, clients } = room(3);
    const [first, second, third] = clients as [Client, Client, Client];
    const result = hub.rooms.to('r').except(third.connection).request('vote', ['a', 'b']);
    const id = String(first.transport.heard[0]?.['id']);
    expect(second.transport.heard).toEqual([{ event: 'vote', data: ['a', 'b'], id }]);
    second.transport.event('$reply', 'b', id);
    first.transport.event('$reply', 'a', id);
    expect(await result).toEqual({
      answers: [
        { connection: first.connection, data: 'a' },
        { connection: second.connection, data: 'b' },
      ],
      missing: [],
      complete: true,
    });
    expect(third.transport.heard).toEqual([]);
  });

  it('says who is missing and why, and waits no longer than the timeout', async () => {
    const { hub, clients } = room(4);
    const [answers, refuses, leaves, silent] = clients as [Client, Client, Client, Client];
    const result = hub.rooms.to('r').request('vote', null, { timeout: 30 });
    const id = String(answers.transport.heard[0]?.['id']);
    answers.transport.event('$reply', 'a', id);
    refuses.transport.event('$error', { code: 'ABSTAIN' }, id);
    leaves.transport.end(1001);
    expect(await result).toEqual({
      answers: [{ connection: answers.connection, data: 'a' }],
      missing: [
        { connection: refuses.connection, reason: 'refused', data: { code: 'ABSTAIN' } },
        { connection: leaves.connection, reason: 'closed' },
        { connection: silent.connection, reason: 'timeout' },
      ],
      complete: false,
    });
  });

  it('gives what there is when its signal aborts', async () => {
    const { hub, clients } = room(2);
    const controller = new AbortController();
    const { signal } = controller;
    const result = hub.rooms.to('r').request('vote', null, { signal });
    const id = String(clients[0]?.transport.heard[0]?.['id']);
    clients[0]?.transport.event('$reply', 'a', id);
    controller.abort();
    expect(await result).toMatchObject({ answers: [{ data: 'a' }], complete: false });
    const late = await hub.rooms.to('r').request('vote', null, { signal });
    expect(late.missing.map(({ reason }) => reason)).toEqual(['cancelled', 'cancelled']);
  });

  it('is complete at once when nobody is asked', async () => {
    const { hub } = room(0);
    expect(await hub.rooms.to('r').request('vote')).toEqual({
      answers: [],
      missing: [],
      complete: true,
    });
  });

  it('fails with data the codec cannot carry, and nobody owes anything then', async () => {
    const { hub, clients } = room(2);
    expect(await failure(hub.rooms.to('r').request('vote', 1n))).toMatchObject({
      code: 'WS_ERR_ENCODE',
    });
    expect(clients.map(({ connection }) => connection[kCore].requests?.size ?? 0)).toEqual([0, 0]);
  });

  it('keeps no more than 16 MiB of answers, and says who is missing for it', async () => {
    const { hub, clients } = room(20);
    const result = hub.rooms.to('r').request('vote');
    const id = String(clients[0]?.transport.heard[0]?.['id']);
    const answer = 'x'.repeat(1024 * 1024);
    for (const { transport } of clients) transport.event('$reply', answer, id);
    const { answers, missing, complete } = await result;
    expect(answers).toHaveLength(15);
    expect(missing.map(({ reason, data }) => [reason, data])).toEqual(
      Array.from({ length: 5 }, () => ['dropped', undefined]),
    );
    expect(complete).toBe(false);
  });
});
