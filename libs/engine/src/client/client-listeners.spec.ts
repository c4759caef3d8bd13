import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { nextUncaught } from '../testing-fixtures/next-uncaught.js';
import { closeServers, serve } from '../testing-fixtures/websocket-servers.js';
import { WebSocket } from '../ws/websocket.js';

afterEach(closeServers);

describe('the listeners of a client', () => {
  it('run in the context the client was made in, whoever pauses and resumes it', async () => {
    const { url, server } = await serve();
    server.on('connection', (ws: WebSocket) => {
      for (let index = 0; index < 1_000; index++) ws.send(String(index));
      ws.close();
    });
    const storage = new AsyncLocalStorage<string>();
    const client = storage.run('its own', () => new WebSocket(url));
    const seen: (string | undefined)[] = [];
    client.on('message', () => {
      seen.push(storage.getStore());
      if (seen.length % 100 !== 0) return;
      client.pause();
      storage.run("another's", () => setImmediate(() => client.resume()));
    });
    const ended: (string | undefined)[] = [];
    client.on('close', () => ended.push(storage.getStore()));
    await once(client, 'close');
    expect(seen).toHaveLength(1_000);
    expect(new Set(seen)).toEqual(new Set(['its own']));
    expect(ended).toEqual(['its own']);
  });

  it.each([
    ['nobody listens to its error', false],
    ['somebody does', true],
  ])('throw their own error, which is the cause of the failure: %s', async (_name, listens) => {
    const { url, server } = await serve();
    server.on('connection', (ws: WebSocket) => ws.send('x'));
    const client = new WebSocket(url);
    const thrown = new Error('of the listener');
    const errors: Error[] = [];
    if (listens) client.on('error', (error) => errors.push(error));
    client.on('message', () => {
      throw thrown;
    });
    const uncaught = nextUncaught();
    // Not `once`, which listens to errors, too.
    const closed = new Promise((resolve) => client.on('close', resolve));
    expect(await uncaught).toBe(thrown);
    expect(await closed).toBe(1011);
    await turn();
    expect(errors.map(({ cause }) => cause)).toEqual(listens ? [thrown] : []);
  });

  it('take a client that is logged as JSON', async () => {
    const { url } = await serve();
    const client = new WebSocket(`${url}/?token=secret`);
    expect(JSON.stringify(client)).toBe('{"readyState":0,"protocol":"","bufferedAmount":0}');
    await once(client, 'open');
    expect(JSON.stringify({ client })).not.toContain('secret');
    client.close();
    await once(client, 'close');
  });

  it('need no limit: Infinity is none, as it is for ws', async () => {
    const { url, server } = await serve({ maxPayload: Infinity });
    server.on('connection', (ws: WebSocket) => ws.on('message', (data) => ws.send(data)));
    const client = new WebSocket(url, { maxPayload: Infinity });
    await once(client, 'open');
    client.send(Buffer.alloc(1_000_000));
    const [data] = (await once(client, 'message')) as [Buffer];
    expect(data).toHaveLength(1_000_000);
    client.close();
    await once(client, 'close');
  });
});
