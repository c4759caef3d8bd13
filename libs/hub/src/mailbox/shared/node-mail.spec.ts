import { describe, expect, it } from '@jest/globals';

import type { FakeTransport } from '../../testing-fixtures/fake-transport.js';
import { MailServer } from '../../testing-fixtures/faulty-mailbox.js';
import { mailNode } from '../../testing-fixtures/mail-node.js';
import { FakeClock } from '../../testing-fixtures/fake-clock.js';

const got = ({ heard }: FakeTransport): unknown[] => heard.map(({ data }) => data);
const ASKED = { acknowledge: true };

function nodes() {
  // Mail expires by the time of the process.
  const clock = new FakeClock(Date.now());
  const server = new MailServer(clock);
  const [a, b, c] = [mailNode(server), mailNode(server), mailNode(server)];
  return { clock, server, a, b, c, pass: (time = 0) => clock.advance(time) };
}

describe('mail of all nodes', () => {
  it('waits for who is away, and comes on whichever node the user comes to', async () => {
    const { a, b, pass } = nodes();
    const sent = a.mailbox.send('ada', 'note', 1);
    void a.mailbox.send('ada', 'note', 2, ASKED);
    await pass();
    expect(await sent).toEqual({ delivered: 0, waiting: true });
    const { transport } = b.arrive();
    await pass();
    expect(transport.heard).toEqual([
      { event: 'note', data: 1 },
      { event: 'note', data: 2, mail: 2 },
    ]);
    expect(await a.mailbox.waiting('ada')).toMatchObject([{ number: 2, data: 2 }]);
  });

  it('is not kept when somebody is here, and goes to other nodes as well as it can', async () => {
    const { a, b, pass } = nodes();
    const { transport } = a.arrive();
    await pass();
    const sent = await a.mailbox.send('ada', 'note', 1);
    expect(sent).toEqual({ delivered: 1, waiting: false });
    expect([got(transport), a.forwarded]).toEqual([[1], [['ada', 'note']]]);
    expect(b.node.calls).toEqual([]);
  });

  it('reaches all connections of all nodes, and is done when it asks for nothing', async () => {
    const { a, b, c, server, pass } = nodes();
    const tabs = [b.arrive(), b.arrive(), c.arrive()];
    await pass();
    void a.mailbox.send('ada', 'note', 1);
    await pass();
    expect(tabs.map(({ transport }) => got(transport))).toEqual([[1], [1], [1]]);
    expect(server.list('ada')).toEqual([]);
    expect([b.mailbox.stats.delivered, c.mailbox.stats.delivered]).toEqual([2, 1]);
  });

  it('is acknowledged once, on whichever node that happens first', async () => {
    const { a, b, server, pass } = nodes();
    const one = a.arrive();
    const other = b.arrive();
    await pass();
    void a.mailbox.send('ada', 'note', 1, ASKED);
    await pass();
    expect([one, other].map(({ transport }) => transport.heard)).toEqual([
      [{ event: 'note', data: 1, mail: 1 }],
      [{ event: 'note', data: 1, mail: 1 }],
    ]);
    const acks = Promise.allSettled([
      a.mailbox.acknowledge(one.connection, 1),
      b.mailbox.acknowledge(other.connection, 1),
    ]);
    await pass();
    expect(await acks).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { code: 'NOT_FOUND' } },
    ]);
    expect(server.list('ada')).toEqual([]);
  });

  it('is over for whoever comes when it was acknowledged, however late news of it is', async () => {
    const { a, b, server, pass } = nodes();
    const one = a.arrive();
    await pass();
    b.node.faults = { ...b.node.faults, newsDelay: 0, loss: 1 };
    void a.mailbox.send('ada', 'note', 1, ASKED);
    await pass();
    const [mail] = server.list('ada');
    void a.mailbox.acknowledge(one.connection, 1);
    await pass();
    const { transport } = b.arrive();
    await pass();
    b.node.faults = { ...b.node.faults, loss: 0 };
    b.node.hear('ada', mail);
    await pass();
    expect(transport.heard).toEqual([]);
    // What is not over comes, by news as by the store.
    void a.mailbox.send('ada', 'note', 2, ASKED);
    await pass();
    expect(got(transport)).toEqual([2]);
  });

  it('comes to no connection twice, however often news of it comes', async () => {
    const { a, b, server, pass } = nodes();
    const { transport, connection } = b.arrive();
    await pass();
    void a.mailbox.send('ada', 'note', 1, ASKED);
    await pass();
    const [mail] = server.list('ada');
    b.node.hear('ada', mail);
    b.node.hear('ada', undefined);
    b.node.heal();
    await pass();
    expect(got(transport)).toEqual([1]);
    void b.mailbox.acknowledge(connection, 1);
    await pass();
    const later = b.arrive();
    await pass();
    b.node.hear('ada', mail);
    await pass();
    expect(got(later.transport)).toEqual([]);
  });

  it('is looked for when the broker is back, 256 users at a time', async () => {
    const { a, b, pass } = nodes();
    const clients = Array.from({ length: 300 }, (_, n) => b.arrive(`user${n}`));
    await pass();
    b.node.isDown = true;
    for (const n of [7, 299]) void a.mailbox.send(`user${n}`, 'note', n);
    await pass();
    b.node.calls.length = 0;
    b.node.heal();
    expect(b.node.calls).toHaveLength(256);
    await pass();
    expect(clients.flatMap(({ transport }) => got(transport))).toEqual([7, 299]);
    expect(b.node.calls.filter((name) => name === 'remove')).toHaveLength(2);
  });

  it('is looked for when it was too long for news', async () => {
    const { a, b, pass } = nodes();
    const { transport } = b.arrive();
    await pass();
    b.node.faults = { ...b.node.faults, loss: 1 };
    void a.mailbox.send('ada', 'note', 'long', ASKED);
    await pass();
    b.node.faults = { ...b.node.faults, loss: 0 };
    b.node.hear('ada', undefined);
    await pass();
    expect(got(transport)).toEqual(['long']);
  });

  it('is refused while the broker is away, and nobody is kept out', async () => {
    const { a } = nodes();
    a.node.isDown = true;
    await expect(a.mailbox.send('ada', 'note', 1)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const { transport, connection } = a.arrive();
    await expect(a.mailbox.acknowledge(connection, 1)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    expect(transport.heard).toEqual([]);
  });

  it('of another version, or of a stranger, is skipped and counted', async () => {
    const { a, b, server, pass } = nodes();
    const { transport } = b.arrive();
    await pass();
    const size = 1;
    const expiresAt = Date.now() + 60_000;
    for (const text of ['', 'z', 'a\u0007', 'a\u0000\u0000\u0001e\u0000\u0000']) {
      const entry = { body: Buffer.from(text, 'latin1'), size, expiresAt };
      const { number } = server.push('ada', entry, { maxMessages: 9, maxBytes: 999 });
      b.node.hear('ada', { ...entry, number });
    }
    void a.mailbox.send('ada', 'note', 1);
    await pass();
    expect(got(transport)).toEqual([1]);
    expect(b.unreadable).toEqual(['ada', 'ada', 'ada', 'ada']);
    expect((await b.mailbox.waiting('ada')).length).toBe(0);
  });

  it('that has expired on its way is over', async () => {
    const { a, b, pass } = nodes();
    const { transport } = b.arrive();
    await pass();
    b.node.faults = { ...b.node.faults, newsDelay: 2_000, loss: 0 };
    void a.mailbox.send('ada', 'note', 1, { ttl: 1 });
    await pass(5_000);
    expect(got(transport)).toEqual([]);
  });
});
