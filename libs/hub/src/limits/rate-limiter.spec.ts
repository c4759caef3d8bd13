import { describe, expect, it, jest } from '@jest/globals';
import { UsageError } from '#engine';
import { connect as connectTo, serve } from '../testing-fixtures/fake-upgrade.js';
import { MessageRouter } from '../dispatch/message-router.js';
import { RateLimiter, type RateOptions } from './rate-limiter.js';
import { RateTable } from '../rates/rate-table.js';
import { MessageRates, ratePlan } from '../rates/message-rates.js';

function limited(rate: RateOptions) {
  const handled: unknown[] = [];
  const served = serve({ say: (_, data) => void handled.push(data) }, {}, { rate });
  return { ...served, handled };
}

describe('rates of messages', () => {
  it('drop what is too much with an exception frame that carries the id, and go on', () => {
    const { hub, handled, connect } = limited({ connection: { messages: 2, per: 60_000 } });
    const { transport } = connect();
    for (const n of [1, 2, 3]) transport.event('say', n, n);
    expect(handled).toEqual([1, 2]);
    expect(transport.frames.at(-1)).toEqual({
      event: 'exception',
      id: 3,
      data: {
        status: 'error',
        code: 'RATE_LIMITED',
        message: 'Cannot handle message: too many messages from this connection',
        details: { scope: 'connection', retryAfter: expect.any(Number) },
      },
    });
    expect(transport.closes).toEqual([]);
    expect(hub.stats.rateLimited).toEqual({ connection: 1, user: 0, ip: 0 });
    connect().transport.event('say', 'another connection');
    expect(handled).toHaveLength(3);
  });

  it('close with 1008 where the policy says so, after the exception frame', () => {
    const { handled, connect } = limited({
      connection: { messages: 1, per: 60_000 },
      onViolation: 'close',
    });
    const { transport } = connect();
    transport.event('say', 1);
    transport.event('say', 2);
    transport.event('say', 3);
    expect(handled).toEqual([1]);
    expect(transport.frames).toHaveLength(1);
    expect(transport.closes).toEqual([{ code: 1008, reason: 'Rate limit exceeded' }]);
  });

  it('count bytes on the wire, and a refused message against nothing', () => {
    const { handled, connect } = limited({ connection: { bytes: 100, per: 60_000 } });
    const { transport } = connect();
    transport.event('say', 'x'.repeat(50)); // 73 bytes
    transport.event('say', 'y'.repeat(50));
    transport.event('say', 1); // 20
    expect(handled).toEqual(['x'.repeat(50), 1]);
    expect(transport.frames[0]?.data).toMatchObject({ details: { scope: 'connection' } });
  });

  it('count all connections of a user together, and of an address', () => {
    const { hub, handled, connect } = limited({
      user: { messages: 2, per: 60_000 },
      ip: { messages: 3, per: 60_000 },
    });
    const ada = [connect({ user: 'ada', ip: '192.0.2.1' }), connect({ user: 'ada', ip: '::1' })];
    const anonymous = connect({ ip: '192.0.2.1' });
    for (const { transport } of [...ada, ...ada]) transport.event('say', 'ada');
    expect(handled).toHaveLength(2);
    for (let count = 0; count < 5; count++) anonymous.transport.event('say', 'anonymous');
    expect(handled).toHaveLength(4);
    expect(hub.stats.rateLimited).toEqual({ connection: 0, user: 2, ip: 3 });
  });

  it('remember a user who comes back', () => {
    const { handled, connect } = limited({ user: { messages: 1, per: 60_000 } });
    for (let count = 0; count < 3; count++) {
      const { transport } = connect({ user: 'ada' });
      transport.event('say', count);
      transport.end();
    }
    expect(handled).toEqual([0]);
  });

  it('are counted for a gateway apart where it has its own', () => {
    const { hub, connect } = limited({ connection: { messages: 1, per: 60_000 } });
    const own = hub.endpoint({ router: new MessageRouter([]), rate: {} });
    const { transport } = connectTo(own);
    for (let count = 0; count < 5; count++) transport.event('say');
    expect(transport.frames.every(({ data }) => JSON.stringify(data).includes('UNKNOWN'))).toBe(
      true,
    );
    connect();
  });

  it('answer messages that cannot be read without an id', () => {
    const { connect } = limited({ connection: { messages: 1, per: 60_000 } });
    const { transport } = connect();
    for (const text of ['{', '{', `{"id":1,"event":"say","data":"${'x'.repeat(5_000)}"}`]) {
      transport.text(text);
    }
    expect(transport.frames.map(({ id }) => id)).toEqual([undefined, undefined, undefined]);
    expect(transport.frames.slice(1)).toMatchObject([
      { data: { code: 'RATE_LIMITED' } },
      { data: { code: 'RATE_LIMITED' } },
    ]);
  });

  it('let as many pass again as time has passed', () => {
    let time = 0;
    const limiter = new RateLimiter({ connection: { messages: 10, burst: 2 } }, () => time);
    const { connection } = limited({}).connect();
    const passed = (): number => {
      let count = 0;
      while (limiter.check(connection, 0) === undefined) count++;
      return count;
    };
    expect(passed()).toBe(20);
    time = 500;
    expect(passed()).toBe(5);
    expect(limiter.check(connection, 0)).toMatchObject({ kind: 'messages', retryAfter: 100 });
  });

  it.each<[string, RateOptions]>([
    ['rate.connection.messages', { connection: { messages: 0 } }],
    ['rate.user.bytes', { user: { bytes: -1 } }],
    ['rate.ip.per', { ip: { messages: 1, per: Number.NaN } }],
    ['rate.connection.burst', { connection: { messages: 1, burst: Infinity } }],
    ['rate.onViolation', { onViolation: 'ban' as 'drop' }],
  ])('refuse option %s by name', (name, options) => {
    expect(() => new RateLimiter(options)).toThrow(UsageError);
    expect(() => new RateLimiter(options)).toThrow(name);
  });
});

describe('rates by name', () => {
  it('forget who could send at full rate anyway, and never remember more than the limit', () => {
    const plan = ratePlan('test', { messages: 1 });
    if (plan === undefined) throw new Error('a plan is expected');
    const table = new RateTable(plan, 100);
    for (let user = 0; user < 1_000; user++) table.take(`user ${user}`, 0, 0);
    expect(table.size).toBe(100);
    table.sweep(999);
    expect(table.size).toBe(100);
    table.sweep(1_000);
    expect(table.size).toBe(0);
  });

  it('do not forget who has used up its limit while somebody has not', () => {
    const plan = ratePlan('test', { messages: 10, per: 60_000 });
    if (plan === undefined) throw new Error('a plan is expected');
    const table = new RateTable(plan, 100);
    for (let n = 0; n < 10; n++) table.take('flooder', 0, 0);
    for (let user = 0; user < 10_000; user++) table.take(`user ${user}`, 0, 0);
    expect(table.size).toBe(100);
    expect(table.take('flooder', 0, 0)).toMatchObject({ kind: 'messages' });
  });

  it('look at a few of those they remember for each newcomer, however many these are', () => {
    const plan = ratePlan('test', { messages: 1 });
    if (plan === undefined) throw new Error('a plan is expected');
    const table = new RateTable(plan, 1_000);
    for (let n = 0; n < 1_000; n++) table.take(`user ${n}`, 0, 0);
    const looks = [
      jest.spyOn(MessageRates.prototype, 'isFull'),
      jest.spyOn(MessageRates.prototype, 'level'),
    ];
    for (let n = 1_000; n < 2_000; n++) table.take(`user ${n}`, 0, 0);
    const looked = looks.reduce((sum, { mock }) => sum + mock.calls.length, 0);
    for (const look of looks) look.mockRestore();
    expect(looked).toBeLessThan(20_000);
    expect(table.size).toBe(1_000);
  });
});
