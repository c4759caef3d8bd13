import type { ClusterBus, NodeInfo } from './bus/cluster-bus.js';
import type { ClusterNode } from './cluster-node.js';
import type { ClusterObserver, ClusterState } from './cluster-observer.js';
import { ALONE_STATS, type ClusterStats } from './cluster-stats.js';
import { kBus } from '../support/own-names.js';

/** The nodes of one application, as this one sees them; it is alone where there is no broker. */
export class Cluster {
  readonly #node: ClusterNode | undefined;

  /** @param node undefined without a broker */
  constructor(node?: ClusterNode) {
    this.#node = node;
  }

  /** Id of this node: 16 hexadecimal digits, new with every start; '' without a broker. */
  get node(): string {
    return this.#node?.node ?? '';
  }

  /** `up` while messages go out and come in. */
  get state(): ClusterState {
    return this.#node?.state ?? 'alone';
  }

  /** The nodes that are alive, this one first; none without a broker. */
  get nodes(): readonly NodeInfo[] {
    return this.#node === undefined ? [] : [this.#node.info, ...this.#node.bus.peers.values()];
  }

  /** Counters since the start. */
  get stats(): ClusterStats {
    return this.#node?.stats ?? ALONE_STATS;
  }

  /** Tells what happens between the nodes. @returns how to stop listening */
  observe(observer: ClusterObserver): () => void {
    return this.#node?.observers.add(observer) ?? (() => {});
  }

  /** @internal For the parts of a hub that talk to other nodes; undefined without a broker. */
  get [kBus](): ClusterBus | undefined {
    return this.#node?.bus;
  }
}
