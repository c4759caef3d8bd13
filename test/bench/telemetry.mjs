// What telemetry costs: `npm run bench:telemetry`, about a minute; -- --rounds 9 for more. The same gateway in a process of its own
// for each row: without telemetry, with the module and no SDK, with metrics, with metrics and traces. They take turns, so that what
// else the machine does falls on all of them; the CPU of a server for each message is what counts.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import 'reflect-metadata';

const VARIANTS = ['none', 'unused', 'metrics', 'traces'];
const NAMES = {
  none: 'without telemetry',
  unused: 'the module, no SDK',
  metrics: 'metrics',
  traces: 'metrics and traces',
};
const LOADS = {
  'echo, 64 connections x 1': { connections: 64, window: 1, event: 'echo' },
  'echo, 16 connections x 32': { connections: 16, window: 32, event: 'echo' },
  'broadcast to 200': { connections: 200, window: 1, event: 'shout', senders: 1 },
};
const MILLISECONDS = 700;
const TEXT = 'x'.repeat(64);

if (process.argv[2] === 'serve') await serve(process.argv[3]);
else await measure();

async function serve(variant) {
  const root = process.env.NESTWIRE_DIST ?? fileURLToPath(new URL('../../dist', import.meta.url));
  const { Logger } = await import('@nestjs/common');
  const { NestFactory } = await import('@nestjs/core');
  const { OnConnect, OnMessage, WsGateway, WsModule, Broadcaster } = await import(
    `${root}/src/index.js`
  );
  class Gateway {
    constructor(broadcaster) {
      this.broadcaster = broadcaster;
    }
    enter() {}
    echo(_connection, data) {
      return data;
    }
    shout() {
      this.broadcaster.toAll().send('shouted', TEXT);
    }
  }
  Reflect.defineMetadata('design:paramtypes', [Broadcaster], Gateway);
  const decorate = (decorator, name) =>
    decorator(Gateway.prototype, name, Object.getOwnPropertyDescriptor(Gateway.prototype, name));
  decorate(OnConnect(), 'enter');
  decorate(OnMessage('echo'), 'echo');
  decorate(OnMessage('shout'), 'shout');
  WsGateway('/bench')(Gateway);
  const imports = [WsModule.forRoot()];
  if (variant !== 'none') {
    const { TelemetryModule } = await import(`${root}/src/telemetry/index.js`);
    imports.push(TelemetryModule.forRoot(await sdk(variant)));
  }
  const App = { module: Gateway, imports, providers: [Gateway] };
  Logger.overrideLogger(false);
  const app = await NestFactory.create(App, { logger: false });
  await app.listen(0, '127.0.0.1');
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send(user + system);
  });
  process.once('disconnect', () => process.exit());
  process.send(app.getHttpServer().address().port);
}

/** Providers as an application has them: metrics are read each second, spans go out in batches, to nowhere. */
async function sdk(variant) {
  if (variant === 'unused') return {};
  const { MeterProvider, PeriodicExportingMetricReader } =
    await import('@opentelemetry/sdk-metrics');
  const { ExportResultCode } = await import('@opentelemetry/core');
  const nowhere = {
    export: (_batch, done) => done({ code: ExportResultCode.SUCCESS }),
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const reader = new PeriodicExportingMetricReader({
    exporter: nowhere,
    exportIntervalMillis: 1_000,
    exportTimeoutMillis: 500,
  });
  const meterProvider = new MeterProvider({ readers: [reader] });
  if (variant === 'metrics') return { traces: false, meterProvider };
  const { context } = await import('@opentelemetry/api');
  const { AsyncLocalStorageContextManager } = await import('@opentelemetry/context-async-hooks');
  const { BasicTracerProvider, BatchSpanProcessor } = await import('@opentelemetry/sdk-trace-base');
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const tracerProvider = new BasicTracerProvider({
    spanProcessors: [new BatchSpanProcessor(nowhere)],
  });
  return { meterProvider, tracerProvider };
}

async function measure() {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '7' } } });
  const rounds = Number(values.rounds);
  console.log(`Node ${process.version}, load ${loadavg()[0].toFixed(2)}, ${rounds} rounds\n`);
  console.log(
    'Microseconds of the CPU of a server for each message, median; in brackets the ratio to the first row,',
  );
  console.log('median of the rounds.\n');
  console.log(`| | ${Object.keys(LOADS).join(' | ')} |\n| --- |${' ---: |'.repeat(3)}`);
  const servers = await Promise.all(VARIANTS.map(start));
  const rows = new Map(VARIANTS.map((variant) => [variant, []]));
  for (const load of Object.values(LOADS)) {
    const clients = [];
    for (const { port } of servers) clients.push(await connect(port, load));
    const costs = new Map(VARIANTS.map((variant) => [variant, []]));
    // The first round is for the compiler.
    for (let round = 0; round <= rounds; round++) {
      for (const [index, variant] of VARIANTS.entries()) {
        const cost = await run(servers[index], clients[index], load);
        if (round > 0) costs.get(variant).push(cost);
      }
    }
    for (const [variant, row] of rows) {
      const ratios = costs.get(variant).map((cost, round) => cost / costs.get('none')[round]);
      row.push(`${median(costs.get(variant)).toFixed(2)} (${median(ratios).toFixed(3)})`);
    }
    for (const sockets of clients) for (const socket of sockets) socket.terminate();
  }
  for (const [variant, row] of rows) console.log(`| ${NAMES[variant]} | ${row.join(' | ')} |`);
  for (const { child } of servers) child.disconnect();
}

async function start(variant) {
  const child = fork(fileURLToPath(import.meta.url), ['serve', variant]);
  const [port] = await once(child, 'message');
  return { child, port };
}

async function cpu({ child }) {
  child.send('cpu');
  return (await once(child, 'message'))[0];
}

async function connect(port, { connections }) {
  const { WebSocket } = await import('../../dist/libs/engine/src/index.js');
  const sockets = [];
  for (let n = 0; n < connections; n++) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/bench`);
    await once(socket, 'open');
    sockets.push(socket);
  }
  return sockets;
}

/** @returns microseconds for each message that a client sent, or got of a broadcast */
async function run(server, sockets, { window, event, senders = sockets.length }) {
  const frame = JSON.stringify({ event, data: { text: TEXT }, ...(event === 'echo' && { id: 1 }) });
  let received = 0;
  let isOver = false;
  const before = await cpu(server);
  const finished = sockets.map((socket, index) => {
    let waiting = index < senders ? window : 0;
    socket.removeAllListeners('message');
    return new Promise((resolve) => {
      socket.on('message', () => {
        received++;
        if (index >= senders) return;
        waiting--;
        if (!isOver) {
          waiting++;
          socket.send(frame);
        } else if (waiting === 0) resolve();
      });
      if (index >= senders) resolve();
      for (let n = 0; n < waiting; n++) socket.send(frame);
    });
  });
  await new Promise((resolve) => setTimeout(resolve, MILLISECONDS));
  isOver = true;
  await Promise.all(finished);
  return ((await cpu(server)) - before) / received;
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
