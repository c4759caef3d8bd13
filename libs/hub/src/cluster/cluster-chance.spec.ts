import { describe, expect, it } from '@jest/globals';
import { ClusterRig, type RigNode } from '../testing-fixtures/cluster-rig.js';
import type { Client } from '../testing-fixtures/fake-upgrade.js';

const ROOMS = ['red', 'green', 'blue'];
const SEEDS = 40;

/** Mulberry32: small, and the same everywhere. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Run {
  readonly rig: ClusterRig;
  readonly receiver: RigNode;
  readonly clients: readonly Client[];
  /** By publisher: which rooms each of its numbers went to. */
  readonly sent: readonly (readonly string[])[][];
}

/** Two nodes publish; of what comes to a third, much is lost; links break. Then all is well again. */
async function run(seed: number, delivery: 'at-most-once' | 'at-least-once'): Promise<Run> {
  const random = chance(seed);
  const pick = (limit: number): number => Math.floor(random() * limit);
  const rig = new ClusterRig({ delivery });
  const publishers = [await rig.node(), await rig.node()];
  const receiver = await rig.node();
  const clients = ROOMS.map((room) => {
    const client = receiver.connect();
    receiver.hub.rooms.join(client.connection, room);
    return client;
  });
  await rig.clock.advance(300);
  const sent: (readonly string[])[][] = [[], []];
  const say = (who: number, rooms: readonly string[]): void => {
    publishers[who]?.hub.rooms.to(rooms).send('said', [who, sent[who]?.length]);
    sent[who]?.push(rooms);
  };
  // A channel is known from its first message on.
  for (const who of [0, 1]) for (const room of ROOMS) say(who, [room]);
  await rig.clock.advance(50);
  let losing = 0;
  receiver.filter = (channel) => !channel.startsWith('r:') || losing-- <= 0;
  for (let step = 0; step < 40; step++) {
    const what = random();
    if (what < 0.6) {
      say(
        pick(2),
        ROOMS.filter(() => random() < 0.5),
      );
      if (random() < 0.5) await rig.clock.settle();
    } else if (what < 0.75) losing = 1 + pick(4);
    else if (what < 0.82) [...publishers, receiver][pick(3)]?.breakLink();
    else await rig.clock.advance(pick(800));
  }
  losing = 0;
  await rig.clock.advance(7_000);
  receiver.breakLink();
  await rig.clock.advance(7_000);
  for (const who of [0, 1]) for (const room of ROOMS) say(who, [room]);
  await rig.clock.advance(1_000);
  return { rig, receiver, clients, sent };
}

/** What a client has heard of a publisher. */
function numbers({ transport }: Client, publisher: number): number[] {
  return transport.heard
    .filter(({ event }) => event === 'said')
    .map(({ data }) => data as [number, number])
    .filter(([who]) => who === publisher)
    .map(([, number]) => number);
}

describe('whatever is lost and whichever link breaks', () => {
  it('at least once delivers all, in order, once', async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { rig, receiver, clients, sent } = await run(seed, 'at-least-once');
      for (const [who, all] of sent.entries()) {
        for (const [index, room] of ROOMS.entries()) {
          const expected = [...all.keys()].filter((number) => all[number]?.includes(room) === true);
          const heard = numbers(clients[index] as Client, who);
          expect({ seed, who, room, heard }).toEqual({ seed, who, room, heard: expected });
        }
      }
      expect({ seed, gaps: receiver.gaps }).toEqual({ seed, gaps: [] });
      await rig.close();
    }
  }, 60_000);

  it('at most once delivers in order, once, and announces what is missing', async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { rig, receiver, clients, sent } = await run(seed, 'at-most-once');
      for (const [who, all] of sent.entries()) {
        for (const [index, room] of ROOMS.entries()) {
          const heard = numbers(clients[index] as Client, who);
          const inOrder = [...new Set(heard)].toSorted((one, other) => one - other);
          expect({ seed, who, room, heard }).toEqual({ seed, who, room, heard: inOrder });
          const missing = [...all.keys()].some(
            (number) => all[number]?.includes(room) === true && !heard.includes(number),
          );
          const announced = receiver.gaps.some(
            ({ rooms }) => rooms === 'all' || rooms.includes(room),
          );
          expect({ seed, who, room, covered: !missing || announced }).toMatchObject({
            covered: true,
          });
        }
      }
      await rig.close();
    }
  }, 60_000);
});
