import { describe, expect, it } from '@jest/globals';
import { connect, serve, turn, type Client } from '../testing-fixtures/fake-upgrade.js';
import { MessageRouter } from './message-router.js';
import { overdraft } from './overdraft.js';
import { kCore } from '../connection/connection-core.js';

const KIB = 1024;
const CHUNK = 'x'.repeat(16 * KIB);

function asking() {
  const { hub } = serve();
  const endpoint = hub.endpoint({
    router: new MessageRouter([
      {
        event: 'ask',
        handle: (connection) => connection.request('sure?', null, { timeout: 60_000 }),
      },
      { event: 'say', handle: () => undefined },
    ]),
    queueSize: 100_000,
  });
  return { hub, client: () => connect(endpoint) };
}

/** Sends until it is held back. @returns bytes that were taken */
function flood({ transport }: Client): number {
  transport.event('ask', null, 1);
  let taken = 0;
  while (!transport.paused && taken < 8 * KIB * KIB) {
    transport.event('say', CHUNK);
    taken += CHUNK.length;
  }
  return taken;
}

describe('messages of a client that owes an answer', () => {
  it('are read past the bound of its queue, but not for much', async () => {
    const { client } = asking();
    const one = client();
    const taken = flood(one);
    expect(taken).toBeGreaterThan(400 * KIB);
    expect(taken).toBeLessThan(600 * KIB);
    expect(overdraft.bytes).toBeGreaterThan(0);
    const [question] = one.transport.heard;
    one.connection[kCore].requests?.settle(String(question?.['id']), {
      answered: true,
      data: 'yes',
      bytes: 1,
    });
    await turn();
    expect(one.transport.paused).toBe(false);
    expect(overdraft.bytes).toBe(0);
  });

  it('are bounded for all clients of the process together, and forgotten with them', () => {
    const { client } = asking();
    const clients = Array.from({ length: 100 }, () => client());
    const taken = clients.map((one) => flood(one));
    expect(overdraft.bytes).toBeLessThan(17 * KIB * KIB);
    expect(taken.at(-1)).toBeLessThan(300 * KIB);
    for (const { transport } of clients) transport.end(1006, '', false);
    expect(overdraft.bytes).toBe(0);
  });

  it('are forgotten when the client takes them back', () => {
    const { client } = asking();
    const one = client();
    one.transport.event('ask', null, 1);
    for (let n = 0; n < 24; n++) one.transport.event('say', CHUNK, 2);
    expect(overdraft.bytes).toBeGreaterThan(0);
    one.transport.event('$cancel', undefined, 2);
    expect(overdraft.bytes).toBe(0);
    one.transport.end();
  });
});
