import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { serve, turn, type Client } from '../testing-fixtures/fake-upgrade.js';
import { SlowMailboxStore } from '../testing-fixtures/slow-stores.js';

type Call = 'push' | 'list' | 'remove' | 'clear' | 'close';

/** A store that never answers some of what it is asked, though it does it. */
class StuckStore extends SlowMailboxStore {
  stuck: Call | undefined;

  override push(...args: Parameters<SlowMailboxStore['push']>) {
    return this.#answer('push', super.push(...args));
  }

  override list(userId: string) {
    return this.#answer('list', super.list(userId));
  }

  override remove(userId: string, numbers: readonly number[]) {
    return this.#answer('remove', super.remove(userId, numbers));
  }

  override clear(userId: string) {
    return this.#answer('clear', super.clear(userId));
  }

  override close() {
    return this.#answer('close', super.close());
  }

  #answer<Value>(call: Call, answer: Promise<Value>): Promise<Value> {
    return this.stuck === call ? new Promise(() => {}) : answer;
  }
}

const ADA = { user: 'ada' };
const got = ({ transport }: Client): unknown[] => transport.heard.map(({ data }) => data);

function post() {
  const store = new StuckStore();
  const served = serve({ say: () => 'heard' }, {}, { mailbox: { store } });
  const send = (data: unknown, options = {}) =>
    served.hub.mailbox.send('ada', 'note', data, options);
  return { ...served, store, send };
}

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
});
afterEach(() => void jest.useRealTimers());

async function seconds(count: number): Promise<void> {
  for (let round = 0; round < 10; round++) {
    await jest.advanceTimersByTimeAsync(count * 100);
    for (let turns = 0; turns < 10; turns++) await turn();
  }
}

describe('a mailbox that does not answer', () => {
  it('holds no client of its user for longer than 10 seconds, however many there are', async () => {
    const { connect, store, reports, send } = post();
    store.stuck = 'list';
    const tabs = Array.from({ length: 20 }, () => connect(ADA));
    for (const { transport } of tabs) transport.event('say', undefined, 1);
    await seconds(9);
    expect(tabs.flatMap(({ transport }) => transport.frames)).toEqual([]);
    await seconds(2);
    for (const { transport } of tabs) {
      expect(transport.frames).toMatchObject([{ data: 'heard', id: 1 }]);
    }
    expect(reports).toMatchObject([{ error: { code: 'TIMEOUT' } }]);
    expect(await send(1)).toEqual({ delivered: 20, waiting: false });
  });

  it('is asked again for the next one who comes, and has lost nothing', async () => {
    const { connect, store, send } = post();
    const sent = send(1);
    await seconds(1);
    await sent;
    store.stuck = 'list';
    connect(ADA);
    await seconds(11);
    store.stuck = undefined;
    const next = connect(ADA);
    await seconds(1);
    expect(got(next)).toEqual([1]);
  });

  it('is waited for once where it does not take out what was handed over', async () => {
    const { connect, store, send, reports } = post();
    const sent = Promise.all([1, 2, 3, 4, 5].map((n) => send(n)));
    await seconds(1);
    await sent;
    store.stuck = 'remove';
    const ada = connect(ADA);
    ada.transport.event('say', undefined, 1);
    await seconds(11);
    expect(got(ada)).toEqual([1, 2, 3, 4, 5, 'heard']);
    await seconds(11);
    expect(reports).toHaveLength(5);
  });

  it('holds nobody by mail that it does not say is kept', async () => {
    const { connect, store, send } = post();
    store.stuck = 'push';
    const sent = send(1).catch((error: unknown) => error);
    await seconds(1);
    const ada = connect(ADA);
    ada.transport.event('say', undefined, 1);
    await seconds(11);
    expect(await sent).toMatchObject({ code: 'TIMEOUT' });
    expect(got(ada)).toEqual([1, 'heard']);
  });

  it('fails what it is asked by a client or the application', async () => {
    const { hub, connect, store } = post();
    const ada = connect(ADA);
    await seconds(1);
    store.stuck = 'remove';
    const acknowledged = hub.mailbox.acknowledge(ada.connection, 1);
    const expected = expect(acknowledged).rejects.toMatchObject({ code: 'TIMEOUT' });
    await seconds(11);
    await expected;
    for (const [call, ask] of [
      ['list', () => hub.mailbox.waiting('ada')],
      ['clear', () => hub.mailbox.clear('ada')],
    ] as const) {
      store.stuck = call;
      const failed = expect(ask()).rejects.toMatchObject({ code: 'TIMEOUT' });
      await seconds(11);
      await failed;
    }
  });

  it('does not keep a hub from closing', async () => {
    const { hub, store, reports } = post();
    store.stuck = 'close';
    const closed = hub.close({ deadline: 100 });
    await seconds(11);
    await closed;
    expect(reports).toMatchObject([{ error: { code: 'TIMEOUT' } }]);
  });
});

it('what a client says does not wait for mail that goes on being kept', async () => {
  const { connect, send } = post();
  const sending = { on: true };
  const producer = async (): Promise<void> => {
    for (let n = 0; sending.on; n++) await send(n);
  };
  const produced = producer();
  await seconds(1);
  const ada = connect(ADA);
  ada.transport.event('say', undefined, 1);
  for (let more = 0; more < 8; more++) await seconds(1);
  expect(got(ada)).toContain('heard');
  sending.on = false;
  await seconds(1);
  await produced;
  const numbers = got(ada).filter((data) => data !== 'heard');
  expect(numbers).toEqual(numbers.toSorted((one, other) => Number(one) - Number(other)));
  expect(new Set(numbers).size).toBe(numbers.length);
});
