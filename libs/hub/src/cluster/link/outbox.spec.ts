import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../testing-fixtures/fake-clock.js';
import { textOf } from '../../testing-fixtures/link-rig.js';
import type { Delivery, DropReason, OutboxEntry } from './link-host.js';
import { Outbox } from './outbox.js';

const MIB = 1024 * 1024;
/** Bytes each entry counts for beside its own. */
const OVERHEAD = 128;

function outboxWith(delivery: Delivery = 'at-most-once') {
  const clock = new FakeClock();
  const drops: string[] = [];
  const outbox = new Outbox(clock, delivery, (entry: OutboxEntry, reason: DropReason) =>
    drops.push(`${reason}: ${textOf(entry)}`),
  );
  let seq = 0;
  const push = (text: string, bytes = text.length, log = false): void => {
    const outgoing = [{ channel: 'r:room', message: Buffer.from(text), seq: ++seq, copy: 0 }];
    outbox.push({ outgoing, log, bytes, at: clock.now() }, 1_000);
  };
  const take = (limit = 1_000): string[] => outbox.take(limit, 1_000)?.entries.map(textOf) ?? [];
  return { clock, drops, outbox, push, take };
}

describe('an outbox', () => {
  it('gives entries in order, those to be logged apart from others', () => {
    const { push, take } = outboxWith();
    push('a');
    push('b');
    push('c', 1, true);
    push('d');
    expect([take(), take(), take(), take()]).toEqual([['a', 'b'], ['c'], ['d'], []]);
  });

  it('drops the oldest that waits when there is no room, never what is in flight', () => {
    const { drops, outbox, push, take } = outboxWith();
    push('flying', 4 * MIB - OVERHEAD);
    expect(take()).toEqual(['flying']);
    for (const text of ['a', 'b', 'c']) push(text, 4 * MIB - OVERHEAD);
    expect(outbox.bytes).toBe(16 * MIB);
    push('d');
    expect(drops).toEqual(['full: a']);
    push('e', 9 * MIB);
    expect(drops).toEqual(['full: a', 'full: b', 'full: c']);
    expect(outbox.bytes).toBeLessThanOrEqual(16 * MIB);
    outbox.back();
    expect([...take(1), ...take(1), ...take(1)]).toEqual(['flying']);
  });

  it('is bounded for tiny entries as well', () => {
    const { drops, outbox, push } = outboxWith();
    for (let count = 0; count < 200_000; count++) push('');
    expect(outbox.bytes).toBeLessThanOrEqual(16 * MIB);
    expect(outbox.size + drops.length).toBe(200_000);
  });

  it('never takes what is larger than all of it, or than the broker carries', () => {
    const { drops, outbox, push } = outboxWith();
    push('whole', 16 * MIB);
    push('x'.repeat(1_001));
    expect(drops).toEqual(['too-large: whole', `too-large: ${'x'.repeat(1_001)}`]);
    expect(outbox.size).toBe(0);
  });

  it('lets 1,024 entries be in flight', () => {
    const { outbox, push, take } = outboxWith();
    for (let count = 0; count < 1_100; count++) push(`${count}`);
    const flight = outbox.take(600, 1_000);
    expect(take()).toHaveLength(424);
    expect(take()).toEqual([]);
    if (flight !== undefined) outbox.acknowledge(flight);
    expect(take()).toHaveLength(76);
  });

  it('lets 4 MiB be in flight, and one entry whatever its size', () => {
    const { outbox, push, take } = outboxWith();
    for (const text of ['a', 'b', 'c']) push(text, 1.5 * MIB);
    expect(take()).toEqual(['a', 'b']);
    expect(take()).toEqual([]);
    const other = outboxWith();
    other.push('huge', 8 * MIB);
    other.push('next');
    expect(other.take()).toEqual(['huge']);
    expect(other.take()).toEqual([]);
    expect(outbox.inFlight).toBe(2);
  });

  it('knows the first broadcast without an answer, by its number', () => {
    const { outbox, push, take } = outboxWith('at-least-once');
    const tell = (): void => {
      const outgoing = [{ channel: 'a', message: Buffer.from('tails'), seq: 0, copy: 0 }];
      outbox.push({ outgoing, log: false, bytes: 5, at: 0 }, 1_000);
    };
    expect(outbox.firstSeq).toBeUndefined();
    tell();
    expect(outbox.firstSeq).toBeUndefined();
    push('one', 3, true);
    // It has a number, and is in no outbox.
    push('x'.repeat(1_001), 1_001, true);
    push('three', 5, true);
    expect(outbox.firstSeq).toBe(1);
    const flights = [outbox.take(1, 1_000), outbox.take(1, 1_000)];
    tell();
    expect([outbox.firstSeq, take()]).toEqual([1, ['three']]);
    for (const flight of flights) if (flight !== undefined) outbox.acknowledge(flight);
    expect(outbox.firstSeq).toBe(3);
    outbox.clear();
    expect(outbox.firstSeq).toBeUndefined();
  });

  it('counts nothing as acknowledged before what was sent earlier', () => {
    const { outbox, push, take } = outboxWith();
    push('a');
    const first = outbox.take(1, 1_000);
    push('b');
    const second = outbox.take(1, 1_000);
    if (second !== undefined) outbox.acknowledge(second);
    expect(outbox.inFlight).toBe(2);
    expect(outbox.back()).toBe(2);
    expect(take()).toEqual(['a', 'b']);
    expect(first?.acknowledged).toBe(false);
  });

  it('keeps what was acknowledged for 5 seconds and 4 MiB', () => {
    const { outbox, push, take } = outboxWith('at-least-once');
    const send = (text: string, bytes?: number): void => {
      push(text, bytes);
      const flight = outbox.take(1, 1_000);
      if (flight !== undefined) outbox.acknowledge(flight);
    };
    for (const text of ['a', 'b', 'c', 'd', 'e']) send(text, MIB - OVERHEAD);
    expect(outbox.replay()).toBe(4);
    expect([...take(), ...take()]).toEqual(['b', 'c', 'd', 'e']);
    const other = outboxWith();
    other.push('old');
    const flight = other.outbox.take(1, 1_000);
    if (flight !== undefined) other.outbox.acknowledge(flight);
    expect(other.outbox.replay()).toBe(1);
    expect(other.outbox.replay()).toBe(0);
  });

  it('forgets at the end of a session what was acknowledged long before', async () => {
    const { clock, outbox, push } = outboxWith();
    push('old');
    const flight = outbox.take(1, 1_000);
    if (flight !== undefined) outbox.acknowledge(flight);
    await clock.advance(5_000);
    outbox.back();
    expect(outbox.replay()).toBe(0);
  });

  it('reports none as dropped that was acknowledged, and comes too late once more', async () => {
    const { clock, drops, outbox, push, take } = outboxWith();
    push('done');
    const flight = outbox.take(1, 1_000);
    await clock.advance(4_000);
    if (flight !== undefined) outbox.acknowledge(flight);
    outbox.back();
    push('waits');
    await clock.advance(7_000);
    expect(outbox.replay()).toBe(1);
    expect([take(), drops]).toEqual([['waits'], []]);
    await clock.advance(11_000);
    push('again');
    await clock.advance(11_000);
    expect([take(), drops]).toEqual([[], ['late: again']]);
  });

  it('drops all of it in the end', () => {
    const { drops, outbox, push, take } = outboxWith('at-least-once');
    push('a');
    push('b');
    take(1);
    outbox.clear();
    expect(drops).toEqual(['late: a', 'late: b']);
    expect([outbox.size, outbox.bytes, outbox.replay()]).toEqual([0, 0, 0]);
  });
});
