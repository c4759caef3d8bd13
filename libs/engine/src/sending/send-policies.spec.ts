import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openOnSlowDuplex } from '../testing-fixtures/open-transport.js';
import { sendBudget } from '../runtime/memory-budget.js';
import { outputArena } from './output-arena.js';
import { PreparedMessage } from './prepared-message.js';
import type { SendPolicy } from './send-policy.js';
import { SendResult } from './send-result.js';
import type { SocketTransport } from '../transport/socket-transport.js';
import { ReadyState } from '../transport/transport.js';

const KIB = 1024;
const open: ReturnType<typeof openOnSlowDuplex>[] = [];

/** A transport whose peer has stopped reading: 'held' is on its way and stays there. */
function stuck(options: Parameters<typeof openOnSlowDuplex>[0] = {}) {
  const one = openOnSlowDuplex(options);
  const dropped: [number, SendPolicy][] = [];
  Object.assign(one.listener, {
    onDropped: (messages: number, policy: SendPolicy) => void dropped.push([messages, policy]),
  });
  open.push(one);
  one.socket.block();
  // While another connection writes, for then this message leaves with one write and nothing of it waits.
  outputArena.claim({});
  one.transport.sendText('x'.repeat(70 * KIB));
  outputArena.release();
  return { ...one, dropped };
}

/** The peer reads again. */
async function unblock({ socket, transport }: ReturnType<typeof openOnSlowDuplex>): Promise<void> {
  socket.unblock();
  while (transport.bufferedAmount > 0) await turn();
  await turn();
}

const texts = (one: ReturnType<typeof openOnSlowDuplex>): string[] =>
  one.sent().flatMap(({ payload }) => (payload.length < KIB ? [payload.toString()] : []));

afterEach(() => {
  for (const { transport } of open.splice(0)) transport.terminate();
});

describe('sending with a policy', () => {
  it.each<SendPolicy>(['close', 'drop-new', 'drop-old', 'latest', 'volatile'])(
    '%s changes nothing while the peer keeps up',
    (policy) => {
      const one = openOnSlowDuplex({ maxQueuedMessages: 1 });
      open.push(one);
      const message = PreparedMessage.text('shared');
      for (let count = 0; count < 10; count++) {
        expect(one.transport.sendText('own', true, { policy })).toBe(SendResult.Sent);
        expect(one.transport.sendPrepared(message, { policy })).toBe(SendResult.Sent);
      }
    },
  );

  it('closes at the limit without one, or with close', () => {
    for (const rule of [undefined, { policy: 'close' } as const]) {
      const { transport, listener } = stuck({ maxQueuedMessages: 2 });
      const results = [1, 2, 3].map(() => transport.sendText('x', true, rule));
      expect(results).toEqual([SendResult.Queued, SendResult.Queued, SendResult.Closed]);
      expect(listener.errorCodes).toEqual(['WS_ERR_SEND_QUEUE_FULL']);
    }
  });

  it('answers DROPPED for what it drops, tells the listener, and stays open', async () => {
    const one = stuck({ maxQueuedMessages: 2 });
    const rule = { policy: 'drop-new' } as const;
    const results = ['a', 'b', 'c'].map((text) => one.transport.sendText(text, true, rule));
    expect(results).toEqual([SendResult.Queued, SendResult.Queued, SendResult.Dropped]);
    expect(one.dropped).toEqual([[1, 'drop-new']]);
    expect(one.transport.readyState).toBe(ReadyState.Open);
    await unblock(one);
    expect(texts(one)).toEqual(['a', 'b']);
    expect(one.listener.names).toContain('drain');
  });

  it('a reply behind droppable messages closes at the limit instead of being dropped', () => {
    const { transport, listener } = stuck({ maxQueuedMessages: 2 });
    for (const text of ['a', 'b']) transport.sendText(text, true, { policy: 'drop-old' });
    expect(transport.sendText('reply')).toBe(SendResult.Closed);
    expect(listener.errorCodes).toEqual(['WS_ERR_SEND_QUEUE_FULL']);
  });

  it('volatile: dropped as soon as anything waits, sent again when nothing does', async () => {
    const one = stuck();
    const rule = { policy: 'volatile' } as const;
    expect(one.transport.sendBinary(Buffer.from('a'), true, rule)).toBe(SendResult.Dropped);
    expect(one.transport.sendPrepared(PreparedMessage.text('b'), rule)).toBe(SendResult.Dropped);
    await unblock(one);
    expect(one.transport.sendText('c', true, rule)).toBe(SendResult.Sent);
    expect(one.dropped).toEqual([
      [1, 'volatile'],
      [1, 'volatile'],
    ]);
  });

  it('latest: a shared message replaces the one of its key', async () => {
    const one = stuck();
    for (let price = 1; price <= 100; price++) {
      one.transport.sendPrepared(PreparedMessage.text(`price ${price}`), {
        policy: 'latest',
        key: 'price',
      });
    }
    expect(one.dropped).toHaveLength(99);
    await unblock(one);
    expect(texts(one)).toEqual(['price 100']);
  });

  it('holds 1,024 droppable messages of a peer that never reads, whatever comes', () => {
    const one = stuck();
    const message = PreparedMessage.text('x'.repeat(100));
    for (let count = 0; count < 5_000; count++) {
      one.transport.sendPrepared(message, { policy: 'drop-old' });
    }
    expect(one.transport.bufferedAmount).toBeLessThan(70 * KIB + 1_024 * 102 + 100);
    expect(one.transport.readyState).toBe(ReadyState.Open);
  });
});

describe('the send budget of the process', () => {
  const limit = sendBudget.limit;
  afterEach(() => {
    sendBudget.limit = limit;
  });

  it('is a quarter of the heap limit', () => {
    expect(limit).toBeGreaterThan(32 * KIB * KIB);
  });

  it('closes the largest queue first, 1013, until the rest fits', () => {
    const small = stuck({ sendHardLimit: 0 });
    const large = stuck({ sendHardLimit: 0 });
    const other = stuck({ sendHardLimit: 0 });
    large.transport.sendText('y'.repeat(300 * KIB));
    sendBudget.limit = 600 * KIB;
    expect(other.transport.sendText('z'.repeat(200 * KIB))).toBe(SendResult.Queued);
    expect(large.listener.errorCodes).toEqual(['WS_ERR_SEND_BUDGET']);
    expect(large.transport.readyState).toBe(ReadyState.Closing);
    expect(small.transport.readyState).toBe(ReadyState.Open);
    expect(other.transport.readyState).toBe(ReadyState.Open);
  });

  it.each<[string, (bytes: Buffer) => (transport: SocketTransport) => SendResult]>([
    ['a buffer', (bytes) => (transport) => transport.sendBinary(bytes)],
    [
      'a prepared message',
      (bytes) => {
        const message = PreparedMessage.binary(bytes);
        return (transport) => transport.sendPrepared(message);
      },
    ],
  ])('counts the bytes of %s once, however many queues share them', async (_name, prepare) => {
    // They keep up, as far as one can with a large message.
    const readers = Array.from({ length: 6 }, () => openOnSlowDuplex({ sendHardLimit: 0 }));
    open.push(...readers);
    for (const { socket } of readers) socket.block();
    sendBudget.limit = 8 * KIB * KIB;
    const before = sendBudget.used;
    const send = prepare(Buffer.alloc(4 * KIB * KIB, 1));
    for (const { transport } of readers) send(transport);
    await turn();
    expect(sendBudget.used - before).toBeLessThan(6 * KIB * KIB);
    expect(readers.flatMap(({ listener }) => listener.errorCodes)).toEqual([]);
    await Promise.all(readers.map((reader) => unblock(reader)));
    expect(sendBudget.used).toBe(0);
    for (const { sent } of readers) expect(sent().at(-1)!.payload).toHaveLength(4 * KIB * KIB);
  });

  it('lets go of all that one holds that must go, so that the others stay', async () => {
    const others = [stuck(), stuck(), stuck()];
    const large = stuck({ sendHardLimit: 0 });
    // Half of its first slice has left.
    large.transport.sendBinary(Buffer.alloc(4 * KIB * KIB));
    sendBudget.limit = KIB * KIB;
    for (const { transport } of others) transport.sendText('x');
    await turn();
    expect(large.listener.errorCodes).toEqual(['WS_ERR_SEND_BUDGET']);
    expect(others.flatMap(({ listener }) => listener.errorCodes)).toEqual([]);
    large.socket.destroy();
    await large.listener.closed();
    for (const other of others) await unblock(other);
    expect(sendBudget.used).toBe(0);
  });

  it('counts what frames cost beside their bytes', () => {
    const [one, other] = [stuck({ maxQueuedMessages: 0 }), stuck()];
    const before = sendBudget.used;
    for (let count = 0; count < 1_000; count++) one.transport.sendText('12345678');
    // They lie side by side; a frame that others have, too, is a piece of its own.
    expect(sendBudget.used - before).toBeLessThan(1_000 * (10 + 5));
    const shared = PreparedMessage.text('12345678');
    for (let count = 0; count < 1_000; count++) one.transport.sendPrepared(shared);
    expect(sendBudget.used - before).toBeGreaterThan(1_000 * (2 * 10 + 150));
    sendBudget.limit = sendBudget.used;
    other.transport.sendText('x');
    expect(one.listener.errorCodes).toEqual(['WS_ERR_SEND_BUDGET']);
  });

  it('closes the sender itself when its queue is the largest', async () => {
    stuck();
    const large = stuck({ sendHardLimit: 0 });
    sendBudget.limit = 200 * KIB;
    expect(large.transport.sendText('y'.repeat(300 * KIB))).toBe(SendResult.Closed);
    expect(large.listener.errorCodes).toEqual(['WS_ERR_SEND_BUDGET']);
    await unblock(large);
    expect(large.sent().at(-1)?.payload.readUInt16BE(0)).toBe(1013);
  });
});
