import { afterEach, describe, expect, it } from '@jest/globals';
import {
  CLIENTS,
  SERVERS,
  nestwireClient,
  nestwireServer,
  type Client,
  type Connection,
  type Server,
} from './support/ends.js';
import { LARGEST, SIZES, bytesOf, textOf } from './support/messages.js';

/** Each with the engine at one end, and with compression on and off where the other end has it. */
const PAIRS = [
  ...CLIENTS.map((client) => [client, nestwireServer] as const),
  ...SERVERS.map((server) => [nestwireClient, server] as const),
  [nestwireClient, nestwireServer] as const,
].flatMap(([client, server]) => {
  const modes = client.compression === false || !server.compression ? [false] : [true, false];
  return modes.map((compressed) => ({
    client,
    server,
    compressed,
    name: `${client.name} client, ${server.name} server, ${compressed ? 'compressed' : 'plain'}`,
  }));
});

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function connect(client: Client, server: Server, compressed: boolean): Promise<Connection> {
  const running = await server.listen(compressed);
  closing.push(() => running.close());
  return client.open(running.url, compressed);
}

function same(one: string | Buffer, other: string | Buffer): boolean {
  return typeof one === 'string' || typeof other === 'string' ? one === other : one.equals(other);
}

describe.each(PAIRS)('$name', ({ client, server, compressed }) => {
  it('agree on compression, or on none', async () => {
    const { extensions } = await connect(client, server, compressed);
    expect(extensions.includes('permessage-deflate')).toBe(compressed);
  });

  it('carry text and bytes of every size', async () => {
    const connection = await connect(client, server, compressed);
    for (const size of SIZES) {
      for (const message of [textOf(size), bytesOf(size)]) {
        expect([size, same(await connection.echo(message), message)]).toEqual([size, true]);
      }
    }
  });

  it('carry 64 MiB', async () => {
    const connection = await connect(client, server, compressed);
    for (const message of [textOf(LARGEST), bytesOf(LARGEST)]) {
      expect(same(await connection.echo(message), message)).toBe(true);
    }
  }, 60_000);

  it('carry many messages in a row', async () => {
    const connection = await connect(client, server, compressed);
    for (let count = 0; count < 200; count++) {
      const message = `message ${count} ${'of the same words '.repeat(count)}`;
      expect(await connection.echo(message)).toBe(message);
    }
  });

  it('close with a code and a reason', async () => {
    const connection = await connect(client, server, compressed);
    await connection.echo('before');
    const { code } = await connection.close(3001, 'done');
    // `websocket` answers every close with 1000; the others repeat the code.
    expect(code).toBe(server.name === 'websocket' ? 1000 : 3001);
  });
});
