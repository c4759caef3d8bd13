import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Inject,
  Injectable,
  Module,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  Connection,
  ConnectionRegistry,
  OnConnect,
  OnDisconnect,
  OnMessage,
  VerifyClient,
  WsGateway,
  WsModule,
} from 'nestwire';
import { closeApps, createApp, startApp } from './support/app.js';
import { Client, refusal, Refused } from './support/client.js';
import { freePort } from '../support/free-port.js';
import { deferred } from './support/deferred.js';

afterEach(closeApps);

@WsGateway('/')
class PlainGateway {
  left = 0;

  @OnMessage('ping')
  ping(): string {
    return 'pong';
  }

  @OnDisconnect()
  async leave(): Promise<void> {
    await Promise.resolve();
    this.left++;
  }
}

describe('closing the application', () => {
  it('ends every client with 1001 and waits for their disconnect hooks', async () => {
    const { app, url } = await startApp({ providers: [PlainGateway] });
    const clients = await Promise.all([1, 2, 3].map(() => Client.connect(url)));
    await app.close();
    for (const client of clients) {
      expect(await client.closed).toEqual({ code: 1001, reason: 'Server is shutting down' });
    }
    expect(app.get(PlainGateway).left).toBe(3);
    expect(app.get(ConnectionRegistry).size).toBe(0);
  });

  it('ends them with the configured code and reason', async () => {
    const { app, url } = await startApp({
      providers: [PlainGateway],
      options: { shutdown: { code: 1012, reason: 'restart' } },
    });
    const client = await Client.connect(url);
    await app.close();
    expect(await client.closed).toEqual({ code: 1012, reason: 'restart' });
  });

  it('does not hang on a client that never answers the close, nor on one somebody still decides about', async () => {
    const asked = deferred();
    @WsGateway('/never')
    class NeverGateway {
      @VerifyClient()
      verify(): Promise<boolean> {
        asked.resolve();
        return new Promise(() => {});
      }
    }
    const { app, url } = await startApp({
      providers: [PlainGateway, NeverGateway],
      options: { shutdown: { deadline: 200 }, limits: { closeTimeout: 60_000 } },
    });
    const silent = await Client.connect(url);
    silent.socket.pause();
    const undecided = Client.connect(`${url}/never`).catch((error: unknown) => error as Refused);
    await asked.promise;
    await app.close();
    const refused = (await undecided) as Refused;
    expect(refused.status).toBe(503);
    expect(refused.headers['retry-after']).toBe('1');
    silent.socket.terminate();
  });

  it('may be asked for twice', async () => {
    const { app, url } = await startApp({ providers: [PlainGateway] });
    await Client.connect(url);
    await Promise.all([app.close(), app.close()]);
  });
});

describe('what gateways need', () => {
  /** Serves a gateway by itself; what it needs is destroyed with its module. */
  @Injectable()
  class Database implements OnModuleDestroy, BeforeApplicationShutdown {
    readonly url = deferred<string>();
    readonly log: unknown[] = [];
    readonly reached = deferred();
    readonly release = deferred();
    state = 'open';

    async onModuleDestroy(): Promise<void> {
      // Nest 11 runs the hooks again when it is asked to close again.
      if (this.state === 'destroyed') return;
      this.state = 'destroyed';
      this.log.push((await refusal(await this.url.promise)).status);
    }
    async beforeApplicationShutdown(): Promise<void> {
      if (this.log.length > 2) return;
      const { status, headers } = await refusal(await this.url.promise);
      this.log.push(status, headers['retry-after']);
    }
  }

  @WsGateway('/')
  class DatabaseGateway {
    constructor(@Inject(Database) private readonly database: Database) {}

    @OnMessage('query')
    async query(): Promise<string> {
      this.database.reached.resolve();
      await this.database.release.promise;
      return this.database.state;
    }

    @OnDisconnect()
    leave(): void {
      this.database.log.push(`left ${this.database.state}`);
    }
  }

  @Module({ providers: [Database, DatabaseGateway], exports: [Database] })
  class DatabaseModule {}

  it.each(['the root', 'an imported module', 'a global module'])(
    'in %s is destroyed when all have been drained, and newcomers are told 503 from then on',
    async (where) => {
      const { app, url } = await startApp(
        where === 'the root'
          ? { providers: [Database, DatabaseGateway] }
          : { imports: [{ module: DatabaseModule, global: where === 'a global module' }] },
      );
      const database = app.get(Database);
      database.url.resolve(url);
      const client = await Client.connect(url);
      client.send('query', undefined, 1);
      await database.reached.promise;
      const closed = app.close();
      expect((await client.next()).event).toBe('$shutdown');
      expect((await refusal(url)).status).toBe(503);
      database.release.resolve();
      expect((await client.next()).data).toBe('open');
      await closed;
      expect(database.log).toEqual(['left open', 503, 503, '1']);
    },
  );

  it('closes with a port of its own, however early the application does', async () => {
    for (const early of ['at once', 'in the bootstrap']) {
      const reached = deferred();
      @Injectable()
      class SlowService implements OnApplicationBootstrap {
        async onApplicationBootstrap(): Promise<void> {
          reached.resolve();
          await Promise.resolve();
        }
      }
      const port = await freePort();
      const app = await createApp({
        providers: [PlainGateway, SlowService],
        options: { port, host: '127.0.0.1' },
      });
      const initialised = app.init();
      if (early === 'in the bootstrap') await reached.promise;
      await Promise.all([app.close(), initialised]);
      const again = createServer().listen(port, '127.0.0.1');
      await once(again, 'listening');
      again.close();
    }
  });
});

describe('an application that is still starting', () => {
  it('answers 503 until its bootstrap is done', async () => {
    const reached = deferred();
    const release = deferred();
    @Injectable()
    class SlowService implements OnModuleInit {
      onModuleInit(): Promise<void> {
        reached.resolve();
        return release.promise;
      }
    }
    const app = await createApp({ providers: [PlainGateway, SlowService] });
    const server = app.getHttpServer() as Server;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const initialised = app.init();
    await reached.promise;
    expect((await refusal(url)).status).toBe(503);
    release.resolve();
    await initialised;
    const client = await Client.connect(url);
    expect((await client.ask('ping')).data).toBe('pong');
  });
});

describe('the bootstrap', () => {
  it.each(['a provider', 'the root module', 'a provider of an imported module'])(
    'is waited for before clients are let in, when it is %s that takes its time',
    async (where) => {
      const reached = deferred();
      const release = deferred();
      const wait = async (here: string): Promise<void> => {
        if (here !== where) return;
        reached.resolve();
        await release.promise;
      };
      @Injectable()
      class SlowService implements OnApplicationBootstrap {
        onApplicationBootstrap(): Promise<void> {
          return wait('a provider');
        }
      }
      @Injectable()
      class ImportedService implements OnApplicationBootstrap {
        onApplicationBootstrap(): Promise<void> {
          return wait('a provider of an imported module');
        }
      }
      @Module({ providers: [ImportedService] })
      class ImportedModule {}
      @Module({
        imports: [WsModule.forRoot(), ImportedModule],
        providers: [PlainGateway, SlowService],
      })
      class RootModule implements OnApplicationBootstrap {
        onApplicationBootstrap(): Promise<void> {
          return wait('the root module');
        }
      }
      const app = await NestFactory.create(RootModule, { logger: false });
      const server = app.getHttpServer() as Server;
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const initialised = app.init();
      await reached.promise;
      expect((await refusal(url)).status).toBe(503);
      release.resolve();
      await initialised;
      const client = await Client.connect(url);
      expect((await client.ask('ping')).data).toBe('pong');
      await app.close();
    },
  );

  it('opens the gate of an application that is initialised and never told to listen', async () => {
    const app = await createApp({ providers: [PlainGateway] });
    await app.init();
    const server = app.getHttpServer() as Server;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = await Client.connect(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    expect((await client.ask('ping')).data).toBe('pong');
  });
});

describe('connect hooks', () => {
  @WsGateway('/')
  class FailingGateway {
    @OnConnect()
    async entered(connection: Connection): Promise<void> {
      await Promise.resolve();
      const { query } = connection.handshake;
      if (query['how'] === 'close') connection.close(4000, 'not today');
      if (query['how'] === 'throw') throw new Error('secret detail');
    }
    @OnMessage('ping')
    ping(): string {
      return 'pong';
    }
  }

  it('that throw close the connection with 1011 and leave the server alone', async () => {
    const { url, log } = await startApp({ providers: [FailingGateway] });
    const client = await Client.connect(`${url}/?how=throw`);
    const { code, reason } = await client.closed;
    expect(code).toBe(1011);
    expect(reason).not.toContain('secret');
    expect(log.of('error')[0]).toContain('Cannot finish connect');
    const other = await Client.connect(url);
    expect((await other.ask('ping')).data).toBe('pong');
  });

  it('may close the connection themselves', async () => {
    const { url } = await startApp({ providers: [FailingGateway] });
    const client = await Client.connect(`${url}/?how=close`);
    expect(await client.closed).toEqual({ code: 4000, reason: 'not today' });
  });
});
