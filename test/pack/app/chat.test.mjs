// The quick start's gateway tested with Vitest, as docs/testing.md shows it.
import { NestFactory } from '@nestjs/core';
import { WsTestClient } from 'nestwire/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AppModule } from './app.module.js';

let app;

beforeEach(async () => {
  app = await NestFactory.create(AppModule, { logger: false });
});

afterEach(() => app.close());

test('says to everyone in the room what one of them says', async () => {
  const ada = await WsTestClient.connect(app, '/chat/lobby', { query: { name: 'Ada' } });
  const bob = await WsTestClient.connect(app, '/chat/lobby', { query: { name: 'Bob' } });
  ada.send('say', { text: 'hello' });
  expect((await ada.next('said')).data).toEqual({ text: 'hello' });
  expect((await bob.next('said')).data).toEqual({ text: 'hello' });
  await bob.expectNothing();
});

test('refuses who has no name', async () => {
  await expect(WsTestClient.connect(app, '/chat/lobby')).rejects.toMatchObject({ status: 403 });
});

test('shows what came instead of what was awaited', async () => {
  const ada = await WsTestClient.connect(app, '/chat/lobby', { query: { name: 'Ada' } });
  ada.send('shout', {});
  await expect(ada.next('said', { timeout: 20 })).rejects.toThrow(
    /Cannot get "said".*UNKNOWN_EVENT/s,
  );
});

test('does not mind a faked clock', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'Date'] });
  try {
    const ada = await WsTestClient.connect(app, '/chat/lobby', { query: { name: 'Ada' } });
    await ada.request('shout').catch((error) => expect(error.code).toBe('UNKNOWN_EVENT'));
  } finally {
    vi.useRealTimers();
  }
});
