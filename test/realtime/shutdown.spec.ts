import { afterEach, describe, expect, it } from '@jest/globals';
import { OnMessage, WsGateway } from 'nestwire';
import { closeApps, startApp } from '../e2e/support/app.js';
import { Client } from '../e2e/support/client.js';
import { deferred } from '../e2e/support/deferred.js';

afterEach(closeApps);

describe('the shutdown of an application', () => {
  const gate = deferred();

  @WsGateway('/work')
  class WorkGateway {
    @OnMessage('slow')
    async slow(): Promise<string> {
      await gate.promise;
      return 'done';
    }
  }

  it('tells clients when to come back, answers what it has accepted, and writes it down', async () => {
    const { app, log, url } = await startApp({
      providers: [WorkGateway],
      options: {
        shutdown: { code: 1012, reason: 'Restart', reconnect: { after: 250, within: 1_000 } },
      },
    });
    const idle = await Client.connect(`${url}/work`);
    const busy = await Client.connect(`${url}/work`);
    busy.send('slow', null, 7);
    // Its ping has come back: the message before it is with the handler.
    const pong = new Promise((resolve) => busy.socket.once('pong', resolve));
    busy.socket.ping();
    await pong;
    const closed = app.close();
    const notice = {
      event: '$shutdown',
      data: { code: 1012, reason: 'Restart', reconnect: { after: 250, within: 1_000 } },
    };
    expect(await idle.next()).toEqual(notice);
    expect(await idle.closed).toEqual({ code: 1012, reason: 'Restart' });
    await expect(Client.connect(`${url}/work`)).rejects.toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
    });
    gate.resolve();
    expect(await busy.next()).toEqual(notice);
    expect(await busy.next()).toEqual({ event: 'slow', data: 'done', id: 7 });
    expect(await busy.closed).toEqual({ code: 1012, reason: 'Restart' });
    await closed;
    const lines = log.of('log').filter((line) => line.startsWith('Shutdown'));
    expect(lines[0]).toMatch(/^Shutdown notified: 2 connections open/);
    expect(lines).toContainEqual(expect.stringMatching(/^Shutdown waiting: .* 1 with handlers/));
    expect(lines.at(-1)).toMatch(/^Shutdown closed: 0 connections open/);
  });
});
