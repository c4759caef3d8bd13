import { once } from 'node:events';
import { statSync, existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { nodeClusterBroker } from '../worker/node-cluster-broker.js';
import { SOCKET_VARIABLE } from '../wire/socket-path.js';
import { startPrimaryBroker, type PrimaryBroker } from './primary-broker.js';

const NODE = '0123456789abcdef';

let primary: PrimaryBroker;
const sockets: Socket[] = [];

beforeEach(async () => {
  primary = await startPrimaryBroker();
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await primary.close();
});

async function raw(): Promise<Socket> {
  const socket = connect(primary.path);
  sockets.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

function frame(...parts: (number | string | Buffer)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part))),
  );
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(body.length);
  return Buffer.concat([prefix, body]);
}

const HELLO = frame(1, Buffer.from([0, 0, 0, 9, 0, 16]), NODE);

describe('the broker in the primary process', () => {
  it('listens where only this user can reach it, tells its workers where, and leaves nothing', async () => {
    expect(process.env[SOCKET_VARIABLE]).toBe(primary.path);
    expect(statSync(primary.path).mode & 0o777).toBe(0o600);
    await primary.close();
    expect(process.env[SOCKET_VARIABLE]).toBeUndefined();
    expect(existsSync(primary.path)).toBe(false);
  });

  it('reads requests however they are cut', async () => {
    const socket = await raw();
    const all = Buffer.concat([HELLO, frame(6, Buffer.from([0, 0, 0, 10]))]);
    const answers: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => answers.push(chunk));
    for (const byte of all) {
      socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    while (Buffer.concat(answers).length < 30) await once(socket, 'data');
    expect(Buffer.concat(answers).subarray(4, 9)).toEqual(Buffer.from([64, 0, 0, 0, 9]));
  });

  it.each([
    ['an empty frame', Buffer.from([0, 0, 0, 0])],
    ['a frame of 4 GiB', Buffer.from([0xff, 0xff, 0xff, 0xff, 1])],
    ['an unknown request', frame(200, Buffer.alloc(10))],
    ['half a request', frame(2, Buffer.from([0, 0, 0, 1, 0xff, 0xff]))],
    ['a node that is none', frame(1, Buffer.from([0, 0, 0, 1, 0, 3]), 'abc')],
    ['a message before it said who it is', frame(2, Buffer.from([0, 0, 0, 1, 0, 0, 0]))],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ])('cuts off whoever sends %s, and nobody else', async (_what, bytes) => {
    const good = await raw();
    const bad = await raw();
    bad.write(bytes);
    await once(bad, 'close');
    good.write(HELLO);
    await once(good, 'data');
    expect(good.destroyed).toBe(false);
  });

  it('cuts off a worker that does not read, and serves the others', async () => {
    const host = { node: NODE, received: () => {}, closed: () => {} };
    const session = await nodeClusterBroker({ path: primary.path }).open(host);
    const lazy = await raw();
    lazy.pause();
    lazy.write(frame(3, Buffer.from([0, 0, 0, 1, 0, 1, 0, 1]), 'x'));
    await session.probe();
    const message = new Uint8Array(1024 * 1024);
    for (let sent = 0; sent < 40 && primary.workers === 2; sent++) {
      await session.send([{ channel: 'x', message, seq: 0, copy: 0 }], false);
    }
    expect(primary.workers).toBe(1);
    session.destroy();
  });

  it('is missing where no primary was started', async () => {
    await primary.close();
    expect(() => nodeClusterBroker()).toThrow(/startPrimaryBroker/);
    const host = { node: NODE, received: () => {}, closed: () => {} };
    const opening = nodeClusterBroker({ path: primary.path }).open(host);
    await expect(opening).rejects.toMatchObject({ code: 'WS_ERR_BROKER_UNAVAILABLE' });
  });
});
