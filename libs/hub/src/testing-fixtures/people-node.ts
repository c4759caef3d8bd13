import { RosterPresence } from '../cluster/roster/roster-presence.js';
import { Roster } from '../cluster/roster/roster.js';
import type { Hub } from '../hub.js';
import type { PresenceUpdate } from '../presence/presence-news.js';
import type { Clock } from '../support/clock.js';
import { loadMsgpackCodec } from '../wire/msgpack.codec.js';
import { jsonCodec } from '../wire/json.codec.js';
import { KnownCodecs } from '../wire/encoded/known-codecs.js';
import type { BusNetwork, NetworkBus } from './bus-network.js';
import { serve, turn, type Client } from './fake-upgrade.js';

/** A hub whose presence is of all nodes of a network. */
export interface PeopleNode {
  readonly bus: NetworkBus;
  readonly roster: Roster;
  readonly store: RosterPresence;
  readonly hub: Hub;
  readonly connect: (user: string) => Client;
  readonly reports: readonly { error: unknown }[];
}

/** @param ahead milliseconds that its clock is ahead of the others */
export async function peopleNode(
  network: BusNetwork,
  { msgpack = false, ahead = 0 } = {},
): Promise<PeopleNode> {
  const bus = network.join();
  const clock: Clock = {
    now: () => network.clock.now() + ahead,
    after: (delay, call) => network.clock.after(delay, call),
    soon: (call) => network.clock.soon(call),
    clear: (timer) => network.clock.clear(timer),
    random: () => network.clock.random(),
  };
  const roster = new Roster(bus, clock);
  const codecs = new KnownCodecs();
  codecs.add(jsonCodec);
  if (msgpack) codecs.add(await loadMsgpackCodec());
  const store = new RosterPresence(roster, bus.node, clock, codecs);
  const { hub, connect, reports } = serve({}, {}, { presence: { store } });
  return { bus, roster, store, hub, connect: (user) => connect({ user }), reports };
}

/** Lets time pass on the network, and hubs tell their clients what has changed. */
export async function pass(network: BusNetwork, milliseconds: number): Promise<void> {
  await network.clock.advance(milliseconds);
  await turn();
  await turn();
}

/** What a client knows of a room, having applied what it was told. */
export function known({ transport }: Client): Record<string, number> {
  const people = new Map<string, number>();
  for (const { event, data } of transport.heard) {
    if (event !== '$presence') continue;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is what the event carries
    const update = data as PresenceUpdate;
    if (update.people !== undefined) people.clear();
    for (const { key, connections } of [...(update.people ?? []), ...(update.joined ?? [])]) {
      people.set(key, connections);
    }
    for (const key of update.left ?? []) people.delete(key);
  }
  return Object.fromEntries(people);
}
