import { describe, expect, it } from '@jest/globals';
import { EventMessage } from '../rooms/broadcast-message.js';
import { FakeClock } from '../testing-fixtures/fake-clock.js';
import { jsonCodec } from '../wire/json.codec.js';
import { ClusterObservers } from './cluster-observer.js';
import { Publisher } from './delivery/publisher.js';
import { readTails, type Tails } from './delivery/tails.js';
import { Drops } from './drops.js';
import { DropNotices } from './link/drop-notices.js';
import type { OutboxEntry } from './link/link-host.js';
import { Outbox } from './link/outbox.js';
import { parseMessage, readPayload } from './message/cluster-message.js';
import { MessageEncoder } from './message/message-encoder.js';

const ONE = '1111111111111111';

/** A node with a link that is up or down, and takes nothing unless it is asked to. */
function node() {
  const clock = new FakeClock();
  const link = { isUp: true };
  const observers = new ClusterObservers(ONE, fail);
  let dropped = 0;
  observers.add({ dropped: ({ messages }) => void (dropped += messages) });
  const drops = new Drops(
    observers,
    () => publisher,
    clock,
    () => link.isUp,
  );
  const notices = new DropNotices(clock, (entries, reason) => drops.dropped(entries, reason));
  const outbox = new Outbox(clock, 'at-most-once', (entry, reason) => notices.add(entry, reason));
  const publisher = new Publisher({
    clock,
    encoder: new MessageEncoder(ONE, undefined, () => 1),
    codecs: [jsonCodec],
    log: false,
    publish: (entry) => outbox.push(entry, 1_000_000),
    isLocal: () => false,
    refused: () => {},
    report: fail,
  });
  const address = { users: [], everyone: false, exceptRooms: [], exceptIds: new Set<string>() };
  return {
    clock,
    link,
    drops,
    notices,
    outbox,
    dropped: () => dropped,
    say: (room: string, data: string): void => {
      const message = new EventMessage({ event: 'said', data });
      publisher.forward({ ...address, rooms: [room] }, message, 'said', undefined);
    },
    /** What the others are told when the outbox flows. */
    told: (): Pick<Tails, 'ends' | 'messages'>[] => {
      const told: Pick<Tails, 'ends' | 'messages'>[] = [];
      for (;;) {
        const flight = outbox.take(256, 1_000_000);
        if (flight === undefined) return told;
        outbox.acknowledge(flight);
        told.push(...flight.entries.flatMap(tailsOf));
      }
    },
  };
}

function fail(error: unknown): never {
  throw error;
}

function tailsOf({ outgoing: [one] }: OutboxEntry): Pick<Tails, 'ends' | 'messages'>[] {
  const message = parseMessage(one?.message ?? Buffer.alloc(0), {
    node: '2222222222222222',
    versions: { min: 1, max: 1 },
    seal: undefined,
    maxMessage: 1_000_000,
  });
  if (one?.seq !== 0 || typeof message === 'string') return [];
  const tails = readPayload(message.payload, readTails);
  return tails === undefined ? [] : [{ ends: tails.ends, messages: tails.messages }];
}

describe('what an outbox drops', () => {
  it('is told to the others, and once more when that is dropped itself', async () => {
    const { clock, link, drops, outbox, say, told, dropped, notices } = node();
    link.isUp = false;
    say('lobby', 'late');
    await clock.advance(11_000);
    outbox.expire();
    await clock.settle();
    link.isUp = true;
    drops.tell();
    // The link is lost before anything has left.
    link.isUp = false;
    await clock.advance(11_000);
    outbox.expire();
    await clock.settle();
    expect(told()).toEqual([]);
    link.isUp = true;
    drops.tell();
    expect(told()).toEqual([{ ends: [['r:lobby', 1]], messages: 1 }]);
    expect([dropped(), notices.counts.late]).toEqual([1, 1]);
  });

  it('is told once a second at most: what tells of it takes room as well', async () => {
    const { clock, say, told, dropped, notices } = node();
    const long = 'x'.repeat(2_000);
    while (notices.counts.full === 0) say('lobby', long);
    for (let count = 1; count < 500; count++) {
      say('lobby', long);
      await clock.settle();
    }
    expect(dropped()).toBeLessThanOrEqual(502);
    const [first, ...more] = told();
    expect(more).toEqual([]);
    await clock.advance(1_000);
    expect(told()).toMatchObject([{ messages: dropped() - (first?.messages ?? 0) }]);
  });
});
