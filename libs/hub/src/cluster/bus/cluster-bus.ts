import type { IgnoredReason } from './ignored-reason.js';
import type { MessageKind } from './message-kind.js';

/** Another node as its heartbeats describe it. */
export interface NodeInfo {
  /** 16 hexadecimal digits, new with every start. */
  readonly id: string;
  /** For people; default the host's name and the process id. */
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly connections: number;
  readonly users: number;
  readonly rooms: number;
  /** Names of the codecs its clients speak. */
  readonly codecs: readonly string[];
}

/** Is told what the bus knows; after it has happened. */
export interface BusListener {
  /** Messages go out and come in: what was missed meanwhile is asked for now. */
  up?(): void;
  /** Nothing goes out or comes in until `up`. */
  down?(): void;
  nodeUp?(node: NodeInfo): void;
  /** It said so, or was silent for too long while our own link was up. */
  nodeDown?(node: NodeInfo): void;
}

/** A message of a part of another node. */
export interface BusMessage {
  /** Id of the node that sent it; never this one. */
  readonly from: string;
  readonly channel: string;
  /** Lent: copied by whoever keeps it. */
  readonly payload: Uint8Array;
}

/**
 * Small messages between the same parts of all nodes: the roster, queries, mail. Best effort: may be lost,
 * doubled or come late, and nothing is repaired. A payload has at most 64 KiB, an answer 1 MiB.
 */
export interface ClusterBus {
  /** Id of this node. */
  readonly node: string;
  /** The other nodes that are alive, by id. */
  readonly peers: ReadonlyMap<string, NodeInfo>;
  readonly up: boolean;
  /** Never throws and never waits; while the link is down nothing is sent. */
  publish(channel: string, kind: MessageKind, payload: Uint8Array): void;
  /** One listener for each kind. `MalformedBytes` that it throws are counted; anything else is reported. */
  on(kind: MessageKind, listener: (message: BusMessage) => void): void;
  /** What came is not used: counted. Where there is none nobody counts. */
  ignored?(channel: string, reason: IgnoredReason): void;
  /** @returns how to stop listening */
  observe(listener: BusListener): () => void;
  /**
   * Whoever needs a channel says so; it is subscribed while somebody does, and 5 seconds longer.
   * Room and user channels of local members are held by the cluster itself.
   */
  hold(channel: string): void;
  release(channel: string): void;
  /** Settles when messages of the channel are received; at once while there is no link. */
  settled(channel: string): Promise<void>;
}
