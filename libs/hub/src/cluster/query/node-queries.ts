import type { ConnectionRegistry } from '../../connection/connection-registry.js';
import type { Rooms } from '../../rooms/rooms.js';
import type { Clock } from '../../support/clock.js';
import type { KnownCodecs } from '../../wire/encoded/known-codecs.js';
import type { ClusterBus } from '../bus/cluster-bus.js';
import { ConnectionQueries } from './connection-queries.js';
import { Queries } from './queries.js';
import { takeOrders } from './remote-orders.js';
import { RequestQueries } from './request-queries.js';
import { RoomQueries } from './room-queries.js';
import { kAt, kInCluster } from '../../support/own-names.js';

/** What queries of all nodes are about, and how they reach the others. */
interface NodeParts {
  readonly registry: ConnectionRegistry;
  readonly rooms: Rooms;
  readonly codecs: KnownCodecs;
  /** Undefined where there is only this node. */
  readonly bus: ClusterBus | undefined;
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
}

/** Gives the registry and the rooms their `cluster`, and answers the other nodes. */
export function joinQueries(parts: NodeParts): RequestQueries {
  const { registry, rooms, codecs, bus, clock, report } = parts;
  const queries = new Queries(bus, clock, report);
  registry[kInCluster](new ConnectionQueries(queries, registry, { queries, codecs }));
  rooms[kInCluster](new RoomQueries(queries, registry, rooms));
  takeOrders(queries, registry, codecs);
  return new RequestQueries(queries, { queries, codecs }, (address, event, data, options) =>
    rooms.broadcaster.local[kAt](address).request(event, data, options),
  );
}
