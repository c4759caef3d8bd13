export {
  startPrimaryBroker,
  type PrimaryBroker,
  type PrimaryBrokerOptions,
} from './primary/primary-broker.js';
export { nodeClusterBroker, type NodeClusterBrokerOptions } from './worker/node-cluster-broker.js';
