import { channel } from 'node:diagnostics_channel';
import type { NodeInfo } from './bus/cluster-bus.js';
import type { Gap } from './delivery/gap.js';
import type { DropReason } from './link/link-host.js';
import type { IgnoredReason } from './bus/ignored-reason.js';

/** `alone` without a broker; `connecting` and `down` while it is away. */
export type ClusterState = 'alone' | 'connecting' | 'up' | 'down';

/** Broadcasts of this node that the others never get. */
export interface Dropped {
  readonly messages: number;
  readonly rooms: readonly string[] | 'all';
  readonly users: readonly string[];
  /** Milliseconds since the epoch: when the first was sent, and the last. */
  readonly since: number;
  readonly until: number;
  readonly reason: DropReason | 'address';
}

/** Something that came from the broker and was not used. */
export interface Ignored {
  readonly reason: IgnoredReason;
  readonly channel: string;
}

/** Is told what happens between the nodes, after it has happened. What a method throws is reported. */
export interface ClusterObserver {
  /** @param error why the link is down */
  state?(state: ClusterState, error?: Error): void;
  nodeUp?(node: NodeInfo): void;
  /** It said goodbye, or was silent for 10 seconds while the link was up. */
  nodeDown?(node: NodeInfo): void;
  /** Broadcasts of another node are missing here, or may be. */
  gap?(gap: Gap): void;
  /** Broadcasts of this node are missing elsewhere. */
  dropped?(dropped: Dropped): void;
  ignored?(ignored: Ignored): void;
}

/** What the channels of the cluster tell, by their names. `node` is this node's id. */
export interface ClusterDiagnostics {
  'nestwire:cluster:state': {
    readonly node: string;
    readonly state: ClusterState;
    /** Why the link is down. */
    readonly error: Error | undefined;
  };
  'nestwire:cluster:gap': { readonly node: string; readonly gap: Gap };
  'nestwire:cluster:dropped': { readonly node: string; readonly dropped: Dropped };
  'nestwire:cluster:ignored': { readonly node: string; readonly ignored: Ignored };
}

const CHANNELS = {
  state: channel('nestwire:cluster:state'),
  gap: channel('nestwire:cluster:gap'),
  dropped: channel('nestwire:cluster:dropped'),
  ignored: channel('nestwire:cluster:ignored'),
};

/** Whoever wants to hear about the cluster of one node, and `node:diagnostics_channel`. */
export class ClusterObservers implements Required<ClusterObserver> {
  readonly #observers = new Set<ClusterObserver>();
  readonly #node: string;
  readonly #failed: (error: unknown) => void;

  /** @param failed told what an observer threw */
  constructor(node: string, failed: (error: unknown) => void) {
    this.#node = node;
    this.#failed = failed;
  }

  /** @returns how to stop listening */
  add(observer: ClusterObserver): () => void {
    this.#observers.add(observer);
    return () => void this.#observers.delete(observer);
  }

  state(state: ClusterState, error?: Error): void {
    this.#publish('state', { state, error });
    this.#tell((one) => one.state?.(state, error));
  }

  nodeUp(node: NodeInfo): void {
    this.#tell((one) => one.nodeUp?.(node));
  }

  nodeDown(node: NodeInfo): void {
    this.#tell((one) => one.nodeDown?.(node));
  }

  gap(gap: Gap): void {
    this.#publish('gap', { gap });
    this.#tell((one) => one.gap?.(gap));
  }

  dropped(dropped: Dropped): void {
    this.#publish('dropped', { dropped });
    this.#tell((one) => one.dropped?.(dropped));
  }

  ignored(ignored: Ignored): void {
    this.#publish('ignored', { ignored });
    this.#tell((one) => one.ignored?.(ignored));
  }

  #publish(name: keyof typeof CHANNELS, message: object): void {
    if (CHANNELS[name].hasSubscribers) CHANNELS[name].publish({ node: this.#node, ...message });
  }

  #tell(call: (observer: ClusterObserver) => void): void {
    for (const observer of this.#observers) {
      try {
        call(observer);
      } catch (error) {
        this.#failed(error);
      }
    }
  }
}
