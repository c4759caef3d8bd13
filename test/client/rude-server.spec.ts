// What servers do that keep no promise, byte by byte, and what the client makes of it in Node.
import { afterEach, describe, expect, it } from '@jest/globals';
import { connect, type Client, type ClientError, type ClientState } from 'nestwire/client';
import { frame, RudeServer, type Manners } from './support/rude-server.js';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

interface Met {
  readonly client: Client;
  readonly server: RudeServer;
  readonly waited: Extract<ClientState, { name: 'waiting' }>[];
  readonly errors: unknown[];
}

/** @param code what it should end with: only the times that belong to that are short */
async function meet(code: string, manners: Manners): Promise<Met> {
  const server = await RudeServer.start(manners);
  const errors: unknown[] = [];
  const waited: Met['waited'] = [];
  const client = connect(server.url, {
    connectTimeout: code === 'CONNECT_TIMEOUT' ? 200 : 10_000,
    backoff: { first: 20, most: 80 },
    ...(code === 'NO_ANSWER' ? { pingInterval: 100, pingTimeout: 100 } : {}),
    maxMessage: 10_000,
    queue: { age: 60_000 },
    onError: (error) => errors.push(error),
  });
  client.onState((state) => {
    if (state.name === 'waiting') waited.push(state);
  });
  cleanups.push(
    () => client.close(),
    () => server.stop(),
  );
  return { client, server, waited, errors };
}

/** Until it has waited so often. */
function tries({ client, waited }: Met, times: number): Promise<void> {
  return new Promise((resolve) => {
    client.onState(() => {
      if (waited.length >= times) resolve();
    });
  });
}

const TEXT = 0x81;
const HALF = 0x01;
const MORE = 0x00;

const SERVERS: [what: string, code: string, manners: Manners][] = [
  ['hangs up at once', 'LOST', (line) => line.hangUp()],
  ['speaks no HTTP', 'LOST', (line) => line.write('SSH-2.0-OpenSSH_9.9\r\n')],
  ['says nothing at all', 'CONNECT_TIMEOUT', () => {}],
  [
    'takes the request and says nothing',
    'CONNECT_TIMEOUT',
    async (line) => {
      await line.asked();
    },
  ],
  [
    'answers with a page',
    'LOST',
    async (line) => {
      await line.asked();
      line.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi');
    },
  ],
  [
    'answers with headers without end',
    'CONNECT_TIMEOUT',
    async (line) => {
      await line.asked();
      line.write('HTTP/1.1 101 Switching Protocols\r\n');
      line.drip(Buffer.from('X-More: and more\r\n'), 20);
    },
  ],
  ['speaks no version of the wire', 'LOST', (line) => line.letIn('')],
  ['speaks another version', 'LOST', (line) => line.letIn('nestwire.2')],
  ['lets in and says nothing', 'CONNECT_TIMEOUT', (line) => line.letIn()],
  [
    'lets in and hangs up',
    'LOST',
    async (line) => {
      await line.letIn();
      line.hangUp();
    },
  ],
  [
    'answers and hangs up',
    'LOST',
    async (line) => {
      await line.open();
      line.hangUp();
    },
  ],
  [
    'breaks RFC 6455',
    'LOST',
    async (line) => {
      await line.open();
      line.write(frame(0xf1, 'reserved bits'));
    },
  ],
  [
    'closes with a code that nobody may send',
    'LOST',
    async (line) => {
      await line.open();
      line.write(frame(0x88, Buffer.from([0x03, 0xee])));
    },
  ],
  [
    'sends text that is none',
    'LOST',
    async (line) => {
      await line.open();
      line.write(frame(TEXT, Buffer.from([0xff, 0xfe])));
    },
  ],
  [
    'sends a message that is too big',
    'MESSAGE_TOO_BIG',
    async (line) => {
      await line.open();
      line.write(frame(TEXT, `{"event":"big","data":"${'x'.repeat(20_000)}"}`));
    },
  ],
  [
    'claims a frame of many gigabytes',
    'LOST',
    async (line) => {
      await line.open();
      line.write(Buffer.from([TEXT, 127, 0, 0, 1, 0, 0, 0, 0, 0]));
    },
  ],
  [
    'sends a frame without end',
    'NO_ANSWER',
    async (line) => {
      await line.open();
      line.write(Buffer.from([TEXT, 127, 0, 0, 0, 0, 0, 16, 0, 0]));
      line.drip(Buffer.from('x'), 10);
    },
  ],
  [
    'sends a message without end',
    'NO_ANSWER',
    async (line) => {
      await line.open();
      line.write(frame(HALF, '{"event":"'));
      line.drip(frame(MORE, 'x'), 10);
    },
  ],
];

describe.each(SERVERS)('a server that %s', (_, code, manners) => {
  it('is waited for, each try later and counted', async () => {
    const met = await meet(code, manners);
    const { client, server, waited, errors } = met;
    const call = client.call('add', 1, { key: true, timeout: 60_000 });
    const ended = call.catch((error: ClientError) => error.code);
    await tries(met, 4);
    expect(waited.slice(0, 4).map((state) => [state.attempt, state.why.code])).toEqual([
      [1, code],
      [2, code],
      [3, code],
      [4, code],
    ]);
    expect(waited.every(({ why }) => why.message !== '')).toBe(true);
    // One socket each try, and none beside.
    expect(server.count).toBeLessThanOrEqual(5);
    expect(errors.every((error) => (error as ClientError).code === code)).toBe(true);
    client.close();
    expect(await ended).toBe('CLOSED');
  });
});

describe('a server that says nothing but nonsense', () => {
  it('is taken for what it is worth: the connection goes on, and all of it is counted', async () => {
    const nonsense = frame(TEXT, '{"what":"nonsense"}');
    const met = await meet('', async (line) => {
      await line.open();
      for (let turn = 0; turn < 1_000; turn += 1) line.write(nonsense);
      line.write(frame(0x82, Buffer.from([1, 2, 3])));
      line.write(frame(TEXT, '{"event":"enough"}'));
    });
    await met.client.once('enough');
    expect([met.client.state.name, met.client.stats.ignored, met.errors]).toEqual([
      'open',
      1_001,
      [],
    ]);
  });
});
