import { describe, expect, it } from '@jest/globals';
import { LimitError, SendResult, UsageError, WebSocketError } from '#engine';
import { connect as connectTo, serve } from '../testing-fixtures/fake-upgrade.js';
import { MessageRouter } from '../dispatch/message-router.js';
import type { SlowConsumer } from './slow-consumers.js';

function watched() {
  const told: SlowConsumer[] = [];
  return { told, ...serve({}, {}, { onSlowConsumer: (info) => void told.push(info) }) };
}

describe('slow consumers', () => {
  it('are told about once until their queue has been empty, and every dropped message counts', () => {
    const { hub, told, connect } = watched();
    const { connection, transport } = connect();
    transport.bufferedAmount = 5_000;
    transport.dropped(1, 'drop-new');
    transport.dropped(3, 'drop-old');
    expect(told).toEqual([
      { connection, action: 'dropped', limit: 'queue', bufferedAmount: 5_000 },
    ]);
    transport.drain();
    transport.dropped(1, 'drop-new');
    expect(told).toHaveLength(2);
    expect(hub.stats.slowConsumers.dropped).toEqual({
      close: 0,
      'drop-new': 2,
      'drop-old': 3,
      latest: 0,
      volatile: 0,
    });
  });

  it('are no news when messages are replaced or left out, which is what was asked for', () => {
    const { hub, told, connect } = watched();
    const { transport } = connect();
    transport.dropped(2, 'latest');
    transport.dropped(1, 'volatile');
    expect(told).toEqual([]);
    expect(hub.stats.slowConsumers.dropped).toMatchObject({ latest: 2, volatile: 1 });
  });

  it.each([
    ['WS_ERR_SEND_QUEUE_FULL', 'queue'],
    ['WS_ERR_SEND_STALLED', 'stall'],
    ['WS_ERR_SEND_BUDGET', 'budget'],
  ] as const)('that are closed for %s are told about and counted', (code, limit) => {
    const { hub, told, connect } = watched();
    const { transport } = connect();
    transport.fail(new LimitError('Too slow', code, 1013));
    expect(told).toMatchObject([{ action: 'closed', limit }]);
    expect(hub.stats.slowConsumers.closed[limit]).toBe(1);
  });

  it('are not those whose connection fails for another reason', () => {
    const { told, connect } = watched();
    connect().transport.fail(new WebSocketError('Reset', '__proto__'));
    connect().transport.fail(new Error('Reset'));
    expect(told).toEqual([]);
  });

  it('do no harm when the hook throws', () => {
    const { reports, connect } = serve(
      {},
      {},
      {
        onSlowConsumer: () => {
          throw new Error('hook');
        },
      },
    );
    connect().transport.dropped(1);
    expect(reports.map(({ error }) => String(error))).toEqual(['Error: hook']);
  });
});

describe('the policy of a gateway', () => {
  const router = new MessageRouter([{ event: 'ask', handle: () => 'answer' }]);

  it('goes with every event that names none, and never with an answer', () => {
    const { hub } = serve();
    const endpoint = hub.endpoint({ router, slowConsumers: 'drop-old' });
    const { connection, transport } = connectTo(endpoint);
    connection.send('a');
    hub.rooms.toAll().send('b');
    connection.send('c', 1, { policy: 'close' });
    transport.event('ask', 1, 1);
    transport.text('not JSON');
    expect(transport.rules).toEqual([
      { policy: 'drop-old' },
      { policy: 'drop-old' },
      { policy: 'close', key: 'c' },
      undefined,
      undefined,
    ]);
  });

  it('latest tells events apart', () => {
    const { hub } = serve();
    const endpoint = hub.endpoint({ router, slowConsumers: 'latest' });
    const { connection, transport } = connectTo(endpoint);
    for (const event of ['a', 'b', 'a']) connection.send(event);
    expect(transport.rules.map((rule) => rule?.key)).toEqual(['a', 'b', 'a']);
    expect(transport.rules[0]).toBe(transport.rules[2]);
  });

  it('is one of five', () => {
    const { hub } = serve();
    const policy = 'drop' as 'drop-new';
    expect(() => hub.endpoint({ router, slowConsumers: policy })).toThrow(UsageError);
  });
});

describe('a send that is waited for', () => {
  it('settles when the message has left', async () => {
    const { connect } = serve();
    const { connection, transport } = connect();
    transport.flushes = false;
    transport.outcome = SendResult.Queued;
    let settled = false;
    const sent = connection.sendAsync('a').then((result) => {
      settled = true;
      return result;
    });
    await Promise.resolve();
    expect(settled).toBe(false);
    transport.drain();
    expect(await sent).toBe(SendResult.Sent);
  });

  it('drained settles when the queue is empty, and at the latest with the close', async () => {
    const { connect } = serve();
    const { connection, transport } = connect();
    transport.flushes = false;
    let settled = 0;
    void connection.drained().then(() => settled++);
    await Promise.resolve();
    expect(settled).toBe(0);
    transport.drain();
    await Promise.resolve();
    expect(settled).toBe(1);
    const waiting = connection.drained();
    transport.end();
    await waiting;
    await connection.drained();
  });

  it('settles as DROPPED or CLOSED when it will not', async () => {
    const { connect } = serve();
    const { connection, transport } = connect();
    transport.outcome = SendResult.Dropped;
    expect(await connection.sendAsync('a', 1, { volatile: true })).toBe(SendResult.Dropped);
    transport.outcome = SendResult.Queued;
    transport.flushes = false;
    const waiting = connection.sendAsync('b');
    transport.end(1006, '', false);
    expect(await waiting).toBe(SendResult.Closed);
    expect(await connection.sendAsync('c')).toBe(SendResult.Closed);
  });
});
