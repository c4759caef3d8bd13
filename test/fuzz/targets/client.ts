import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { acceptKey } from '../../../libs/engine/src/handshake/accept-key.js';
import { isSendableCloseCode } from '../../../libs/engine/src/protocol/close-code.js';
import { takeRawFrames } from '../../../libs/engine/src/testing-fixtures/raw-frame.js';
import { WebSocket } from '../../../libs/engine/src/ws/ws.js';
import type { Random } from '../../support/random.js';
import { frameStream } from '../support/streams.js';
import { check, type Target } from '../support/target.js';

/** Stands in an answer for what the client's key asks for. */
const ACCEPT = '{ACCEPT}';
const MAX_PAYLOAD = 1024 * 1024;
const STATUS = [
  '101 Switching Protocols',
  '101 Switching Protocols',
  '101 Switching Protocols',
  '200 OK',
  '302 Found',
  '401 Unauthorized',
  '503 Service Unavailable',
  '100 Continue',
];

interface Script {
  readonly bytes: Buffer;
  readonly random: Random;
  said: Buffer;
}

let hostile: Server;
/** What the server has to say, by the path it is asked for. */
const scripts = new Map<string, Script>();
let count = 0;

/** A client whose server answers and sends what it likes. */
export const client: Target = {
  name: 'client',
  parallel: 8,

  generate(random) {
    const compressed = random.chance(0.4);
    const lines = [
      `HTTP/1.1 ${random.pick(STATUS)}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${ACCEPT}`,
    ];
    if (compressed) lines.push('Sec-WebSocket-Extensions: permessage-deflate');
    if (random.chance(0.2)) lines.push('Sec-WebSocket-Protocol: chat');
    if (random.chance(0.2)) lines.push('Location: /other', 'Content-Length: 0');
    if (random.chance(0.1)) lines.push('Transfer-Encoding: chunked');
    if (random.chance(0.05)) lines.push(`X-Long: ${'x'.repeat(20_000)}`);
    const head = `${lines.join('\r\n')}\r\n\r\n`;
    return Buffer.concat([Buffer.from(head, 'latin1'), frameStream(random, false, compressed)]);
  },

  async start() {
    hostile = createServer({ allowHalfOpen: true }, answer);
    hostile.listen(0, '127.0.0.1');
    await once(hostile, 'listening');
  },

  async stop() {
    await new Promise((resolve) => hostile.close(resolve));
  },

  async run(bytes: Buffer, random: Random): Promise<void> {
    const { port } = hostile.address() as AddressInfo;
    const path = `/${++count}`;
    const script: Script = { bytes, random, said: Buffer.alloc(0) };
    scripts.set(path, script);
    const heard: string[] = [];
    const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, random.pick([[], ['chat']]), {
      maxPayload: MAX_PAYLOAD,
      handshakeTimeout: 2_000,
      closeTimeout: 500,
      followRedirects: random.chance(0.5),
      maxRedirects: 2,
      maxFramesPerTurn: random.pick([1, 256]),
      // Wherever a redirect leads to, nobody else is asked.
      createConnection: () => connect({ port, host: '127.0.0.1' }),
    });
    ws.on('open', () => heard.push('open'));
    ws.on('error', () => heard.push('error'));
    ws.on('message', (data) => {
      check((data as Buffer).length <= MAX_PAYLOAD, 'A message is larger than allowed');
      ws.send(data);
    });
    const closed = new Promise<number>((resolve) => {
      ws.on('close', (code) => {
        heard.push('close');
        resolve(code);
      });
    });
    const code = await closed;
    await new Promise(setImmediate);
    scripts.delete(path);
    check(/^(open,)?(error,)?close$/.test(heard.join()), `The client says ${heard.join()}`);
    check(heard.length > 1, 'The client never opened and tells no error');
    check(
      [1005, 1006].includes(code) || isSendableCloseCode(code),
      `The client closes with ${code}`,
    );
    check(ws.readyState === WebSocket.CLOSED, `The client's state is ${ws.readyState}`);
    for (const { opcode, masked, payload } of takeRawFrames(script.said).frames) {
      check(masked, 'The client does not mask');
      if (opcode !== 8 || payload.length === 0) continue;
      const sent = payload.readUInt16BE(0);
      check(isSendableCloseCode(sent), `The client sends the code ${sent}`);
    }
  },
};

function answer(socket: Socket): void {
  let request = Buffer.alloc(0);
  let script: Script | undefined;
  socket.on('error', () => {});
  socket.on('end', () => socket.end());
  socket.on('data', (chunk: Buffer) => {
    if (script !== undefined) {
      script.said = Buffer.concat([script.said, chunk]);
      return;
    }
    request = Buffer.concat([request, chunk]);
    const end = request.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = request.toString('latin1', 0, end);
    script = scripts.get(/^GET (\S+)/.exec(head)?.[1] ?? '');
    // A redirect led elsewhere.
    if (script === undefined) socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
    else speak(socket, script, head);
  });
}

function speak(socket: Socket, { bytes, random }: Script, head: string): void {
  const key = /^sec-websocket-key: *(\S+)/im.exec(head)?.[1] ?? '';
  const at = bytes.indexOf(ACCEPT);
  const said =
    at < 0
      ? bytes
      : Buffer.concat([
          bytes.subarray(0, at),
          Buffer.from(acceptKey(key)),
          bytes.subarray(at + ACCEPT.length),
        ]);
  let from = 0;
  for (const size of random.cuts(said.length).slice(0, 50)) {
    socket.write(said.subarray(from, from + size));
    from += size;
  }
  socket.write(said.subarray(from));
  if (random.chance(0.1)) socket.resetAndDestroy();
  else socket.end();
}
