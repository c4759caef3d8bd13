export { natsBroker } from './nats-broker.js';
export type {
  NatsBrokerOptions,
  NatsHistoryOptions,
  NatsMailOptions,
} from './nats-broker-options.js';
