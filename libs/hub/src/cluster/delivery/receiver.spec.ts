import { describe, expect, it } from '@jest/globals';
import type { BrokerSession, Logged } from '../../broker/broker.js';
import type { Address } from '../../rooms/address.js';
import { EventMessage } from '../../rooms/broadcast-message.js';
import { FakeClock } from '../../testing-fixtures/fake-clock.js';
import { jsonCodec } from '../../wire/json.codec.js';
import type { OutboxEntry } from '../link/link-host.js';
import { parseMessage, readPayload, type ClusterMessage } from '../message/cluster-message.js';
import { MessageEncoder } from '../message/message-encoder.js';
import type { Gap } from './gap.js';
import { Publisher } from './publisher.js';
import { Receiver } from './receiver.js';
import { readTails } from './tails.js';

const ONE = '1111111111111111';
const TWO = '2222222222222222';
const LOBBY: Address = {
  rooms: ['lobby'],
  users: [],
  everyone: false,
  exceptRooms: [],
  exceptIds: new Set(),
};

function parse(bytes: Uint8Array): ReturnType<typeof parseMessage> {
  const reader = { versions: { min: 1, max: 1 }, seal: undefined, maxMessage: 1_000_000 };
  return parseMessage(bytes, { node: TWO, ...reader });
}

/** A publisher and a receiver, and nothing between them but this test. */
function pair({ repairs }: { readonly repairs: boolean }) {
  const clock = new FakeClock();
  const heard: unknown[] = [];
  const gaps: Gap[] = [];
  const sent: OutboxEntry[] = [];
  const publisher = new Publisher({
    clock,
    encoder: new MessageEncoder(ONE, undefined, () => 1),
    codecs: [jsonCodec],
    log: repairs,
    publish: (entry) => sent.push(entry),
    isLocal: () => false,
    refused: () => {},
    report: (error) => {
      throw error;
    },
  });
  /** How long what comes has lain in a socket. */
  const lag = { milliseconds: 0 };
  const receiver = new Receiver({
    deliver: ({ parts: [part] }) => {
      heard.push(JSON.parse(Buffer.from(part?.bytes ?? []).toString()).data);
    },
    holds: () => true,
    alive: () => true,
    heardUpTo: () => clock.now() - lag.milliseconds,
    parse,
    gap: (gap) => gaps.push(gap),
    ignored: (reason) => {
      throw new Error(reason);
    },
    report: (error) => {
      throw error;
    },
    clock,
    repairs,
  });
  const read = (entry: OutboxEntry): ClusterMessage => {
    const message = parse(entry.outgoing[0]?.message ?? Buffer.alloc(0));
    if (typeof message === 'string') throw new Error(message);
    return message;
  };
  return {
    clock,
    gaps,
    heard,
    lag,
    publisher,
    receiver,
    /** @returns what would go to the broker */
    say: (data: number): OutboxEntry => {
      publisher.forward(LOBBY, new EventMessage({ event: 'said', data }), 'said', undefined);
      const entry = sent.pop();
      if (entry === undefined) throw new Error('Nothing was sent');
      return entry;
    },
    arrive: (entry: OutboxEntry): void => receiver.receive('r:lobby', read(entry)),
    /** The publisher tells what was dropped, and the receiver hears of it. */
    tell: (): void => {
      publisher.tellDropped();
      for (const entry of sent.splice(0)) {
        const tails = readPayload(read(entry).payload, readTails);
        if (tails !== undefined) receiver.tails(ONE, tails);
      }
    },
  };
}

/** A session whose log has these, once it is asked for. */
function logOf(entries: readonly OutboxEntry[]): BrokerSession {
  return {
    generation: 'one',
    send: () => Promise.resolve(),
    subscribe: () => Promise.resolve(),
    unsubscribe: () => Promise.resolve(),
    async *readLog(_node, after): AsyncGenerator<Logged> {
      await Promise.resolve();
      for (const { outgoing } of entries) {
        for (const { channel, message, seq } of outgoing) {
          if (seq > after) yield { channel, message: Buffer.from(message) };
        }
      }
    },
    probe: () => Promise.resolve(),
    destroy: () => {},
  };
}

describe('a receiver', () => {
  it('announces what was dropped before the first that came, once it is told of it', () => {
    const { say, arrive, tell, publisher, gaps, heard } = pair({ repairs: false });
    const dropped = say(1);
    publisher.dropped([dropped]);
    arrive(say(2));
    expect([heard, gaps]).toEqual([[2], []]);
    tell();
    expect(gaps).toMatchObject([{ node: ONE, rooms: ['lobby'], reason: 'dropped' }]);
    // Of the same it is not told twice.
    publisher.dropped([dropped]);
    tell();
    expect(gaps).toHaveLength(1);
  });

  it('says since when something is missing, also when it has stood still meanwhile', async () => {
    const { say, arrive, clock, gaps, lag } = pair({ repairs: false });
    arrive(say(1));
    await clock.advance(1_000);
    const begun = clock.now();
    const [second, , fourth] = [say(2), say(3), say(4)];
    await clock.stall(5_000);
    // It reads what has lain there, and what did not fit is lost.
    lag.milliseconds = 5_500;
    arrive(second);
    arrive(fourth);
    expect(gaps).toMatchObject([{ reason: 'lost', since: begun - 500, until: clock.now() }]);
  });

  it('says of what no log has since when it is missing, not when that was found', async () => {
    const { say, arrive, clock, gaps, receiver } = pair({ repairs: true });
    await receiver.opened(logOf([]));
    receiver.up();
    receiver.heard(ONE, 0);
    arrive(say(1));
    const begun = clock.now();
    await clock.advance(1_000);
    say(2);
    arrive(say(3));
    await clock.advance(3_000);
    say(4);
    arrive(say(5));
    await clock.settle();
    expect(gaps).toMatchObject([
      { reason: 'expired', since: begun },
      { reason: 'expired', since: begun },
    ]);
  });

  it('announces it as well where nothing was received for a while', () => {
    const { say, arrive, tell, publisher, receiver, gaps } = pair({ repairs: false });
    arrive(say(1));
    receiver.unsubscribed('r:lobby');
    const dropped = say(2);
    arrive(say(3));
    expect(gaps).toEqual([]);
    publisher.dropped([dropped]);
    tell();
    expect(gaps).toMatchObject([{ reason: 'dropped' }]);
  });

  it('announces what no log has, also where nothing has come before what is held back', async () => {
    const { say, arrive, tell, publisher, receiver, gaps, heard, clock } = pair({ repairs: true });
    const dropped = say(1);
    const next = say(2);
    await receiver.opened(logOf([next]));
    receiver.up();
    receiver.heard(ONE, 0);
    publisher.dropped([dropped]);
    tell();
    // While the log is being read.
    arrive(next);
    await clock.settle();
    expect(heard).toEqual([2]);
    expect(gaps).toMatchObject([{ node: ONE, rooms: ['lobby'], reason: 'expired' }]);
  });
});
