import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../testing-fixtures/fake-clock.js';
import type { BrokerHost } from '../broker.js';
import { BrokerUnavailable } from '../broker-unavailable.js';
import { MemoryBrokerServer } from './memory-broker-server.js';
import { memoryBroker } from './memory-broker.js';

class Host implements BrokerHost {
  readonly node = '00000000000000aa';
  readonly told: string[] = [];

  received(channel: string, message: Uint8Array): void {
    this.told.push(`${channel}=${Buffer.from(message).toString()}`);
  }

  closed(error: Error): void {
    this.told.push(error.message);
  }
}

async function session(server: MemoryBrokerServer, clock: FakeClock, host = new Host()) {
  const broker = memoryBroker(server);
  const opening = broker.open(host);
  await clock.settle();
  return { broker, host, opened: await opening };
}

describe('a broker in memory', () => {
  it('hands over nothing within a call, and messages before the answer', async () => {
    const clock = new FakeClock();
    const { host, opened } = await session(new MemoryBrokerServer({ clock }), clock);
    void opened.subscribe(['a']);
    const text = Buffer.from('hello');
    const sent = opened.send([{ channel: 'a', message: text, seq: 1, copy: 0 }], false);
    void sent.then(() => host.told.push('sent'));
    // The sender may use its bytes again.
    text.fill('x');
    expect(host.told).toEqual([]);
    await clock.settle();
    expect(host.told).toEqual(['a=hello', 'sent']);
  });

  it('ends with its server, once', async () => {
    const clock = new FakeClock();
    const server = new MemoryBrokerServer({ clock });
    const { broker, host, opened } = await session(server, clock);
    const pending = expect(opened.probe()).rejects.toThrow(BrokerUnavailable);
    server.close();
    server.close();
    await pending;
    expect(host.told).toEqual(['The broker has closed']);
    await expect(opened.probe()).rejects.toThrow(BrokerUnavailable);
    await expect(broker.open(host)).rejects.toThrow(BrokerUnavailable);
    expect(clock.timers).toBe(0);
  });

  it('has no timer once nobody is there', async () => {
    const clock = new FakeClock();
    const { opened } = await session(new MemoryBrokerServer({ clock }), clock);
    await clock.advance(100_000);
    expect(clock.timers).toBe(1);
    opened.destroy();
    await clock.advance(30_000);
    expect(clock.timers).toBe(0);
  });

  it('carries as much as its server says', async () => {
    const clock = new FakeClock();
    const server = new MemoryBrokerServer({ clock, maxMessage: 10, generation: 'me' });
    const { broker, opened } = await session(server, clock);
    expect([broker.maxMessage, opened.generation]).toEqual([10, 'me']);
  });

  it('refuses mail when it has no room, and takes it when mail has expired', async () => {
    const clock = new FakeClock();
    const { mailboxes } = new MemoryBrokerServer({ clock });
    const bounds = { maxMessages: 1_000, maxBytes: Infinity };
    const push = (user: string) =>
      mailboxes.push(
        user,
        { body: new Uint8Array(1024 * 1024), expiresAt: clock.now() + 1_000, size: 1 },
        bounds,
      );
    for (let count = 0; count < 64; count++) push(`${count % 5}`);
    expect(() => push('one more')).toThrow(BrokerUnavailable);
    expect(mailboxes.list('0')).toHaveLength(13);
    await clock.advance(1_000);
    push('one more');
    expect(mailboxes.list('0')).toEqual([]);
  });
});
