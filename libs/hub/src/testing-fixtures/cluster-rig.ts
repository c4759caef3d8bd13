import type { Broker } from '../broker/broker.js';
import { memoryBroker } from '../broker/memory/memory-broker.js';
import { MemoryBrokerServer } from '../broker/memory/memory-broker-server.js';
import type { ClusterInternals } from '../cluster/cluster-internals.js';
import type { ClusterOptions } from '../cluster/cluster-options.js';
import type { Dropped, Ignored } from '../cluster/cluster-observer.js';
import type { Gap } from '../cluster/delivery/gap.js';
import type { EndpointConfig } from '../endpoint/endpoint-config.js';
import type { Hub } from '../hub.js';
import { FakeClock } from './fake-clock.js';
import { serve, type Client } from './fake-upgrade.js';

/** One hub among others, and what it was told. */
export interface RigNode {
  readonly hub: Hub;
  readonly connect: (options?: object) => Client;
  readonly reports: { readonly error: unknown }[];
  readonly gaps: Gap[];
  readonly dropped: Dropped[];
  readonly ignored: Ignored[];
  readonly news: string[];
  /** Off: what is published does not reach this node, but its log has it. */
  filter: (channel: string, message: Uint8Array) => boolean;
  /** Its session ends, and that of no other node. */
  breakLink: () => void;
}

interface NodeOptions extends ClusterInternals {
  readonly cluster?: ClusterOptions;
  readonly config?: Partial<EndpointConfig>;
  readonly start?: boolean;
}

/** Several hubs over one broker in memory, whose time stands still. */
export class ClusterRig {
  readonly clock = new FakeClock();
  /** Undefined: there is no broker to be reached. */
  server: MemoryBrokerServer | undefined = new MemoryBrokerServer({ clock: this.clock });
  readonly #nodes: RigNode[] = [];
  readonly #options: ClusterOptions;

  constructor(options: ClusterOptions = {}) {
    this.#options = options;
  }

  async node(given: NodeOptions = {}): Promise<RigNode> {
    const { cluster, config, start = true, ...internals } = given;
    const { hub, connect, reports } = serve(
      {},
      config,
      { broker: this.#broker(() => node), cluster: { ...this.#options, ...cluster } },
      { clock: this.clock, ...internals },
    );
    const node: RigNode = {
      hub,
      connect,
      reports,
      gaps: [],
      dropped: [],
      ignored: [],
      news: [],
      filter: () => true,
      breakLink: () => {},
    };
    hub.cluster.observe({
      gap: (gap) => node.gaps.push(gap),
      dropped: (dropped) => node.dropped.push(dropped),
      ignored: (ignored) => node.ignored.push(ignored),
      state: (state) => node.news.push(state),
      nodeUp: ({ id }) => node.news.push(`+${id}`),
      nodeDown: ({ id }) => node.news.push(`-${id}`),
    });
    this.#nodes.push(node);
    if (!start) return node;
    await this.until(hub.start());
    await this.clock.advance(300);
    return node;
  }

  /** The server dies. */
  kill(): void {
    const { server } = this;
    this.server = undefined;
    server?.close();
  }

  /** Another one takes its place, with nothing in it. */
  async restart(): Promise<void> {
    this.server = new MemoryBrokerServer({ clock: this.clock });
    await this.clock.advance(2_000);
  }

  async close(): Promise<void> {
    const closing = this.#nodes.map(({ hub }) => hub.close({ deadline: 10 }));
    await this.until(Promise.all(closing));
  }

  /** Lets time go on until something has happened that waits for real time as well. */
  async until(promise: Promise<unknown>): Promise<void> {
    const waiting = new Set([promise]);
    const settle = promise.finally(() => waiting.clear());
    while (waiting.size > 0) await this.clock.advance(250);
    await settle;
  }

  #broker(node: () => RigNode): Broker {
    const broker = memoryBroker(() => {
      if (this.server === undefined) throw new Error('Cannot reach the broker: there is none');
      return this.server;
    });
    const open = broker.open.bind(broker);
    broker.open = async (host) => {
      const session = await open({
        node: host.node,
        received: (channel, message) => {
          if (node().filter(channel, message)) host.received(channel, message);
        },
        closed: (error) => host.closed(error),
      });
      node().breakLink = () => {
        session.destroy();
        host.closed(new Error('The link broke'));
      };
      return session;
    };
    return broker;
  }
}

/** Events a client has heard, with their data. */
export function heard({ transport }: Client): unknown[] {
  return transport.heard.map(({ event, data }) => (data === undefined ? event : [event, data]));
}
