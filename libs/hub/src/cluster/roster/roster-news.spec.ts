import { describe, expect, it } from '@jest/globals';
import { BusNetwork, seededClock } from '../../testing-fixtures/bus-network.js';
import type { Client } from '../../testing-fixtures/fake-upgrade.js';
import { known, pass, peopleNode, type PeopleNode } from '../../testing-fixtures/people-node.js';

/** A client that is present, and where. */
interface Present extends Client {
  readonly node: PeopleNode;
}

/** What everybody is told while people come and go, links break and nodes die. @returns what went wrong */
async function run(seed: number): Promise<string[]> {
  const network = new BusNetwork(seededClock(seed));
  network.faults.delay = [1, 80];
  network.faults.doubling = 0.1;
  const below = (count: number): number => Math.floor(network.clock.random() * count);
  const nodes = [await peopleNode(network), await peopleNode(network), await peopleNode(network)];
  await pass(network, 500);
  let present: Present[] = [];
  for (let step = 0; step < 40; step++) {
    const dice = below(20);
    const node = nodes[below(nodes.length)];
    if (node === undefined) break;
    if (dice < 10) {
      const client = { ...node.connect(`p${below(6)}`), node };
      void node.hub.presence.track(client.connection, 'lobby', step);
      present.push(client);
    } else if (dice < 16) {
      const [gone] = present.splice(below(present.length), 1);
      gone?.transport.end();
    } else if (dice < 18) network.cut(node.bus);
    else if (dice < 19) network.mend(node.bus);
    else if (nodes.length > 2) {
      network.crash(node.bus);
      nodes.splice(nodes.indexOf(node), 1);
      present = present.filter((one) => one.node !== node);
    }
    await pass(network, below(400));
  }
  network.heal();
  await pass(network, 15_000);
  const truth = new Map<string, number>();
  for (const { connection } of present) {
    truth.set(connection.userId ?? '', (truth.get(connection.userId ?? '') ?? 0) + 1);
  }
  const expected = text(Object.fromEntries(truth));
  const faults = nodes.flatMap(({ reports }) => reports.map(({ error }) => String(error)));
  return [
    ...faults,
    ...present
      .filter((client) => text(known(client)) !== expected)
      .map((client) => `seed ${seed}: one knows ${text(known(client))}, not ${expected}`),
  ];
}

function text(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([key, count]) => `${key}=${count}`)
    .toSorted((one, other) => one.localeCompare(other))
    .join(' ');
}

describe('what clients are told of people on many nodes', () => {
  it('adds up to who is there', async () => {
    const faults: string[] = [];
    for (let seed = 1; seed <= 40; seed++) faults.push(...(await run(seed)));
    expect(faults).toEqual([]);
  });
});
