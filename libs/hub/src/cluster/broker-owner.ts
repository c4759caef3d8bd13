import { UsageError } from '#engine';
import type { Broker } from '../broker/broker.js';

/** Brokers in use, and the nodes they are used by. */
const owners = new WeakMap<Broker, string>();

/**
 * Uses a broker as this node's own until it is given back, or at once when that fails. Its histories and mail
 * go through its last session: two nodes with one broker would take each other's.
 * @throws {UsageError} as a rejection, when another node of this process has it
 */
export async function takeBroker(
  broker: Broker,
  node: string,
  use: () => Promise<void>,
): Promise<void> {
  const owner = owners.get(broker) ?? node;
  if (owner !== node) {
    throw new UsageError(
      `Cannot start: each node needs a broker of its own, current value is the broker ${broker.name} of node ${owner}`,
    );
  }
  owners.set(broker, node);
  try {
    await use();
  } catch (error) {
    owners.delete(broker);
    throw error;
  }
}

/**
 * Another node may have it once `end` has settled.
 * @param end not called for a broker that another node has
 */
export async function giveBack(
  broker: Broker,
  node: string,
  end: () => Promise<void>,
): Promise<void> {
  if ((owners.get(broker) ?? node) !== node) return;
  await end();
  owners.delete(broker);
}
