import { once } from 'node:events';
import { Socket, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Duplex, duplexPair } from 'node:stream';
import { TLSSocket, connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import { closeSocketPairs, socketPair } from '../testing-fixtures/socket-pair.js';
import { TEST_CERTIFICATE } from '../testing-fixtures/test-certificate.js';
import { holdsNothing, isNodeSocket, isUntouched } from './node-socket.js';

const ends: Duplex[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) end.destroy();
  await closeSocketPairs();
});

async function tlsPair(): Promise<{ server: TLSSocket; client: TLSSocket; near: Socket }> {
  const { near, far } = await socketPair();
  const server = new TLSSocket(near, { isServer: true, ...TEST_CERTIFICATE });
  const client = connectTls({ socket: far, rejectUnauthorized: false });
  ends.push(server, client);
  await once(client, 'secureConnect');
  return { server, client, near };
}

/** Where this fails in a new Node nothing is lent any more, which is right but slower. */
describe('isNodeSocket', () => {
  it('is true for both ends of TCP, a pipe and TLS', async () => {
    const { near, far } = await socketPair();
    const { server, client } = await tlsPair();
    const local = createServer();
    const name = `nestwire-${process.pid}-${Date.now()}`;
    local.listen(process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : path.join(tmpdir(), name));
    await once(local, 'listening');
    const accepted = once(local, 'connection');
    const out = connect(local.address() as string);
    const [into] = (await accepted) as [Socket];
    ends.push(out, into);
    local.close();
    const all = [near, far, server, client, out, into];
    expect(all.map((socket) => isNodeSocket(socket))).toEqual(all.map(() => true));
    expect(all.map((socket) => isUntouched(socket))).toEqual(all.map(() => true));
  });

  it('is false for what only looks like one', async () => {
    const { near } = await socketPair();
    const [one, other] = duplexPair();
    const overDuplex = new TLSSocket(one, { isServer: true, ...TEST_CERTIFICATE });
    const imitated = new Socket();
    class Handle {
      writeBuffer() {}
      writev() {}
      readStart() {}
    }
    class TCP extends Handle {}
    Object.defineProperty(imitated, '_handle', { value: new TCP() });
    class Mine extends Socket {}
    ends.push(one, other, overDuplex);
    const { near: patched } = await socketPair();
    const handle = Reflect.get(patched, '_handle') as { writeBuffer: unknown };
    const { writeBuffer } = handle;
    handle.writeBuffer = writeBuffer;
    const all = [one, overDuplex, imitated, new Mine(), new Proxy(near, {}), new Socket(), patched];
    expect(all.map((socket) => isNodeSocket(socket))).toEqual(all.map(() => false));
  });
});

describe('holdsNothing', () => {
  it('goes by what is there, and not by what a socket was made to say', async () => {
    const { near } = await socketPair();
    expect(holdsNothing(near)).toBe(true);
    Object.defineProperty(near, 'writableLength', { value: 0 });
    near.write(Buffer.alloc(32 * 1024 * 1024));
    expect(holdsNothing(near)).toBe(false);
  });
});

describe('isUntouched', () => {
  it.each(['write', '_write', '_writev', '_writeGeneric'])(
    'is false from the moment %s is another one',
    async (name) => {
      const { near } = await socketPair();
      expect(isUntouched(near)).toBe(true);
      Object.defineProperty(near, name, { value: () => true, configurable: true });
      expect(isUntouched(near)).toBe(false);
      Reflect.deleteProperty(near, name);
      expect(isUntouched(near)).toBe(true);
    },
  );

  it('is false while the class is patched', async () => {
    const { near } = await socketPair();
    Object.defineProperty(Socket.prototype, 'write', {
      value: Duplex.prototype.write.bind(near),
      configurable: true,
    });
    expect(isUntouched(near)).toBe(false);
    Reflect.deleteProperty(Socket.prototype, 'write');
    expect(isUntouched(near)).toBe(true);
  });
});
