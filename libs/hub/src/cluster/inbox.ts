import { MessageKind } from './bus/message-kind.js';
import type { ClusterObservers } from './cluster-observer.js';
import { noneIgnored } from './cluster-stats.js';
import { readTails, readTailsAsk, type Tails } from './delivery/tails.js';
import {
  parseMessage,
  readPayload,
  type ClusterMessage,
  type MessageReader,
} from './message/cluster-message.js';
import type { IgnoredReason } from './bus/ignored-reason.js';

/** The parts of a node that messages are for. What they return is why a message is not used. */
interface InboxParts {
  broadcast(channel: string, message: ClusterMessage): void;
  member(message: ClusterMessage): IgnoredReason | undefined;
  tails(node: string, tails: Tails): void;
  /** @param after of this node's broadcasts, those behind this one */
  tailsAsked(node: string, after: number): void;
  other(channel: string, message: ClusterMessage): IgnoredReason | undefined;
}

/** What comes from the broker: read, counted, and handed to the part it is for. */
export class Inbox {
  /** Messages that came. */
  received = 0;
  readonly ignored = noneIgnored();
  readonly #reader: () => MessageReader;
  readonly #observers: ClusterObservers;
  readonly #parts: InboxParts;

  constructor(reader: () => MessageReader, observers: ClusterObservers, parts: InboxParts) {
    this.#reader = reader;
    this.#observers = observers;
    this.#parts = parts;
  }

  parse(bytes: Uint8Array): ClusterMessage | IgnoredReason {
    return parseMessage(bytes, this.#reader());
  }

  receive(channel: string, bytes: Uint8Array): void {
    this.received++;
    const message = this.parse(bytes);
    const reason = typeof message === 'string' ? message : this.#dispatch(channel, message);
    if (reason !== undefined) this.ignore(reason, channel);
  }

  ignore(reason: IgnoredReason, channel: string): void {
    this.ignored[reason]++;
    // A broker that hands a node its own messages does nothing wrong, nor does a node that has just come.
    if (reason !== 'own' && reason !== 'stranger') this.#observers.ignored({ reason, channel });
  }

  #dispatch(channel: string, message: ClusterMessage): IgnoredReason | undefined {
    const { kind, node, payload } = message;
    switch (kind) {
      case MessageKind.Broadcast:
        this.#parts.broadcast(channel, message);
        return undefined;
      case MessageKind.Heartbeat:
      case MessageKind.Hello:
      case MessageKind.Bye:
        return this.#parts.member(message);
      case MessageKind.Tails: {
        const tails = readPayload(payload, readTails);
        if (tails === undefined) return 'malformed';
        this.#parts.tails(node, tails);
        return undefined;
      }
      case MessageKind.TailsAsk: {
        const own = this.#reader().node;
        const asked = readPayload(payload, (reader) => ({ after: readTailsAsk(reader, own) }));
        if (asked === undefined) return 'malformed';
        if (asked.after !== undefined) this.#parts.tailsAsked(node, asked.after);
        return undefined;
      }
      default:
        return this.#parts.other(channel, message);
    }
  }
}
