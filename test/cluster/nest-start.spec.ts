import { describe, expect, it, jest } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  Broadcaster,
  Cluster,
  ConnectionRegistry,
  History,
  MessageBody,
  OnMessage,
  WsGateway,
  WsModule,
  Rooms,
} from 'nestwire';
import {
  BrokerUnavailable,
  memoryBroker,
  MemoryBrokerServer,
  type Broker,
  type BrokerSession,
} from '#hub';
import { createApp, LogBook, startApp } from '../e2e/support/app.js';
import { Client } from '../e2e/support/client.js';
import { acquainted, closeAfterEach, startNodes, until } from './support/nest-nodes.js';

closeAfterEach();

@WsGateway('/live')
class LiveGateway {
  @OnMessage('echo')
  echo(@MessageBody() data: unknown): unknown {
    return data;
  }
}

const away = (): Broker => ({
  name: 'away',
  maxMessage: 1_024,
  open: () => Promise.reject(new BrokerUnavailable('connect ECONNREFUSED 127.0.0.1:6379')),
});

/** Never answers anything. */
const hanging = (): Broker => ({
  name: 'hanging',
  maxMessage: 1_024,
  open: () => new Promise(() => {}),
  close: () => new Promise(() => {}),
});

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

describe('an application whose broker is away when it starts', () => {
  it.each([
    ['refuses', away],
    ['never answers', hanging],
  ])('starts after 2 seconds, serves its clients, and closes in time (%s)', async (_, broker) => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    let node: Awaited<ReturnType<typeof startApp>>;
    const took = await timed(async () => {
      node = await startApp({ providers: [LiveGateway], options: { broker: broker() } });
    });
    expect(took).toBeGreaterThan(1_900);
    expect(took).toBeLessThan(3_500);
    expect(warned.mock.calls.map(([warning]) => String(warning))).toEqual([
      expect.stringContaining('this node is alone until it is there'),
    ]);
    warned.mockRestore();
    const client = await Client.connect(`${node!.url}/live`);
    expect(await client.ask('echo', 1)).toEqual({ event: 'echo', data: 1 });
    expect(node!.app.get(Cluster).state).not.toBe('up');
    expect(await timed(() => node!.app.close())).toBeLessThan(3_000);
  });

  it('does not start when it is required, and says why', async () => {
    const options = { broker: away(), cluster: { required: true } };
    const app = await createApp({ providers: [LiveGateway], options });
    await expect(app.listen(0, '127.0.0.1')).rejects.toThrow(
      'Cannot start: the broker away is required, and was not reached within 2000 ms',
    );
    expect(await timed(() => app.close())).toBeLessThan(3_000);
  });
});

describe('an application that closes', () => {
  it('while it is about to reach its broker', async () => {
    const app = await createApp({ providers: [LiveGateway], options: { broker: hanging() } });
    const listening = app.listen(0, '127.0.0.1').catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await timed(() => app.close())).toBeLessThan(3_000);
    await listening;
  });

  it('lets go of its broker once, whose session is destroyed before', async () => {
    const server = new MemoryBrokerServer();
    const inner = memoryBroker(server);
    const done: string[] = [];
    const broker: Broker = {
      name: 'spied',
      maxMessage: 1_024,
      async open(host) {
        const session = await inner.open(host);
        const destroy = session.destroy.bind(session);
        session.destroy = () => {
          done.push('destroy');
          destroy();
        };
        return session;
      },
      close: async () => void done.push('close'),
    };
    const { app } = await startApp({ providers: [LiveGateway], options: { broker } });
    await Promise.all([app.close(), app.close()]);
    expect(done).toEqual(['destroy', 'close']);
    server.close();
  });

  it('ends within its deadline while its broker neither answers nor lets go', async () => {
    const server = new MemoryBrokerServer();
    const inner = memoryBroker(server);
    let stuck = false;
    const broker: Broker = {
      name: 'stuck',
      maxMessage: 1_024 * 1_024,
      async open(host) {
        const session: BrokerSession = await inner.open(host);
        const send = session.send.bind(session);
        session.send = (...sent) => (stuck ? new Promise(() => {}) : send(...sent));
        return session;
      },
      close: () => new Promise(() => {}),
    };
    const { app } = await startApp({ providers: [LiveGateway], options: { broker } });
    stuck = true;
    app.get(Broadcaster).toAll().send('lost');
    expect(await timed(() => app.close())).toBeLessThan(4_500);
  });

  it('ends within its deadline after its broker has died', async () => {
    const server = new MemoryBrokerServer();
    const [a, b] = await startNodes(2, { providers: [LiveGateway] }, () => memoryBroker(server));
    server.close();
    await until(() => a!.app.get(Cluster).state !== 'up');
    a!.app.get(Broadcaster).toAll().send('lost');
    expect(await timed(() => Promise.all([a!.app.close(), b!.app.close()]))).toBeLessThan(2_000);
  });
});

describe('the option broker', () => {
  it('comes from a provider', async () => {
    const server = new MemoryBrokerServer();
    @Injectable()
    class Brokers {
      readonly broker = memoryBroker(server);
    }
    @Module({ providers: [Brokers], exports: [Brokers] })
    class BrokersModule {}
    @Module({
      imports: [
        WsModule.forRootAsync({
          imports: [BrokersModule],
          inject: [Brokers],
          useFactory: ({ broker }: Brokers) => ({ broker, cluster: { name: 'from DI' } }),
        }),
      ],
      providers: [LiveGateway],
    })
    class AppModule {}
    const app = await NestFactory.create(AppModule, { logger: false });
    await app.listen(0, '127.0.0.1');
    expect(app.get(Cluster).state).toBe('up');
    expect(app.get(Cluster).nodes).toMatchObject([{ name: 'from DI', connections: 0 }]);
    await app.close();
  });

  it.each([
    [{ broker: {} }, 'broker'],
    [{ broker: 'redis://localhost' }, 'broker'],
    [{ cluster: { delivery: 'exactly-once' } }, 'cluster.delivery'],
    [{ cluster: { secret: 'short' } }, 'cluster.secret'],
    [{ cluster: { secert: 'x'.repeat(16) } }, 'secert'],
    [{ cluster: { required: 'yes' } }, 'cluster.required'],
    [{ cluster: true }, 'cluster'],
  ])('names what is wrong: %j', async (options, name) => {
    const started = createApp({ options: options as object });
    await expect(started).rejects.toThrow(name);
    await expect(started).rejects.toThrow('WsModule');
  });

  it("is one node's own: a second application is refused, and the first goes on", async () => {
    const server = new MemoryBrokerServer();
    const broker = memoryBroker(server);
    const first = await startApp({ providers: [LiveGateway], options: { broker } });
    const second = await createApp({ providers: [LiveGateway], options: { broker } });
    await expect(second.listen(0, '127.0.0.1')).rejects.toThrow(
      'Cannot start: each node needs a broker of its own, current value is the broker memory of node ',
    );
    await second.close();
    expect(first.app.get(Cluster).state).toBe('up');
    const { offset } = await first.app.get(History).publish('room', 'said', 1);
    expect(offset).toBe(1);
    await first.app.close();
    // Whoever comes after it may have it.
    const third = await startApp({ providers: [LiveGateway], options: { broker } });
    expect(third.app.get(Cluster).state).toBe('up');
  });
});

describe('an application without clients', () => {
  it('broadcasts, asks and keeps histories as all others', async () => {
    const server = new MemoryBrokerServer();
    @Module({ imports: [WsModule.forRoot({ broker: memoryBroker(server) })] })
    class JobModule {}
    const log = new LogBook();
    const [node] = await startNodes(1, { providers: [LiveGateway] }, () => memoryBroker(server));
    const job = await NestFactory.createApplicationContext(JobModule, { logger: log });
    await acquainted([node!.app, job as never]);
    const client = await Client.connect(`${node!.url}/live`);
    const [connection] = node!.app.get(ConnectionRegistry).findAll();
    node!.app.get(Rooms).join(connection!, 'news');
    await node!.app.get(Rooms).settled('news');
    job.get(Broadcaster).toAll().send('all', 1);
    job.get(Broadcaster).to('news').send('room', 2);
    expect(await client.take(2)).toEqual([
      { event: 'all', data: 1 },
      { event: 'room', data: 2 },
    ]);
    await job.get(History).publish('news', 'kept', 3);
    expect(await client.next()).toMatchObject({ event: 'kept', data: 3, at: { offset: 1 } });
    expect(await job.get(ConnectionRegistry).cluster.count()).toBe(1);
    expect(await timed(() => job.close())).toBeLessThan(2_000);
    expect(log.of('error')).toEqual([]);
  });
});
