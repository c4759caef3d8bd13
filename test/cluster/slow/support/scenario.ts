import { setTimeout as pause } from 'node:timers/promises';
import { NodeHandle, type BrokerPlace, type NodeConfig, type NodeReport } from './node-handle.js';
import { outcomeOf, type Outcome } from './outcome.js';

/** Milliseconds after which something that should happen has not. */
const PATIENCE = 20_000;
export const ROOMS = ['lobby', 'news', 'a b*>{c}', 'Grüße'];

export interface ScenarioOptions {
  /** Where each node's broker is; one place for all, or one for each. */
  readonly places: readonly BrokerPlace[];
  readonly delivery: NodeConfig['delivery'];
  readonly cluster?: object;
  /** Default 3. */
  readonly nodes?: number;
  /** Messages a second, of each node; default 400. */
  readonly rate?: number;
  /** Of each message; default 200. */
  readonly bytes?: number;
  /** How many nodes, the last ones, the fault kills: nothing is expected of them. Default 0. */
  readonly killed?: number;
  /** Milliseconds; default 5,000. */
  readonly milliseconds?: number;
  /** What goes wrong, while messages are published. */
  readonly fault: (nodes: readonly NodeHandle[]) => Promise<void>;
  /** Calls back when the cause is over, for the time until the nodes are up. */
  readonly healed?: () => number;
}

export interface ScenarioResult {
  readonly outcome: Outcome;
  readonly reports: readonly NodeReport[];
  /** Milliseconds from the end of the cause until all nodes were up again; 0 when none was down. */
  readonly up: number;
}

/** Nodes that all publish to the same rooms while something goes wrong, until nothing more arrives. */
export async function play(options: ScenarioOptions): Promise<ScenarioResult> {
  const { places, delivery, cluster, rate = 400, milliseconds = 5_000, fault, healed } = options;
  const { nodes: count = 3, killed = 0, bytes } = options;
  const nodes = await Promise.all(
    Array.from({ length: count }, (_none, index) =>
      NodeHandle.start({
        name: `n${index}`,
        broker: places[index % places.length] as BrokerPlace,
        delivery,
        ...(cluster !== undefined && { cluster }),
        ...(bytes !== undefined && { bytes }),
      }),
    ),
  );
  try {
    await Promise.all(nodes.map((node) => node.ask('join', { rooms: ROOMS })));
    await Promise.all(nodes.map((node) => node.ask('settled', { rooms: ROOMS })));
    for (const node of nodes) await until(async () => (await node.ask('peers')) === count - 1);
    const left = nodes.slice(0, count - killed);
    const publishing = nodes.map((node) => {
      const published = node.ask('publish', { rate, milliseconds, rooms: ROOMS });
      return left.includes(node) ? published : published.catch(() => undefined);
    });
    await pause(500);
    await fault(nodes);
    await Promise.all(publishing);
    const over = healed?.() ?? 0;
    for (const node of left) await until(async () => (await node.ask('state')) === 'up');
    for (const node of left) await until(async () => (await node.ask('peers')) === left.length - 1);
    await Promise.all(left.map((node) => quiet(node)));
    const reports = await Promise.all(left.map((node) => node.report()));
    const times = reports.flatMap(({ timeline }) =>
      timeline.filter(({ state, at }) => state === 'up' && at > over).map(({ at }) => at),
    );
    const up = over === 0 || times.length === 0 ? 0 : Math.max(...times) - over;
    return { outcome: outcomeOf(reports, ROOMS), reports, up };
  } finally {
    await Promise.all(nodes.map((node) => node.kill()));
  }
}

/** Waits until nothing has arrived for a second and the outbox is empty. */
async function quiet(node: NodeHandle): Promise<void> {
  await until(async () => {
    const { outbox } = await node.ask<{ outbox: { entries: number } }>('stats');
    const last = await node.ask<number>('lastArrival');
    return outbox.entries === 0 && Date.now() - last > 1_000;
  });
}

export async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`Still not so after ${PATIENCE} ms: ${String(isSo)}`);
    await pause(20);
  }
}
