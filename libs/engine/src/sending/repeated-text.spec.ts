import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openOnSlowDuplex } from '../testing-fixtures/open-transport.js';
import { sendBudget } from '../runtime/memory-budget.js';
import { repeatedText } from './repeated-text.js';

const KIB = 1024;
const open: ReturnType<typeof openOnSlowDuplex>[] = [];

/** Connections whose peers have stopped reading. */
function stuck(count: number, options: Parameters<typeof openOnSlowDuplex>[0] = {}) {
  const all = Array.from({ length: count }, () => openOnSlowDuplex(options));
  open.push(...all);
  for (const { socket, transport } of all) {
    socket.block();
    transport.sendText('first');
    transport.sendText('x'.repeat(70 * KIB));
  }
  return all;
}

afterEach(() => {
  for (const { socket } of open.splice(0)) socket.destroy();
});

describe('a text that is sent to many', () => {
  it('is the same frame in one turn, and forgotten in the next', async () => {
    const text = 'grüße'.repeat(100);
    const first = repeatedText(text);
    expect(first.byteLength).toBe(Buffer.byteLength(text));
    expect(repeatedText('grüße'.repeat(100)).frame).toBe(first.frame);
    expect(repeatedText('other').frame).not.toBe(first.frame);
    const again = repeatedText(text);
    await turn();
    expect(repeatedText(text).frame).not.toBe(again.frame);
  });

  it('waits once for all whose peers do not read', async () => {
    const all = stuck(10, { sendHardLimit: 0 });
    await turn();
    const before = sendBudget.used;
    const text = 'y'.repeat(60 * KIB);
    for (const { transport } of all) transport.sendText(text);
    // Ten of them would be 600 KiB.
    expect(sendBudget.used - before).toBeLessThan(70 * KIB);
    for (const { socket, transport, sent } of all) {
      socket.unblock();
      while (transport.bufferedAmount > 0) await turn();
      expect(sent().at(-1)!.payload.toString()).toBe(text);
    }
  });

  it('is masked for each by a client', async () => {
    const all = stuck(2, { role: 'client' });
    await turn();
    for (const { transport } of all) transport.sendText('z'.repeat(20 * KIB));
    for (const { socket, transport, sent } of all) {
      socket.unblock();
      while (transport.bufferedAmount > 0) await turn();
      const { masked, payload } = sent().at(-1)!;
      expect([masked, payload.toString()]).toEqual([true, 'z'.repeat(20 * KIB)]);
    }
  });
});
