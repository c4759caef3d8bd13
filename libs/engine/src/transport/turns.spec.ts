import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Role } from '../protocol/protocol.js';
import { receiveBudget } from '../runtime/memory-budget.js';
import { openOn } from '../testing-fixtures/open-transport.js';
import { framesTo } from '../testing-fixtures/receive.js';
import { closeSocketPairs, socketPair } from '../testing-fixtures/socket-pair.js';
import { closeTlsPairs, tlsPair } from '../testing-fixtures/tls-pair.js';

afterEach(async () => {
  closeTlsPairs();
  await closeSocketPairs();
});

const ROLES: Role[] = ['server', 'client'];
const PAIRS = [
  ['TCP', socketPair],
  ['TLS', tlsPair],
] as const;
const CASES = ROLES.flatMap((role) =>
  PAIRS.map(([kind, pair]) => [role, kind, pair] as [Role, string, typeof socketPair]),
);

/** How many there were in each turn of the event loop, while `count` goes on being called. */
class PerTurn {
  most = 0;
  private now = 0;
  private over = false;

  constructor() {
    this.look();
  }

  count(amount: number): void {
    this.now += amount;
    this.most = Math.max(this.most, this.now);
  }

  end(): void {
    this.over = true;
  }

  private look(): void {
    this.now = 0;
    if (!this.over) setImmediate(() => this.look());
  }
}

describe.each(CASES)('what a %s receives over %s in a turn', (role, _kind, pair) => {
  async function measure(size: number, count: number, limits = {}) {
    const { near, far } = await pair();
    const { listener, transport } = openOn(near, { role, start: false, ...limits });
    const messages = new PerTurn();
    listener.react = (call) => void (call.name === 'binary' && messages.count(1));
    const frame = framesTo(role, { opcode: 2, payload: Buffer.alloc(size) });
    // All of it waits in the operating system, as far as that takes it, before the first read.
    far.write(Buffer.concat(Array.from({ length: count }, () => frame)));
    await new Promise((resolve) => setTimeout(resolve, 20));
    transport.start();
    await listener.until(() => listener.calls.length === count);
    messages.end();
    transport.terminate();
    await once(near, 'close');
    return messages.most;
  }

  it('is 64 KiB of messages, however many reads they came with', async () => {
    expect(await measure(1024, 3000)).toBeLessThanOrEqual(66);
    expect(await measure(16 * 1024, 200)).toBeLessThanOrEqual(5);
  });

  it('is as many messages as the option says', async () => {
    expect(await measure(10, 10_000)).toBeLessThanOrEqual(256);
    expect(await measure(10, 500, { maxFramesPerTurn: 7 })).toBeLessThanOrEqual(7);
  });
});

describe('one turn for many', () => {
  it('A16. is one read of each in the middle of large messages, once it was long enough', async () => {
    const MIB = 1024 * 1024;
    const limits = { maxPayload: 8 * MIB, start: false };
    const pairs = await Promise.all(Array.from({ length: 4 }, socketPair));
    const frame = framesTo('server', { opcode: 2, payload: Buffer.alloc(4 * MIB) });
    const transports = pairs.map(({ near, far }) => {
      far.write(frame.subarray(0, -1));
      return openOn(near, limits).transport;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    // A machine on which a read takes 5 ms.
    let time = performance.now();
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => (time += 5));
    for (const transport of transports) transport.start();
    let most = 0;
    for (let held = 0; held < 4 * (4 * MIB - 1); held = receiveBudget.used) {
      await turn();
      most = Math.max(most, receiveBudget.used - held);
    }
    clock.mockRestore();
    // 256 KiB each, and as many again of the first: with all that one may have in a turn it is 4 MiB.
    expect(most).toBeLessThanOrEqual(1.25 * MIB);
    for (const transport of transports) transport.terminate();
  });

  it('ends while others have much to be read still, and those with little are not held up', async () => {
    const heavy = await Promise.all(Array.from({ length: 12 }, socketPair));
    const light = await socketPair();
    const turns: number[] = [];
    const messages = new PerTurn();
    let left = 12 * 200;
    const opened = heavy.map(({ near, far }) => {
      const { listener, transport } = openOn(near, { start: false });
      listener.react = ({ name }) => {
        if (name !== 'binary') return;
        left--;
        messages.count(1);
        const until = performance.now() + 0.25;
        while (performance.now() < until);
      };
      const frame = framesTo('server', { opcode: 2, payload: Buffer.alloc(1024) });
      far.write(Buffer.concat(Array.from({ length: 200 }, () => frame)));
      return transport;
    });
    const small = openOn(light.near, {});
    small.listener.react = ({ name }) => {
      if (name === 'text') turns.push(left);
    };
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const transport of opened) transport.start();
    light.far.write(framesTo('server', { opcode: 1, payload: 'hello' }));
    const isOver = (): boolean => left === 0;
    while (!isOver()) await new Promise((resolve) => setTimeout(resolve, 10));
    messages.end();
    // What was left over of one, and what one has read: 64 each.
    expect(messages.most).toBeLessThanOrEqual(2 * 66);
    expect(turns).toHaveLength(1);
    expect(turns[0]).toBeGreaterThan(12 * 200 - 12 * 64);
    for (const transport of [...opened, small.transport]) transport.terminate();
  });

  it('takes what was read where that is soon done, and keeps it only when it is late', async () => {
    const pairs = await Promise.all(Array.from({ length: 4 }, socketPair));
    let time = performance.now();
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => time);
    const messages = new PerTurn();
    let left = 4 * 60;
    const opened = pairs.map(({ near, far }) => {
      const { listener, transport } = openOn(near, { start: false });
      listener.react = ({ name }) => {
        if (name !== 'binary') return;
        time += 0.1;
        left--;
        messages.count(1);
      };
      const frame = framesTo('server', { opcode: 2, payload: Buffer.alloc(1024) });
      far.write(Buffer.concat(Array.from({ length: 60 }, () => frame)));
      return transport;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const transport of opened) transport.start();
    const isOver = (): boolean => left === 0;
    while (!isOver()) await turn();
    messages.end();
    clock.mockRestore();
    // The first three take 6 ms each; the fourth comes after 18, and has one frame.
    expect(messages.most).toBeGreaterThanOrEqual(3 * 60 + 1);
    expect(messages.most).toBeLessThan(4 * 60);
    for (const transport of opened) transport.terminate();
  });
});
