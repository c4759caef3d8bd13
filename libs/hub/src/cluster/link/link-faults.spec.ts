import { describe, expect, it } from '@jest/globals';
import type { BrokerSession } from '../../broker/broker.js';
import { FakeClock } from '../../testing-fixtures/fake-clock.js';
import { FaultyServer, type FaultyBroker } from '../../testing-fixtures/faulty-broker.js';
import type { Delivery, DropReason, LinkHost, OutboxEntry } from './link-host.js';
import { Link } from './link.js';

const SEEDS = 40;
const STEPS = 60;
const ROOM = 'r:room';

/** Numbers that look random and are the same for a seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A node of which only the link is there: it repairs from logs in the simplest way. */
class Node implements LinkHost {
  readonly node: string;
  readonly link: Link;
  readonly broker: FaultyBroker;
  readonly dropped = (entries: readonly OutboxEntry[], _reason: DropReason): void => {
    for (const { outgoing } of entries) this.lost.add(outgoing[0]?.seq ?? 0);
  };
  /** Numbers of what was never sent. */
  readonly lost = new Set<number>();
  /** Numbers that have arrived, by the node that sent them, each once. */
  readonly got = new Map<string, Set<number>>();
  readonly reports: unknown[] = [];
  ups = 0;
  downs = 0;
  seq = 0;
  readonly #delivery: Delivery;
  readonly #peers: () => readonly Node[];

  constructor(
    at: number,
    server: FaultyServer,
    clock: FakeClock,
    delivery: Delivery,
    peers: () => readonly Node[],
  ) {
    this.node = at.toString(16).padStart(16, '0');
    this.broker = server.broker();
    this.#delivery = delivery;
    this.#peers = peers;
    this.link = new Link(this.broker, this, { delivery, clock });
    this.link.hold(ROOM);
  }

  publish(at: number): void {
    const message = Buffer.from(`${this.node} ${++this.seq}`);
    const log = this.#delivery === 'at-least-once';
    const outgoing = [{ channel: ROOM, message, seq: this.seq, copy: 0 }];
    this.link.publish({ outgoing, log, bytes: message.length, at });
  }

  received(_channel: string, message: Uint8Array): void {
    const [node = '', seq] = Buffer.from(message).toString().split(' ');
    this.got.set(node, (this.got.get(node) ?? new Set()).add(Number(seq)));
  }

  async opened(session: BrokerSession): Promise<void> {
    if (this.#delivery === 'at-most-once') return;
    for (const { node } of this.#peers()) {
      const all = { messages: 10_000, bytes: 16 * 1024 * 1024 };
      for await (const { message } of session.readLog(node, 0, all)) this.received(ROOM, message);
    }
  }

  up(): void {
    this.ups++;
  }

  down(): void {
    this.downs++;
  }

  unsubscribed(): void {
    throw new Error('It is held');
  }

  report(error: unknown): void {
    this.reports.push(error);
  }
}

async function run(seed: number, delivery: Delivery): Promise<Node[]> {
  const clock = new FakeClock();
  const chance = random(seed);
  const server = new FaultyServer(clock);
  const nodes: Node[] = [];
  for (let at = 1; at <= 3; at++) nodes.push(new Node(at, server, clock, delivery, () => nodes));
  for (const { link } of nodes) void link.start();
  await clock.advance(500);
  const some = (): Node => nodes[Math.floor(chance() * nodes.length)] ?? nodes[0]!;
  const heal = (): void => {
    server.resume();
    server.refusing = false;
    for (const { broker } of nodes) broker.heal();
  };
  /** What a server loses that a node has not seen for 5 seconds, nobody can repair: others may. */
  const calm = async (): Promise<void> => {
    if (!server.alive || delivery === 'at-most-once') return;
    heal();
    await clock.advance(3_000);
  };
  const losing = (loss: () => void) => async () => {
    await calm();
    loss();
  };
  const faults: readonly (() => void | Promise<void>)[] = [
    losing(() => server.die()),
    losing(() => server.restart()),
    losing(() => server.restart(Math.floor(chance() * 5))),
    () => server.hang(),
    () => server.resume(),
    () => some().broker.cut(),
    () => some().broker.heal(),
    () => (server.refusing = !server.refusing),
  ];
  for (let step = 0; step < STEPS; step++) {
    clock.chance = chance();
    for (let count = Math.floor(chance() * 4); count > 0; count--) some().publish(clock.now());
    if (chance() < 0.3) await faults[Math.floor(chance() * faults.length)]?.();
    await clock.advance(Math.floor(chance() ** 3 * 1_500));
  }
  if (!server.alive) server.restart();
  heal();
  await clock.advance(5_000);
  expect(nodes.map(({ link }) => link.state)).toEqual(['up', 'up', 'up']);
  for (const { link } of nodes) {
    expect(link.stats).toMatchObject({ waiting: 0, waitingBytes: 0 });
    const stopped = link.stop();
    await clock.advance(2_000);
    await stopped;
  }
  for (const { ups, downs } of nodes) expect(downs).toBe(ups);
  server.die();
  expect(clock.timers).toBe(0);
  return nodes;
}

function missing(from: Node, to: Node): number[] {
  const got = to.got.get(from.node) ?? new Set();
  return Array.from({ length: from.seq }, (_, at) => at + 1).filter(
    (seq) => !got.has(seq) && !from.lost.has(seq),
  );
}

describe('links over a server to which anything happens', () => {
  it('come up again, and end', async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      try {
        for (const { reports } of await run(seed, 'at-most-once')) expect(reports).toEqual([]);
      } catch (error) {
        throw new Error(`Seed ${seed}: ${String(error)}`, { cause: error });
      }
    }
  }, 60_000);

  it('lose nothing that is logged and was not said to be dropped', async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const nodes = await run(seed, 'at-least-once');
      for (const from of nodes) {
        for (const to of nodes) {
          expect([seed, from.node, to.node, missing(from, to)]).toEqual([
            seed,
            from.node,
            to.node,
            [],
          ]);
        }
      }
    }
  }, 60_000);
});
