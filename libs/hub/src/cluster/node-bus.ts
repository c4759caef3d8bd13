import { LimitError } from '#engine';
import type { BusListener, BusMessage, ClusterBus, NodeInfo } from './bus/cluster-bus.js';
import { MessageKind } from './bus/message-kind.js';
import { MalformedBytes } from '../support/byte-reader.js';
import type { Link } from './link/link.js';
import { payloadLimit, type ClusterMessage } from './message/cluster-message.js';
import type { IgnoredReason } from './bus/ignored-reason.js';
import type { MessageEncoder } from './message/message-encoder.js';

interface BusHost {
  readonly node: string;
  readonly link: Pick<Link, 'state' | 'control' | 'hold' | 'release' | 'settled'>;
  readonly encoder: MessageEncoder;
  readonly peers: ReadonlyMap<string, NodeInfo>;
  /** Number of the last broadcast. */
  seq(): number;
  ignored(reason: IgnoredReason, channel: string): void;
  report(error: unknown): void;
}

/** The bus of one node, over its link. */
export class NodeBus implements ClusterBus {
  readonly node: string;
  readonly peers: ReadonlyMap<string, NodeInfo>;
  readonly #host: BusHost;
  readonly #listeners = new Map<MessageKind, (message: BusMessage) => void>();
  readonly #observers = new Set<BusListener>();

  constructor(host: BusHost) {
    this.node = host.node;
    this.peers = host.peers;
    this.#host = host;
  }

  get up(): boolean {
    return this.#host.link.state === 'up';
  }

  publish(channel: string, kind: MessageKind, payload: Uint8Array): void {
    if (!this.up) return;
    const { encoder, link } = this.#host;
    const limit = payloadLimit(kind);
    if (payload.length > limit) {
      const error = new LimitError(
        `Cannot send ${MessageKind[kind]} to other nodes: the limit is ${limit} bytes, current value is ${payload.length}`,
        'WS_ERR_CLUSTER_MESSAGE_TOO_LARGE',
      );
      this.#host.report(error);
      return;
    }
    const header = { seq: this.#host.seq(), prev: 0, flags: 0 };
    const message = encoder.encode(kind, header, (writer) => writer.raw(payload), payload.length);
    link.control(channel, message);
  }

  on(kind: MessageKind, listener: (message: BusMessage) => void): void {
    this.#listeners.set(kind, listener);
  }

  ignored(channel: string, reason: IgnoredReason): void {
    this.#host.ignored(reason, channel);
  }

  observe(listener: BusListener): () => void {
    this.#observers.add(listener);
    return () => void this.#observers.delete(listener);
  }

  hold(channel: string): void {
    this.#host.link.hold(channel);
  }

  release(channel: string): void {
    this.#host.link.release(channel);
  }

  settled(channel: string): Promise<void> {
    return this.#host.link.settled(channel);
  }

  /** A message has come. @returns why it is not used, where it is not */
  received(
    channel: string,
    { node: from, kind, payload }: ClusterMessage,
  ): IgnoredReason | undefined {
    const listener = this.#listeners.get(kind);
    if (listener === undefined) return 'kind';
    try {
      listener({ from, channel, payload });
    } catch (error) {
      // What strangers send is counted; it must not fill a log.
      if (error instanceof MalformedBytes) return 'malformed';
      this.#host.report(error);
    }
    return undefined;
  }

  /** Tells whoever observes. */
  tell(call: (listener: BusListener) => void): void {
    for (const observer of this.#observers) this.#try(() => call(observer));
  }

  #try(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#host.report(error);
    }
  }
}
