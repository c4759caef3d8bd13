import { once } from 'node:events';
import { MessageRouter, type Connection } from '#hub';
import type { SendPolicy } from '#engine';
import { WebSocket } from 'ws';
import { startServer } from './stress-server.js';

/** What a policy did to clients that do not read for a while. */
export interface SlowResult {
  readonly policy: SendPolicy;
  /** Messages to each client. */
  readonly messages: number;
  /** What the clients found when they read again, per client on average. */
  readonly delivered: number;
  readonly dropped: number;
  readonly closed: number;
  /** Memory that was in use at most beyond the start, MiB. */
  readonly memory: number;
  /** Bytes that waited at most for one client, KiB. */
  readonly waiting: number;
  /** Numbers of the first and the newest message delivered to the first client. */
  readonly range: string;
  readonly inOrder: boolean;
}

const MIB = 1024 * 1024;
const KIB = 1024;
const KEYS = 8;

/** Sends more than the limit to clients that do not read, then lets them read what is left. */
export async function slowRun(
  policy: SendPolicy,
  clientCount: number,
  messages: number,
): Promise<SlowResult> {
  const server = await startServer({}, () => ({
    router: new MessageRouter([{ event: 'end', handle: () => 'end' }]),
  }));
  const sockets = Array.from(
    { length: clientCount },
    () => new WebSocket(server.url, { perMessageDeflate: false }),
  );
  await Promise.all(sockets.map((socket) => once(socket, 'open')));
  for (const socket of sockets) socket.pause();
  const connections = [...server.hub.registry];

  globalThis.gc?.();
  const start = process.memoryUsage().rss;
  let memory = 0;
  let waiting = 0;
  const text = 'x'.repeat(64 * KIB);
  for (let n = 1; n <= messages; n++) {
    for (const connection of connections) send(connection, policy, n, text);
    waiting = Math.max(waiting, ...connections.map((one) => one.bufferedAmount));
    if (n % 32 === 0) memory = Math.max(memory, process.memoryUsage().rss - start);
    await new Promise((resolve) => setImmediate(resolve));
  }

  const found = await Promise.all(sockets.map((socket) => readAll(socket)));
  const { dropped, closed } = server.hub.stats.slowConsumers;
  await server.stop();
  const [first = []] = found;
  return {
    policy,
    messages,
    delivered: found.reduce((sum, one) => sum + one.length, 0) / clientCount,
    dropped: dropped[policy] / clientCount,
    closed: closed.queue + closed.stall + closed.budget,
    memory: memory / MIB,
    waiting: waiting / KIB,
    range: `${first[0] ?? '-'}..${Math.max(0, ...first)}`,
    inOrder: found.every((one) => isInOrder(one, policy)),
  };
}

function send(connection: Connection, policy: SendPolicy, n: number, text: string): void {
  const key = `key ${n % KEYS}`;
  connection.send('tick', { n, text }, { policy, key });
}

/** Reads until the server has answered the last question, or closed. */
async function readAll(socket: WebSocket): Promise<number[]> {
  const numbers: number[] = [];
  const ended = new Promise<void>((resolve) => {
    socket.on('close', () => resolve());
    socket.on('message', (data: Buffer) => {
      const { event, data: content } = JSON.parse(data.toString()) as {
        event: string;
        data: { n: number };
      };
      if (event === 'end') resolve();
      else numbers.push(content.n);
    });
  });
  socket.resume();
  if (socket.readyState === WebSocket.OPEN) {
    socket.send(JSON.stringify({ event: 'end', id: 1 }));
  }
  await ended;
  socket.terminate();
  return numbers;
}

/** With `latest` a value takes the place of an older one of its key: only keys keep their order. */
function isInOrder(numbers: readonly number[], policy: SendPolicy): boolean {
  const last = new Map<number, number>();
  return numbers.every((n) => {
    const lane = policy === 'latest' ? n % KEYS : 0;
    const before = last.get(lane) ?? 0;
    last.set(lane, n);
    return n > before;
  });
}
