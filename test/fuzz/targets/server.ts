import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { WebSocketServer } from '../../../libs/engine/src/ws/websocket-server.js';
import type { WebSocket } from '../../../libs/engine/src/ws/websocket.js';
import { isSendableCloseCode } from '../../../libs/engine/src/protocol/close-code.js';
import {
  closeServers,
  serve,
} from '../../../libs/engine/src/testing-fixtures/websocket-servers.js';
import { takeRawFrames } from '../../../libs/engine/src/testing-fixtures/raw-frame.js';
import { upgradeHead } from '../../../libs/engine/src/testing-fixtures/upgrade-head.js';
import type { Random } from '../../support/random.js';
import { frameStream } from '../support/streams.js';
import { check, type Target } from '../support/target.js';

const EXTENSIONS = [
  'permessage-deflate',
  'permessage-deflate; client_max_window_bits',
  'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
];
const MAX_PAYLOAD = 1024 * 1024;

interface Ends {
  code: number;
  closes: number;
}

const servers: { server: WebSocketServer; port: number }[] = [];
/** How the server's connections ended, by the port they came from. */
const ends = new Map<number, Ends>();

/** A server that anybody may connect to, handshake included. */
export const server: Target = {
  name: 'server',
  parallel: 8,

  generate(random) {
    const headers: Record<string, string> = {};
    if (random.chance(0.5)) headers['Sec-WebSocket-Extensions'] = random.pick(EXTENSIONS);
    if (random.chance(0.2)) headers['Sec-WebSocket-Protocol'] = 'chat, v1';
    if (random.chance(0.1)) headers['Content-Length'] = random.pick(['0', '5', 'x']);
    const head = upgradeHead({ headers });
    return Buffer.concat([
      Buffer.from(head, 'latin1'),
      frameStream(random, true, 'Sec-WebSocket-Extensions' in headers),
    ]);
  },

  async start() {
    for (const options of [
      { perMessageDeflate: true },
      { perMessageDeflate: { serverNoContextTakeover: true, threshold: 0 }, pingInterval: 20 },
      { maxFramesPerTurn: 1, closeTimeout: 100, allowSynchronousEvents: false },
    ]) {
      const limits = { maxPayload: MAX_PAYLOAD, handshakeTimeout: 5_000, closeTimeout: 1_000 };
      const served = await serve({ ...limits, ...options });
      served.server.on('connection', echo);
      servers.push(served);
    }
  },

  async stop() {
    servers.length = 0;
    await closeServers();
  },

  async run(bytes: Buffer, random: Random): Promise<void> {
    const { port, server: accepting } = random.pick(servers);
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    const { localPort = 0 } = socket;
    const mine: Ends = { code: 0, closes: 0 };
    ends.set(localPort, mine);
    const answer = collect(socket);
    let at = 0;
    for (const size of random.cuts(bytes.length).slice(0, 50)) {
      socket.write(bytes.subarray(at, at + size));
      at += size;
      if (size < 2_000 && random.chance(0.2)) await new Promise(setImmediate);
    }
    socket.write(bytes.subarray(at));
    if (random.chance(0.1)) socket.resetAndDestroy();
    else socket.end();
    const said = await answer;
    socket.destroy();
    judge(said);
    // The server may still be about to notice.
    for (let turns = 0; [...accepting.clients].some((ws) => portOf(ws) === localPort); turns++) {
      check(turns < 5_000, 'The server keeps a connection whose peer is gone');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    ends.delete(localPort);
    check(mine.closes <= 1, `A connection closed ${mine.closes} times`);
    if (mine.closes === 1) {
      const { code } = mine;
      check([1005, 1006].includes(code) || isSendableCloseCode(code), `It closed with ${code}`);
    }
  },
};

function echo(ws: WebSocket): void {
  const port = portOf(ws);
  ws.on('error', () => {});
  ws.on('message', (data, isBinary) => {
    const bytes = data as Buffer;
    check(bytes.length <= MAX_PAYLOAD, `A message has ${bytes.length} bytes`);
    ws.send(bytes, { binary: isBinary });
  });
  ws.on('close', (code) => {
    const mine = ends.get(port);
    if (mine === undefined) return;
    mine.code = code;
    mine.closes++;
  });
}

function portOf(ws: WebSocket): number {
  return (ws as unknown as { _socket: Socket | null })._socket?.remotePort ?? 0;
}

/** All the server says. */
async function collect(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  // A reset is an end like any other.
  socket.on('error', () => {});
  await new Promise<void>((resolve) => {
    socket.once('end', resolve);
    socket.once('close', () => resolve());
  });
  return Buffer.concat(parts);
}

/** Whether what a server says is HTTP, and behind a 101 frames of its own. */
function judge(said: Buffer): void {
  if (said.length === 0) return;
  const end = said.indexOf('\r\n\r\n');
  const head = said.toString('latin1', 0, end < 0 ? said.length : end);
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
  check(status > 0, `The server says ${head.slice(0, 80)}`);
  if (status !== 101) {
    check(status >= 400 && status < 600, `The server answers ${status}`);
    return;
  }
  const { frames } = takeRawFrames(said.subarray(end + 4));
  for (const [index, { opcode, masked, payload, fin, rsv }] of frames.entries()) {
    check(!masked, 'The server masks');
    check([0, 1, 2, 8, 9, 10].includes(opcode), `The server sends a frame ${opcode}`);
    check(rsv === 0 || (rsv === 4 && (opcode === 1 || opcode === 2)), `The server sets RSV ${rsv}`);
    if (opcode < 8) continue;
    check(fin && payload.length <= 125, 'The server sends an impossible control frame');
    if (opcode !== 8) continue;
    check(index === frames.length - 1, 'The server speaks on after its Close frame');
    const code = payload.length === 0 ? 1000 : payload.readUInt16BE(0);
    check(isSendableCloseCode(code), `The server closes with ${code}`);
  }
}
