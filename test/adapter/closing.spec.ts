// What standard gateways need is there until they have been drained, as for gateways of this package.
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Injectable,
  Module,
  type BeforeApplicationShutdown,
  type INestApplication,
  type OnModuleDestroy,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { NestwireAdapter, OnMessage, WsGateway, WsModule } from 'nestwire';
import type { AddressInfo } from 'node:net';
import { Client, refusal } from '../e2e/support/client.js';
import { deferred } from '../e2e/support/deferred.js';
import { LogBook } from '../e2e/support/app.js';
import { closeStandard, startStandard } from './support/standard-app.js';

afterEach(closeStandard);

function parts() {
  const reached = deferred();
  const release = deferred();
  const log: unknown[] = [];
  let url = '';

  @Injectable()
  class Database implements OnModuleDestroy, BeforeApplicationShutdown {
    state = 'open';

    async onModuleDestroy(): Promise<void> {
      // Nest 11 runs the hooks again when it is asked to close again.
      if (this.state !== 'open') return;
      this.state = 'destroyed';
      log.push('destroyed', (await refusal(`${url}/standard`)).status);
    }

    async beforeApplicationShutdown(): Promise<void> {
      if (this.state === 'shut down') return;
      this.state = 'shut down';
      log.push((await refusal(`${url}/standard`)).status);
    }
  }

  @WebSocketGateway({ path: '/standard' })
  class StandardGateway {
    constructor(private readonly database: Database) {}

    @SubscribeMessage('query')
    async query(): Promise<unknown> {
      reached.resolve();
      await release.promise;
      return { event: 'state', data: this.database.state };
    }

    async handleDisconnect(): Promise<void> {
      await Promise.resolve();
      await new Promise(setImmediate);
      log.push(`left ${this.database.state}`);
    }
  }

  @Module({ providers: [Database, StandardGateway] })
  class DatabaseModule {}

  const tellUrl = (value: string): void => void (url = value);
  return { reached, release, log, Database, StandardGateway, DatabaseModule, tellUrl };
}

@WsGateway('/ours')
class OurGateway {
  @OnMessage('who')
  who(): string {
    return 'ours';
  }
}

type Parts = ReturnType<typeof parts>;

async function testingApp({
  DatabaseModule,
}: Parts): Promise<{ app: INestApplication; url: string }> {
  const module = await Test.createTestingModule({ imports: [DatabaseModule] }).compile();
  const app = module.createNestApplication({ logger: new LogBook() });
  app.useWebSocketAdapter(new NestwireAdapter(app));
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { app, url: `ws://127.0.0.1:${port}` };
}

describe('an application with standard gateways that closes', () => {
  const starts: [string, (parts: Parts) => Promise<{ app: INestApplication; url: string }>][] = [
    ['in the root', ({ Database, StandardGateway }) => startStandard([Database, StandardGateway])],
    ['in a module', ({ DatabaseModule }) => startStandard([], { imports: [DatabaseModule] })],
    [
      'beside WsModule',
      ({ DatabaseModule }) =>
        startStandard([OurGateway], { imports: [DatabaseModule, WsModule.forRoot()] }),
    ],
    ['of a testing module', testingApp],
  ];

  it.each(starts)('lets them finish before it destroys what they need: %s', async (_, start) => {
    const built = parts();
    const { reached, release, log, tellUrl } = built;
    const { app, url } = await start(built);
    tellUrl(url);
    const [client, idle] = [
      await Client.connect(`${url}/standard`),
      await Client.connect(`${url}/standard`),
    ];
    client.send('query', null, 1);
    await reached.promise;
    const closed = app.close();
    const refused = await refusal(`${url}/standard`);
    expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    // Asked too late: it is to ask the next process.
    client.send('query', null, 2);
    expect(log).toEqual([]);
    release.resolve();
    expect(await client.next()).toEqual({ event: 'state', data: 'open', id: 1 });
    await expect(client.next()).rejects.toThrow();
    expect((await client.closed).code).toBe(1001);
    expect((await idle.closed).code).toBe(1001);
    await closed;
    expect(log).toEqual(['left open', 'left open', 'destroyed', 503, 503]);
  });

  it('drains both kinds of gateways at once, neither waiting for the other', async () => {
    const built = parts();
    const { app, url } = await startStandard([OurGateway], {
      imports: [built.DatabaseModule, WsModule.forRoot()],
    });
    built.tellUrl(url);
    const busy = await Client.connect(`${url}/standard`);
    busy.send('query', null, 1);
    await built.reached.promise;
    const ours = await Client.connect(`${url}/ours`);
    const closed = app.close();
    expect((await ours.closed).code).toBe(1001);
    expect(await refusal(`${url}/ours`)).toMatchObject({ status: 503 });
    expect(await refusal(`${url}/standard`)).toMatchObject({ status: 503 });
    built.release.resolve();
    await closed;
    expect(built.log).toContain('left open');
  });

  it('waits for a handler no longer than for its client', async () => {
    const built = parts();
    const { app, url } = await startStandard([built.Database, built.StandardGateway], {
      options: { shutdown: { deadline: 50 } },
    });
    built.tellUrl(url);
    const client = await Client.connect(`${url}/standard`);
    client.send('query');
    await built.reached.promise;
    await app.close();
    expect(['left destroyed', 'left open']).toContain(
      built.log.find((line) => String(line).startsWith('left')),
    );
    expect((await client.closed).code).toBeGreaterThan(1000);
    built.release.resolve();
  });

  it('is as it was afterwards', async () => {
    const built = parts();
    const { app, url } = await startStandard([built.Database, built.StandardGateway]);
    built.tellUrl(url);
    await app.close();
    expect(Object.hasOwn(app, 'callDestroyHook')).toBe(false);
  });
});
