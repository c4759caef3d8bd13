import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WsAdapter } from '@nestjs/platform-ws';
import { NestwireAdapter } from 'nestwire';
import { WsTestClient } from 'nestwire/testing';
import { AppModule } from './app.module.js';
import type { Results } from './poll.service.js';

const adapters = {
  WsAdapter: (app: INestApplication) => new WsAdapter(app),
  NestwireAdapter: (app: INestApplication) => new NestwireAdapter(app),
};

/** The next results in which so many people are here. */
const resultsOf = async (client: WsTestClient, people: number): Promise<Record<string, number>> => {
  const { data } = await client.next<Results>(
    (frame) => frame.event === 'results' && (frame.data as Results).people === people,
  );
  return Object.fromEntries(data.options.map(({ name, votes }) => [name, votes]));
};

describe.each(Object.entries(adapters))('the poll on %s', (_name, adapter) => {
  let app: INestApplication;

  beforeEach(async () => {
    app = await NestFactory.create(AppModule, { logger: false });
    app.useWebSocketAdapter(adapter(app));
    await app.listen(0, '127.0.0.1');
  });

  afterEach(() => app.close());

  it('shows a vote to everybody, and forgets it when the voter leaves', async () => {
    const ada = await WsTestClient.connect(app, '/poll');
    await resultsOf(ada, 1);
    const bob = await WsTestClient.connect(app, '/poll');
    await resultsOf(bob, 2);
    await resultsOf(ada, 2);
    ada.send('vote', { option: 'Friday' });
    expect((await ada.next('voted')).data).toBe('Friday');
    expect(await resultsOf(bob, 2)).toEqual({ Monday: 0, Wednesday: 0, Friday: 1 });
    await ada.close();
    expect(await resultsOf(bob, 1)).toEqual({ Monday: 0, Wednesday: 0, Friday: 0 });
  });

  it('refuses votes for what there is not', async () => {
    const client = await WsTestClient.connect(app, '/poll');
    client.send('vote', { option: 'Sunday' });
    expect((await client.next('exception')).data).toMatchObject({
      message: 'There is no such option',
    });
    client.send('vote', { option: 5 });
    expect((await client.next('exception')).data).toMatchObject({
      message: 'A vote is { "option": "…" }',
    });
  });

  it('tells the choices made so far, one by one', async () => {
    const client = await WsTestClient.connect(app, '/poll');
    for (const option of ['Monday', 'Friday']) {
      client.send('vote', { option });
      await client.next('voted');
    }
    client.send('history');
    expect((await client.next('history')).data).toBe('Monday');
    expect((await client.next('history')).data).toBe('Friday');
  });

  it('takes no message that is larger than the gateway allows', async () => {
    const client = await WsTestClient.connect(app, '/poll');
    client.send('vote', { option: 'x'.repeat(5_000) });
    await client.expectClose(1009);
  });

  it('serves its page', async () => {
    const page = await fetch(await app.getUrl());
    expect(await page.text()).toContain('poll.js');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  });
});

describe('the poll, since it runs on NestwireAdapter', () => {
  it('answers what was dropped in silence, and says goodbye', async () => {
    const app = await NestFactory.create(AppModule, { logger: false });
    app.useWebSocketAdapter(new NestwireAdapter(app));
    const client = await WsTestClient.connect(app, '/poll');
    client.send('veto');
    expect((await client.next('exception')).data).toMatchObject({ code: 'UNKNOWN_EVENT' });
    expect(await client.request('results')).toMatchObject({ people: 1 });
    await expect(WsTestClient.connect(app, '/elsewhere')).rejects.toMatchObject({ status: 404 });
    await app.close();
    await client.expectClose(1001);
  });
});
