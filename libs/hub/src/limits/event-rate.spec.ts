import { describe, expect, it } from '@jest/globals';
import { UsageError } from '#engine';
import { MessageRouter, type MessageHandler } from '../dispatch/message-router.js';
import { connect, serve } from '../testing-fixtures/fake-upgrade.js';
import { limitRate, type EventRate } from './event-rate.js';

function limited(rate: EventRate, now: () => number = () => 0) {
  const handled: unknown[] = [];
  const handler: MessageHandler = { event: 'say', handle: (_, data) => void handled.push(data) };
  const { hub } = serve();
  const router = new MessageRouter([
    limitRate(handler, rate, now),
    { event: 'other', handle: () => 'fine' },
  ]);
  const endpoint = hub.endpoint({ router });
  return { handled, connect: (user?: string, ip?: string) => connect(endpoint, { user, ip }) };
}

describe('the rate of an event', () => {
  it('limits that event of a connection, and no other', () => {
    const { handled, connect: open } = limited({ messages: 2 });
    const { transport } = open();
    for (const n of [1, 2, 3]) transport.event('say', n, n);
    transport.event('other', 0, 4);
    expect(handled).toEqual([1, 2]);
    expect(transport.frames.slice(-2)).toMatchObject([
      { event: 'exception', id: 3, data: { code: 'RATE_LIMITED', details: { retryAfter: 500 } } },
      { event: 'other', data: 'fine', id: 4 },
    ]);
    open().transport.event('say', 'another');
    expect(handled).toHaveLength(3);
  });

  it('counts by user or address where it says so; who has not signed in counts alone', () => {
    const byUser = limited({ messages: 1, scope: 'user' });
    for (const user of ['ada', 'ada', 'bob', undefined, undefined]) {
      byUser.connect(user).transport.event('say', user);
    }
    expect(byUser.handled).toEqual(['ada', 'bob', undefined, undefined]);
    const byIp = limited({ messages: 1, scope: 'ip' });
    for (const ip of ['2001:db8::1', '2001:db8::2', '192.0.2.1']) {
      byIp.connect('ada', ip).transport.event('say', ip);
    }
    expect(byIp.handled).toEqual(['2001:db8::1', '192.0.2.1']);
  });

  it('closes with 1008 where it says so', () => {
    const { connect: open } = limited({ messages: 1, onViolation: 'close' });
    const { transport } = open();
    transport.event('say');
    transport.event('say');
    expect(transport.closes).toEqual([{ code: 1008, reason: 'Rate limit exceeded' }]);
  });

  it('says so before it closes', () => {
    const { connect: open } = limited({ messages: 1, onViolation: 'close' });
    const { transport } = open();
    for (const id of [1, 2, 3]) transport.event('say', null, id);
    expect(transport.frames).toMatchObject([
      { event: 'say', id: 1 },
      { event: 'exception', id: 2, data: { code: 'RATE_LIMITED', details: { retryAfter: 1_000 } } },
    ]);
  });

  it('keeps concurrency, timeout and signal of the handler it stands before', () => {
    const handler: MessageHandler = {
      event: 'say',
      wantsSignal: true,
      concurrency: 3,
      timeout: 7,
      handle: () => 1,
    };
    expect(limitRate(handler, { messages: 1 })).toMatchObject({
      event: 'say',
      wantsSignal: true,
      concurrency: 3,
      timeout: 7,
    });
  });

  it('is a positive number', () => {
    expect(() => limited({ messages: 0 })).toThrow(UsageError);
    expect(() => limited({ messages: 1, onViolation: 'x' as 'drop' })).toThrow(UsageError);
  });
});
