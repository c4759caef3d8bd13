import { describe, expect, it } from '@jest/globals';
import { SendResult } from '#engine';
import { serve, turn, type Client } from '../testing-fixtures/fake-upgrade.js';
import { SlowMailboxStore } from '../testing-fixtures/slow-stores.js';
import type { MailboxStore } from './mailbox-store.js';
import { MemoryMailboxStore } from './memory-mailbox-store.js';

const ADA = 'ada';
const acknowledge = { acknowledge: true };

const got = ({ transport }: Client): unknown[] => transport.heard.map(({ data }) => data);
const numbersOf = ({ transport }: Client): number[] =>
  transport.heard.map(({ mail }) => mail as number);

async function turns(count: number): Promise<void> {
  for (let done = 0; done < count; done++) await turn();
}

/** A user with mail, whose tabs can be told not to read. */
function post(store: MailboxStore = new MemoryMailboxStore()) {
  const { hub, connect, reports } = serve({}, {}, { mailbox: { store } });
  const deaf = (): Client => {
    const client = connect();
    const { transport } = client;
    transport.flushes = false;
    transport.onSend = () => void (transport.bufferedAmount = 100_000);
    client.connection.user = ADA;
    return client;
  };
  const send = (data: unknown, options = {}) => hub.mailbox.send(ADA, 'note', data, options);
  return { hub, connect, reports, deaf, send, open: () => connect({ user: ADA }) };
}

const stores: [string, () => MailboxStore, number][] = [
  ['in memory', () => new MemoryMailboxStore(), 2],
  ['that has to be waited for', () => new SlowMailboxStore(), 20],
];

describe.each(stores)('with a store %s, a tab that does not read', (_, storeOf, pause) => {
  it('does not hold up the other tabs of its user', async () => {
    const { send, deaf, open } = post(storeOf());
    for (const n of [1, 2, 3]) await send(n, acknowledge);
    const first = deaf();
    const others = [open(), open()];
    await turns(pause);
    expect([first, ...others].map(got)).toEqual([[1], [1, 2, 3], [1, 2, 3]]);
  });

  it('leaves to another what it has not taken, and gets none of that twice', async () => {
    const { hub, send, deaf, open } = post(storeOf());
    for (const n of [1, 2, 3]) await send(n);
    const first = deaf();
    await turns(pause);
    const other = open();
    await turns(pause);
    await send(4);
    for (let count = 0; count < 6; count++) {
      first.transport.drain();
      await turns(pause);
    }
    expect([first, other].map(got)).toEqual([
      [1, 4],
      [2, 3, 4],
    ]);
    expect(await hub.mailbox.waiting(ADA)).toEqual([]);
  });

  it('is not told what another tab has acknowledged meanwhile', async () => {
    const { hub, send, deaf, open } = post(storeOf());
    for (const n of [1, 2, 3]) await send(n, acknowledge);
    const first = deaf();
    const other = open();
    await turns(pause);
    await hub.mailbox.acknowledge(other.connection, numbersOf(other).slice(1, 2));
    for (let count = 0; count < 4; count++) {
      first.transport.drain();
      await turns(pause);
    }
    expect(got(first)).toEqual([1, 3]);
    await hub.mailbox.acknowledge(first.connection, numbersOf(first));
    expect(await hub.mailbox.waiting(ADA)).toEqual([]);
  });

  it('is not told what was cleared meanwhile', async () => {
    const { hub, send, deaf } = post(storeOf());
    for (const n of [1, 2, 3]) await send(n, acknowledge);
    const first = deaf();
    await turns(pause);
    await hub.mailbox.clear(ADA);
    first.transport.drain();
    await turns(pause);
    expect(got(first)).toEqual([1]);
  });

  it('keeps no mail in the store that all the others have got, once it is gone', async () => {
    const { hub, send, deaf, open } = post(storeOf());
    for (const n of [0, 1]) await send(n, acknowledge);
    const first = deaf();
    await turns(pause);
    const other = open();
    await turns(pause);
    await send(2);
    expect(await hub.mailbox.waiting(ADA)).toHaveLength(3);
    first.transport.end(1006, '', false);
    await turns(pause);
    expect(got(other)).toEqual([0, 1, 2]);
    expect((await hub.mailbox.waiting(ADA)).map(({ data }) => data)).toEqual([0, 1]);
  });

  it('is one of fifty, and the others get everything in order', async () => {
    const store = storeOf();
    let asked = 0;
    const list = store.list.bind(store);
    store.list = (userId) => {
      asked++;
      return list(userId);
    };
    const { hub, send, deaf, open } = post(store);
    const data = Array.from({ length: 20 }, (__, n) => n);
    for (const n of data) await send(n, acknowledge);
    const silent = Array.from({ length: 25 }, deaf);
    const reading = Array.from({ length: 25 }, open);
    await turns(pause);
    expect(reading.map(got)).toEqual(reading.map(() => data));
    expect(silent.map(got)).toEqual(silent.map(() => [0]));
    // Not again for each time that a tab goes on: what was listed is there for all.
    expect(asked).toBeLessThanOrEqual(51);
    for (const { transport } of silent) transport.end(1006, '', false);
    await turns(pause);
    expect(await hub.mailbox.waiting(ADA)).toHaveLength(data.length);
  });

  it('gets no mail that has expired while it waited', async () => {
    const { send, deaf } = post(storeOf());
    await send('old', acknowledge);
    await send('short', { ...acknowledge, ttl: 20 });
    await send('new', acknowledge);
    const first = deaf();
    await turns(pause);
    await new Promise((resolve) => {
      setTimeout(resolve, 30);
    });
    for (let count = 0; count < 3; count++) {
      first.transport.drain();
      await turns(pause);
    }
    expect(got(first)).toEqual(['old', 'new']);
  });
});

describe('mail that is kept while a user comes', () => {
  it('is told once to who lists it before the store has said that it is kept', async () => {
    const { send, open, hub } = post(new SlowMailboxStore());
    await send('old', acknowledge);
    const sent = send('new', acknowledge);
    const client = open();
    await sent;
    await turns(20);
    expect(got(client)).toEqual(['old', 'new']);
    expect(await hub.mailbox.waiting(ADA)).toHaveLength(2);
  });

  it('does not bring all that waits for an acknowledgement once more', async () => {
    const { hub, send, open } = post();
    await send(1, acknowledge);
    const client = open();
    client.transport.outcome = SendResult.Dropped;
    await send(2, acknowledge);
    client.transport.outcome = SendResult.Sent;
    await send(3, acknowledge);
    expect(got(client)).toEqual([1, 3]);
    expect(await hub.mailbox.waiting(ADA)).toHaveLength(3);
  });
});

/** A reproducible sequence of numbers below `below`. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe.each(stores)(
  'with a store %s, whatever tabs do in whatever order',
  (_, storeOf, pause) => {
    it.each(Array.from({ length: 40 }, (__, seed) => seed))('seed %i', async (seed) => {
      const roll = dice(seed);
      const { hub, send, deaf, open, reports } = post(storeOf());
      const tabs: Client[] = [];
      const seen: Client[] = [];
      const asked = new Set<number>();
      const acknowledged = new Map<number, unknown[][]>();
      let sent = 0;
      const acknowledgeOne = async (tab: Client): Promise<void> => {
        const frames = tab.transport.heard.filter(({ mail }) => mail !== undefined);
        const frame = frames[roll(frames.length)];
        if (frame === undefined) return;
        const done = await hub.mailbox
          .acknowledge(tab.connection, frame['mail'])
          .then(() => true)
          .catch(() => false);
        if (done) acknowledged.set(frame['data'] as number, seen.map(got));
      };
      const steps: (() => unknown)[] = [
        () => {
          const data = sent++;
          const needsAnswer = roll(2) === 0;
          if (needsAnswer) asked.add(data);
          return send(data, { acknowledge: needsAnswer });
        },
        () => {
          const tab = roll(2) === 0 ? deaf() : open();
          tabs.push(tab);
          seen.push(tab);
        },
        () => tabs[roll(tabs.length)]?.transport.drain(),
        () => tabs.splice(roll(tabs.length), 1)[0]?.transport.end(1006, '', false),
        () => {
          const tab = tabs[roll(tabs.length)];
          return tab && acknowledgeOne(tab);
        },
        () => turn(),
      ];
      const underWay: unknown[] = [];
      for (let count = 0; count < 60; count++) {
        underWay.push(steps[roll(steps.length)]?.());
        if (roll(2) === 0) await turn();
      }
      await Promise.all(underWay);
      for (let count = 0; count < 40; count++) {
        for (const { transport } of tabs) transport.drain();
        await turns(pause);
      }
      const waiting = (await hub.mailbox.waiting(ADA)).map(({ data }) => data as number);
      const heard = seen.map((tab) => got(tab) as number[]);
      // In order, and nothing twice on one connection. What need not be kept does not wait for what is.
      const kinds =
        pause > 2 ? [true, false].map((kept) => (n: number) => asked.has(n) === kept) : [];
      for (const one of heard) {
        expect(new Set(one).size).toBe(one.length);
        for (const isOfKind of kinds.length > 0 ? kinds : [() => true]) {
          const ofKind = one.filter(isOfKind);
          expect(ofKind).toEqual(ofKind.toSorted((x, y) => x - y));
        }
      }
      for (let data = 0; data < sent; data++) {
        const holders = heard.filter((one) => one.includes(data)).length;
        if (asked.has(data)) expect(waiting.includes(data)).toBe(!acknowledged.has(data));
        else expect([data, waiting.includes(data)]).toEqual([data, holders === 0]);
      }
      // Nobody who is left was passed over, and nobody is told what somebody has acknowledged.
      for (const tab of tabs) {
        for (const data of waiting) expect(got(tab)).toContain(data);
      }
      for (const [data, before] of acknowledged) {
        const had = before.map((one) => one.includes(data));
        expect(seen.slice(0, had.length).map((tab) => got(tab).includes(data))).toEqual(had);
        for (const tab of seen.slice(had.length)) expect(got(tab)).not.toContain(data);
      }
      expect(reports).toEqual([]);
    });
  },
);
