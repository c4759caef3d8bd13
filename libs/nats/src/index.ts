export { natsBroker } from './nats-broker.js';
export type {
  NatsBrokerOptions,
  NatsHistoryOptions,
  NatsMailOptions,
} from './options/nats-broker-options.js';
