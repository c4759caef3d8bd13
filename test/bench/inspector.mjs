// What the inspector costs with 10,000 connections: `npm run bench:inspector`. The server is a process of its own, whose
// CPU time is measured: while nobody looks, while somebody looks, and again while nobody does, in turns.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  args: process.argv.slice(2).filter((one) => one !== 'serve'),
  options: {
    connections: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    rate: { type: 'string', default: '1000' },
  },
});
const CONNECTIONS = Number(values.connections);
const SECONDS = Number(values.seconds);
const ROUNDS = Number(values.rounds);
/** Messages of clients in a second, each answered. */
const RATE = Number(values.rate);
/** Connections that are opened at the same time. */
const AT_ONCE = 100;
const ROOMS = 500;

if (process.argv.includes('serve')) await serve();
else await measure();

async function serve() {
  await import('reflect-metadata');
  const { Module } = await import('@nestjs/common');
  const { NestFactory } = await import('@nestjs/core');
  const { OnConnect, OnMessage, VerifyClient, Rooms, WsGateway, WsModule } =
    await import('nestwire');
  const { InspectorModule } = await import('nestwire/inspector');

  // Decorators by hand: Node runs this file as it is.
  let rooms;
  class LiveGateway {
    verify({ query }) {
      return { id: query.user };
    }
    enter(connection) {
      rooms.join(connection, `room ${connection.userId % 500}`);
    }
    say(_connection, text) {
      return text;
    }
  }
  const decorate = (decorator, name) =>
    decorator(
      LiveGateway.prototype,
      name,
      Object.getOwnPropertyDescriptor(LiveGateway.prototype, name),
    );
  decorate(VerifyClient(), 'verify');
  decorate(OnConnect(), 'enter');
  decorate(OnMessage('say'), 'say');
  WsGateway('/live')(LiveGateway);
  // oxlint-disable-next-line typescript/no-extraneous-class -- decorated below
  class AppModule {}
  const guard = {
    canActivate: (context) => context.switchToHttp().getRequest().headers['x-admin'] === '1',
  };
  Module({
    imports: [WsModule.forRoot(), InspectorModule.forRoot({ guard })],
    providers: [LiveGateway],
  })(AppModule);

  const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
  rooms = app.get(Rooms);
  await app.listen(0, '127.0.0.1');
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send({ cpu: (user + system) / 1e6, at: performance.now() / 1e3 });
  });
  process.send(app.getHttpServer().address().port);
}

async function measure() {
  const { WebSocket } = await import('nestwire/engine');
  const child = fork(fileURLToPath(import.meta.url), ['serve', ...process.argv.slice(2)]);
  const [port] = await once(child, 'message');
  const url = `ws://127.0.0.1:${port}`;

  const clients = [];
  for (let first = 0; first < CONNECTIONS; first += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, CONNECTIONS - first) }, async (_, at) => {
      const client = new WebSocket(`${url}/live?user=${first + at}`);
      client.on('message', () => {});
      await once(client, 'open');
      return client;
    });
    clients.push(...(await Promise.all(batch)));
  }

  let turn = 0;
  let rate = 0;
  let sent = 0;
  const began = performance.now();
  setInterval(() => {
    const due = ((performance.now() - began) / 1e3) * rate - sent;
    for (let count = Math.min(due, rate); count >= 1; count--) {
      sent++;
      clients[(turn += 7) % clients.length].send(
        `{"event":"say","data":"${'x'.repeat(100)}","id":1}`,
      );
    }
    if (rate === 0) sent = 0;
  }, 20);

  const ask = async () => {
    child.send('look');
    return (await once(child, 'message'))[0];
  };

  async function share() {
    const before = await ask();
    await sleep(SECONDS * 1e3);
    const after = await ask();
    return (after.cpu - before.cpu) / (after.at - before.at);
  }

  async function looking(sort) {
    const inspector = new WebSocket(`${url}/inspector/socket`, { headers: { 'x-admin': '1' } });
    let last;
    let ticks = 0;
    inspector.on('message', (data) => {
      const { event, data: tick } = JSON.parse(data);
      if (event !== 'tick') return;
      last = tick;
      ticks++;
    });
    await once(inspector, 'open');
    const view = { tab: 'connections', sort, descending: true, search: '', from: 0, count: 60 };
    inspector.send(JSON.stringify({ event: 'look', data: view }));
    await sleep(2_000);
    const from = ticks;
    const cost = await share();
    const told = { ticks: (ticks - from) / SECONDS, last };
    inspector.close();
    await once(inspector, 'close');
    await sleep(500);
    return { cost, ...told };
  }

  process.stdout.write(
    `Node ${process.version}, load ${loadavg()[0].toFixed(2)}, ${clients.length} connections in ${ROOMS} rooms, ${ROUNDS} rounds of ${SECONDS} s\n\n` +
      '| what they do | sorted by | nobody looks, CPU of a core | somebody looks | the inspector | looks per second |\n| --- | --- | ---: | ---: | ---: | ---: |\n',
  );
  for (const [what, messages, sort] of [
    ['nothing', 0, 'age'],
    ['nothing', 0, 'bytes'],
    [`${RATE} messages per second, answered`, RATE, 'bytes'],
  ]) {
    rate = messages;
    sent = ((performance.now() - began) / 1e3) * rate;
    await sleep(2_000);
    const without = [];
    const withOne = [];
    let ticks = 0;
    for (let round = 0; round < ROUNDS; round++) {
      without.push(await share());
      const { cost, ticks: seen, last } = await looking(sort);
      if (last?.summary.connections !== clients.length || last.window.rows.length !== 60) {
        throw new Error(`Cannot measure: the inspector was shown ${JSON.stringify(last?.summary)}`);
      }
      withOne.push(cost);
      ticks += seen / ROUNDS;
    }
    const [a, b] = [median(without), median(withOne)];
    process.stdout.write(
      `| ${what} | ${sort} | ${percent(a)} | ${percent(b)} | ${percent(b - a)} | ${ticks.toFixed(2)} |\n`,
    );
  }
  child.kill();
  process.exit(0);
}

function median(list) {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
}

function percent(share) {
  return `${(share * 100).toFixed(2)} %`;
}
