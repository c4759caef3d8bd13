import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../testing-fixtures/fake-clock.js';
import { NodeLogs } from './node-logs.js';

const ALL = { messages: 1_000_000, bytes: Infinity };

function logsWith() {
  const clock = new FakeClock();
  const logs = new NodeLogs(clock);
  const append = (seq: number, size = 1, node = 'one') =>
    logs.append(node, { channel: `r:${seq}`, message: new Uint8Array(size), seq, copy: 0 });
  const kept = (node = 'one') => logs.read(node, 0, ALL).map(({ channel }) => channel);
  return { clock, logs, append, kept };
}

describe('the logs of nodes', () => {
  it('keep 16 MiB of each node', () => {
    const { append, kept } = logsWith();
    for (let seq = 1; seq <= 20; seq++) append(seq, 1024 * 1024);
    append(1, 1, 'other');
    expect(kept()).toEqual(
      [6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20].map((seq) => `r:${seq}`),
    );
    expect(kept('other')).toEqual(['r:1']);
  });

  it('keep less of tiny messages than their bytes are', () => {
    const { append, kept } = logsWith();
    for (let seq = 1; seq <= 300_000; seq++) append(seq, 0);
    expect(kept()).toHaveLength((16 * 1024 * 1024) / 64);
  });

  it('keep a message for 2 minutes', async () => {
    const { clock, logs, append, kept } = logsWith();
    append(1);
    await clock.advance(60_000);
    append(2);
    await clock.advance(59_999);
    expect(kept()).toEqual(['r:1', 'r:2']);
    await clock.advance(1);
    expect(kept()).toEqual(['r:2']);
    await clock.advance(60_000);
    logs.sweep();
    expect(kept()).toEqual([]);
    append(1);
    expect(kept()).toEqual(['r:1']);
  });
});
