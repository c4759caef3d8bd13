import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { chance } from '../../testing-fixtures/chance.js';
import { LogServer } from '../../testing-fixtures/faulty-log.js';
import type { FakeTransport } from '../../testing-fixtures/fake-transport.js';
import { historyNode, type HistoryNode } from '../../testing-fixtures/history-node.js';
import { FakeClock } from '../../testing-fixtures/fake-clock.js';
import type { Since } from '../position.js';
import { unpackMessage } from './message-format.js';
import { kClose } from '../../support/own-names.js';

const ROOM = 'lobby';
const MAX_MESSAGES = 8;

/** One step; numbers choose a node or a client. */
type Step = readonly [
  'publish' | 'join' | 'enter' | 'leave' | 'clear' | 'restart' | 'cut' | 'heal' | 'pass',
  number,
];

/** A client that keeps where it was, and checks what it is told. */
class Visitor {
  /** The last position it has. */
  at: Since | undefined;
  /** Where it goes on: undefined before it has heard of a place. */
  #cursor: Since | undefined;
  #transport: FakeTransport | undefined;
  #read = 0;
  #since: Since | undefined;
  /** Messages of a recovery that are still to come. */
  #owed = 0;
  readonly #truth: ReadonlyMap<string, Uint8Array>;

  constructor(truth: ReadonlyMap<string, Uint8Array>) {
    this.#truth = truth;
  }

  get here(): boolean {
    return this.#transport !== undefined;
  }

  get cursor(): Since | undefined {
    return this.#cursor;
  }

  join(node: HistoryNode): void {
    const { connection, transport } = node.connect();
    this.#begin(transport);
    this.#since = this.at;
    node.history.join(connection, ROOM, { since: this.at, latest: 3 }).catch(() => {
      // It is told, and goes.
      transport.end();
      if (this.#transport === transport) this.#transport = undefined;
    });
  }

  /** Becomes a member without a word. */
  enter(node: HistoryNode): void {
    const { connection, transport } = node.connect();
    this.#begin(transport);
    node.hub.rooms.join(connection, ROOM);
  }

  leave(): void {
    this.look();
    this.#transport?.end();
    this.#transport = undefined;
  }

  /** Checks what was sent since. */
  look(): void {
    if (this.#transport === undefined) return;
    const { heard } = this.#transport;
    for (; this.#read < heard.length; this.#read++) this.#hear(Object(heard[this.#read]));
  }

  #begin(transport: FakeTransport): void {
    this.#transport = transport;
    this.#read = 0;
    this.#cursor = undefined;
    this.#owed = 0;
  }

  #hear({ event, data, at }: { event: string; data: never; at: Since }): void {
    if (event === '$joined') this.#joined(data);
    else if (event === '$gap') {
      const gap = place(data);
      expect(this.#owed).toBe(0);
      this.#notBefore(gap);
      // Only what is kept no more may be missing.
      const newest = `${gap.epoch} ${gap.offset + MAX_MESSAGES}`;
      expect(gap.offset === 0 || this.#truth.has(newest)).toBe(true);
      this.#cursor = gap;
    } else {
      const known = this.#truth.get(`${at.epoch} ${at.offset}`);
      const [part] = unpackMessage(known ?? new Uint8Array()).parts;
      expect(JSON.parse(String(part?.bytes))).toMatchObject({ data });
      if (this.#cursor !== undefined) {
        expect(place(at)).toEqual({ ...this.#cursor, offset: this.#cursor.offset + 1 });
      }
      this.#cursor = place(at);
      if (this.#owed > 0) this.#owed--;
    }
    this.at = this.#cursor;
  }

  #joined(joined: Since & { recovered?: boolean; count: number }): void {
    const { epoch, offset, count, recovered } = joined;
    const since = this.#since;
    expect(recovered === undefined).toBe(since === undefined);
    const first = { epoch, offset: offset - count };
    if (recovered === true) expect(first).toEqual(since);
    if (recovered === false && since?.epoch === epoch) {
      expect(since.offset).toBeLessThan(offset - MAX_MESSAGES);
    }
    if (since !== undefined) this.#notBefore(first, since);
    this.#cursor = first;
    this.#owed = count;
  }

  /** Epochs count up here: one that is over never comes back. */
  #notBefore({ epoch }: Since, before = this.#cursor): void {
    if (before === undefined) return;
    const [now, then] = [epoch, before.epoch].map((name) => Number(name.replace('epoch', '')));
    expect(now).toBeGreaterThanOrEqual(then ?? 0);
  }
}

function place({ epoch, offset }: Since): Since {
  return { epoch, offset };
}

async function run(seed: number, steps: readonly Step[]): Promise<void> {
  const clock = new FakeClock(1_000_000, chance(seed));
  const server = new LogServer(clock);
  const faults = { delay: 30, newsDelay: 60, loss: 0.1, doubling: 0.2 };
  const options = { faults, history: { maxMessages: MAX_MESSAGES } };
  const nodes = [0, 1, 2].map(() => historyNode(server, options));
  const visitors = [0, 1, 2, 3, 4, 5].map(() => new Visitor(server.truth));
  const published: Promise<unknown>[] = [];
  let count = 0;
  for (const [what, which] of steps) {
    const node = nodes[which % nodes.length] as HistoryNode;
    const visitor = visitors[which % visitors.length] as Visitor;
    if (what === 'pass') await clock.advance(which);
    if (what === 'clear') void node.history.clear(ROOM).catch(() => {});
    if (what === 'restart') server.restart();
    if (what === 'cut' && !node.log.isDown) node.log.cut();
    if (what === 'heal' && node.log.isDown) node.log.heal();
    if (what === 'publish') {
      published.push(node.history.publish(ROOM, 'said', ++count).catch(() => {}));
    }
    if (what === 'join' && !visitor.here) visitor.join(node);
    if (what === 'enter' && !visitor.here) visitor.enter(node);
    if (what === 'leave') visitor.leave();
    for (const one of visitors) one.look();
  }
  for (const { log } of nodes) if (log.isDown) log.heal();
  // Longer than anything takes, the comparison of silent rooms included.
  await clock.advance(65_000);
  await Promise.all(published);
  const { epoch, offset } = server.room(ROOM);
  for (const one of visitors) {
    one.look();
    if (one.here && one.cursor !== undefined) expect(one.cursor).toEqual({ epoch, offset });
  }
  for (const { history, errors } of nodes) {
    await history[kClose]();
    expect(errors.filter((error) => Object(error).code !== 'UNAVAILABLE')).toEqual([]);
  }
  expect(clock.timers).toBe(0);
}

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.constant('publish' as const), fc.nat(2)) },
  { weight: 6, arbitrary: fc.tuple(fc.constant('pass' as const), fc.integer({ min: 1, max: 90 })) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('join' as const), fc.nat(17)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('enter' as const), fc.nat(17)) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('leave' as const), fc.nat(5)) },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constantFrom('clear' as const, 'restart' as const, 'cut' as const, 'heal' as const),
      fc.nat(2),
    ),
  },
);

describe('histories of three nodes, whatever happens in any order', () => {
  const RUNS = Number(process.env.HISTORY_RUNS ?? 150);

  it('are delivered in order, without doubles and unannounced holes, and "recovered" is true', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.array(step, { minLength: 10, maxLength: 80 }),
        (seed, steps) => run(seed, steps),
      ),
      { numRuns: RUNS },
    );
  }, 120_000);
});
