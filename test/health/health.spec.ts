// What an orchestrator is told of a process: whether clients should be sent there, and whether it should go on.
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import {
  HealthCheck,
  HealthCheckService,
  TerminusModule,
  type HealthCheckResult,
} from '@nestjs/terminus';
import {
  Cluster,
  memoryBroker,
  MemoryBrokerServer,
  OnMessage,
  WsConfigurationError,
  WsGateway,
  type WsModuleOptions,
} from 'nestwire';
import { WsHealth, WsHealthIndicator, WsHealthModule, type WsHealthOptions } from 'nestwire/health';
import { closeApps, createApp, startApp, type TestApp } from '../e2e/support/app.js';
import { Client, refusal } from '../e2e/support/client.js';
import { deferred } from '../e2e/support/deferred.js';

afterEach(closeApps);

let working = deferred();
let started = deferred();

@WsGateway('/work')
class WorkGateway {
  @OnMessage('work')
  async work(): Promise<string> {
    started.resolve();
    await working.promise;
    return 'done';
  }
}

@Controller('health')
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly websockets: WsHealthIndicator,
  ) {}

  @Get('ready')
  @HealthCheck()
  ready(): Promise<HealthCheckResult> {
    return this.health.check([() => this.websockets.readiness()]);
  }

  @Get('live')
  @HealthCheck()
  live(): Promise<HealthCheckResult> {
    return this.health.check([() => this.websockets.liveness('loop')]);
  }
}

function startHealthy(options: WsModuleOptions, health: WsHealthOptions = {}): Promise<TestApp> {
  return startApp({
    options,
    imports: [TerminusModule.forRoot({ logger: false }), WsHealthModule.forRoot(health)],
    providers: [WorkGateway],
    controllers: [HealthController],
  });
}

async function ask({ port }: TestApp, what: 'ready' | 'live') {
  const response = await fetch(`http://127.0.0.1:${port}/health/${what}`);
  return { status: response.status, body: (await response.json()) as HealthCheckResult };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function failure(start: Promise<unknown>): Promise<unknown> {
  return start.then(
    () => {
      throw new Error('expected the application not to start');
    },
    (error: unknown) => error,
  );
}

/** Blocks each turn of the event loop, until told to stop. */
function blocking(milliseconds: number): () => void {
  let timer: NodeJS.Timeout | undefined;
  const block = (): void => {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
    timer = setTimeout(block, 0);
  };
  block();
  return () => clearTimeout(timer);
}

/** A started application whose broker has gone. */
async function cut(health: WsHealthOptions) {
  const server = new MemoryBrokerServer();
  const one = await startHealthy({ broker: memoryBroker(server) }, health);
  expect(one.app.get(WsHealth).readiness()).toMatchObject({ status: 'up', broker: 'up' });
  server.close();
  const cluster = one.app.get(Cluster);
  await until(() => cluster.state !== 'up');
  return one;
}

describe('an application with room for clients', () => {
  it('is ready and alive, and terminus says so under the names that were asked for', async () => {
    const one = await startHealthy({});
    const client = await Client.connect(`${one.url}/work`);
    expect(await ask(one, 'ready')).toMatchObject({
      status: 200,
      body: {
        status: 'ok',
        details: {
          websockets: {
            status: 'up',
            draining: false,
            broker: 'alone',
            connections: { open: 1 },
          },
        },
      },
    });
    expect(await ask(one, 'live')).toMatchObject({
      status: 200,
      body: {
        status: 'ok',
        details: { loop: { status: 'up', loopDelay: { mean: expect.any(Number) } } },
      },
    });
    await client.close();
  });

  it('has plain objects for whoever has no terminus', async () => {
    const { app } = await startApp({
      options: { connections: { total: 5 } },
      imports: [WsHealthModule.forRootAsync({ useFactory: () => ({ minHeadroom: 3 }) })],
      providers: [WorkGateway],
    });
    const health = app.get(WsHealth);
    expect(health.readiness()).toEqual({
      status: 'up',
      draining: false,
      broker: 'alone',
      connections: { open: 0, limit: 5, headroom: 5 },
    });
    expect(health.liveness().status).toBe('up');
    expect(Object.keys(health.liveness().loopDelay)).toEqual(['mean', 'p99', 'max']);
  });
});

describe('a full application', () => {
  it('is not ready before anybody is refused, goes on, and is ready when somebody has left', async () => {
    const one = await startHealthy({ connections: { total: 2 } }, { minHeadroom: 2 });
    const health = one.app.get(WsHealth);
    expect(health.readiness().status).toBe('up');
    const client = await Client.connect(`${one.url}/work`);
    expect(await ask(one, 'ready')).toMatchObject({
      status: 503,
      body: {
        status: 'error',
        error: {
          websockets: {
            status: 'down',
            message: 'room for 1 more connections, at least 2 are expected',
            connections: { open: 1, limit: 2, headroom: 1 },
          },
        },
      },
    });
    expect((await ask(one, 'live')).status).toBe(200);
    await client.close();
    await until(() => health.readiness().status === 'up');
  });

  it('is ready all the same where that was asked for', async () => {
    const one = await startHealthy({ connections: { total: 1 } }, { minHeadroom: 0 });
    const client = await Client.connect(`${one.url}/work`);
    expect(await refusal(`${one.url}/work`)).toMatchObject({ status: 503 });
    expect(one.app.get(WsHealth).readiness()).toMatchObject({
      status: 'up',
      connections: { open: 1, limit: 1, headroom: 0 },
    });
    await client.close();
  });
});

describe('an application that closes', () => {
  it('is not ready from the first moment, although what is under way goes on', async () => {
    working = deferred();
    started = deferred();
    const one = await startHealthy({});
    const client = await Client.connect(`${one.url}/work`);
    client.send('work', null, 1);
    await started.promise;
    const closed = one.app.close();
    await until(() => one.app.get(WsHealth).readiness().draining);
    expect(await ask(one, 'ready')).toMatchObject({
      status: 503,
      body: {
        error: {
          websockets: { status: 'down', message: 'the application closes', draining: true },
        },
      },
    });
    expect((await ask(one, 'live')).status).toBe(200);
    working.resolve();
    await closed;
  });
});

describe('an application without its broker', () => {
  it('is ready, and says that the broker is away', async () => {
    const one = await cut({});
    expect(await ask(one, 'ready')).toMatchObject({
      status: 200,
      body: { details: { websockets: { status: 'up', broker: expect.not.stringMatching('up') } } },
    });
  });

  it('is not ready where the broker is required, and still alive', async () => {
    const one = await cut({ requireBroker: true });
    expect(await ask(one, 'ready')).toMatchObject({
      status: 503,
      body: {
        error: {
          websockets: { message: expect.stringMatching(/^the broker is (down|connecting)$/) },
        },
      },
    });
    expect((await ask(one, 'live')).status).toBe(200);
  });
});

describe('an event loop', () => {
  it('that is late all the time ends a life, which goes on when it is not', async () => {
    const one = await startHealthy({}, { maxLoopDelay: 150, loopWindow: 600 });
    const health = one.app.get(WsHealth);
    const stop = blocking(300);
    await until(() => health.liveness().status === 'down');
    stop();
    const { message, loopDelay } = health.liveness();
    expect(loopDelay.mean).toBeGreaterThan(150);
    expect(loopDelay.max).toBeGreaterThanOrEqual(loopDelay.mean);
    expect(message).toMatch(
      /^turns of the event loop take \d+ ms on average, at most 150 are allowed$/,
    );
    expect(health.readiness().status).toBe('up');
    await until(() => health.liveness().status === 'up');
  });

  it('is not looked at any more when the application has closed', async () => {
    const one = await startHealthy({}, { loopWindow: 20 });
    const health = one.app.get(WsHealth);
    await one.app.close();
    const before = health.liveness();
    const stop = blocking(40);
    await new Promise((resolve) => setTimeout(resolve, 200));
    stop();
    expect(health.liveness()).toEqual(before);
  });
});

describe('options', () => {
  it('that are wrong end the start, with the name that was meant', async () => {
    const error = await failure(
      createApp({
        imports: [WsHealthModule.forRoot({ maxLoopDelays: 5 } as WsHealthOptions)],
      }),
    );
    expect(error).toBeInstanceOf(WsConfigurationError);
    expect((error as Error).message).toBe(
      'Cannot read WsHealthModule option: expected one of requireBroker, minHeadroom, maxLoopDelay, loopWindow, current value is maxLoopDelays; did you mean maxLoopDelay?',
    );
  });
});
