import { connect, type Socket } from 'node:net';
import { MessageRouter } from '#hub';
import { startServer } from './stress-server.js';

export interface DrainResult {
  readonly connections: number;
  /** Milliseconds from the call to the last connection gone. */
  readonly took: number;
  /** How many ended with which code; 1006 is none at all. */
  readonly codes: Readonly<Record<number, number>>;
  /** Questions under way when it began. */
  readonly asked: number;
  readonly answered: number;
}

/** Frames of a server that are looked for: the tail of a Close with its code, and the answers. */
class RawClient {
  code = 1006;
  answers = 0;
  readonly closed: Promise<void>;

  constructor(readonly socket: Socket) {
    this.closed = new Promise((resolve) => socket.on('close', () => resolve()));
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => this.read(chunk));
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    socket.write(
      'GET / HTTP/1.1\r\nHost: local\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    );
    await new Promise((resolve, reject) => {
      socket.once('data', resolve);
      socket.once('error', reject);
    });
    return new RawClient(socket);
  }

  ask(): void {
    this.socket.write(frame(0x81, '{"event":"ask","id":1}'));
  }

  private read(chunk: Buffer): void {
    for (let at = 0; at + 2 <= chunk.length;) {
      const opcode = (chunk[at] ?? 0) & 0x0f;
      let length = (chunk[at + 1] ?? 0) & 0x7f;
      let head = 2;
      if (length === 126) {
        length = chunk.readUInt16BE(at + 2);
        head = 4;
      }
      const payload = chunk.subarray(at + head, at + head + length);
      if (opcode === 8) {
        this.code = payload.readUInt16BE(0);
        this.socket.write(frame(0x88, payload));
      } else if (payload.includes('"id":1')) {
        this.answers++;
      }
      at += head + length;
    }
  }
}

/** A client's frame: its mask may be all zeros, which leaves the payload as it is. */
function frame(first: number, payload: string | Buffer): Buffer {
  const bytes = Buffer.from(payload);
  return Buffer.concat([Buffer.from([first, 0x80 | bytes.length, 0, 0, 0, 0]), bytes]);
}

/** Closes a hub with so many connections, some of which wait for an answer. */
export async function drainRun(connections: number, asked: number): Promise<DrainResult> {
  const started: unknown[] = [];
  const server = await startServer({}, () => ({
    router: new MessageRouter([
      {
        event: 'ask',
        async handle() {
          started.push(1);
          await new Promise((resolve) => setTimeout(resolve, 300));
          return 'answer';
        },
      },
    ]),
  }));
  const clients: RawClient[] = [];
  while (clients.length < connections) {
    const batch = Math.min(250, connections - clients.length);
    clients.push(
      ...(await Promise.all(Array.from({ length: batch }, () => RawClient.open(server.port)))),
    );
  }
  for (const client of clients.slice(0, asked)) client.ask();
  while (started.length < asked) await new Promise((resolve) => setImmediate(resolve));

  const start = performance.now();
  await server.hub.close({ code: 1012, reason: 'Restart', deadline: 30_000 });
  const took = performance.now() - start;
  await Promise.all(clients.map(({ closed }) => closed));
  const codes: Record<number, number> = {};
  for (const { code } of clients) codes[code] = (codes[code] ?? 0) + 1;
  await server.stop();
  return {
    connections,
    took,
    codes,
    asked,
    answered: clients.reduce((sum, { answers }) => sum + answers, 0),
  };
}
