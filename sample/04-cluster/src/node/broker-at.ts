import type { Broker } from 'nestwire';
import { natsBroker } from 'nestwire/nats';
import { nodeClusterBroker } from 'nestwire/node-cluster';
import { redisBroker } from 'nestwire/redis';
import type { Place } from '../place.js';

const APP = 'sample-04';

/** The broker a node is to use. */
export function brokerAt({ broker, url }: Place): Broker {
  switch (broker) {
    case 'redis':
      return redisBroker({ url, app: APP });
    case 'nats':
      return natsBroker({ servers: url, app: APP });
    default:
      return nodeClusterBroker();
  }
}
