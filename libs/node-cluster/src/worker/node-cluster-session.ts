import type {
  ByteReader,
  BrokerHost,
  BrokerSession,
  Logged,
  LogLimit,
  LogNews,
  Outgoing,
} from '#hub';
import { Reply, Request } from '../wire/frame-kind.js';
import { MAX_NAME, readNews, whole, writeNames } from '../wire/values.js';
import { PrimaryLink, type WriteRequest } from './primary-link.js';

/** Names in one request. */
const SLICE = 4_096;

type Feed = (room: string, news: LogNews) => void;

/** One connection to the primary, as the hub sees it. */
export class NodeClusterSession implements BrokerSession {
  readonly generation: string;
  readonly maxMessage: number;
  readonly #link: PrimaryLink;

  private constructor(link: PrimaryLink, generation: string, maxMessage: number) {
    this.#link = link;
    this.generation = generation;
    this.maxMessage = maxMessage;
  }

  /** @throws {BrokerUnavailable} as a rejection */
  static async open(path: string, host: BrokerHost, feed: Feed): Promise<NodeClusterSession> {
    const link = await PrimaryLink.connect(path, {
      received: (kind, frame) => receive(kind, frame, host, feed),
      closed: (error) => host.closed(error),
    });
    try {
      const welcome = await link.ask(Request.Hello, (writer) => writer.text(host.node));
      return new NodeClusterSession(link, welcome.text(MAX_NAME), welcome.u32());
    } catch (error) {
      link.destroy();
      throw error;
    }
  }

  async send(batch: readonly Outgoing[], log: boolean): Promise<void> {
    await this.#link.ask(Request.Publish, (writer) => {
      writer.u8(log ? 1 : 0).u16(batch.length);
      for (const { channel, message, seq, copy } of batch) {
        writer.text(channel).u48(seq).u16(copy).bytes(message);
      }
    });
  }

  subscribe(channels: readonly string[]): Promise<void> {
    return this.#names(Request.Subscribe, channels);
  }

  unsubscribe(channels: readonly string[]): Promise<void> {
    return this.#names(Request.Unsubscribe, channels);
  }

  follow(rooms: readonly string[]): Promise<void> {
    return this.#names(Request.Follow, rooms);
  }

  unfollow(rooms: readonly string[]): Promise<void> {
    return this.#names(Request.Unfollow, rooms);
  }

  async *readLog(node: string, after: number, limit: LogLimit): AsyncGenerator<Logged> {
    const messages = Math.min(whole(limit.messages), 2 ** 32 - 1);
    const bytes = Math.min(whole(limit.bytes), 2 ** 32 - 1);
    const answer = await this.#link.ask(Request.ReadLog, (writer) =>
      writer.text(node).u64(after).u32(messages).u32(bytes),
    );
    for (let left = answer.u32(); left > 0; left--) {
      yield { channel: answer.text(MAX_NAME), message: answer.bytes() };
    }
  }

  async probe(): Promise<void> {
    await this.#link.ask(Request.Probe);
  }

  destroy(): void {
    this.#link.destroy();
  }

  /** A request of the histories and mailboxes that come with it. */
  ask(request: Request, write: WriteRequest): Promise<ByteReader> {
    return this.#link.ask(request, write);
  }

  async #names(request: Request, names: readonly string[]): Promise<void> {
    for (let at = 0; at < names.length; at += SLICE) {
      const slice = names.slice(at, at + SLICE);
      await this.#link.ask(request, (writer) => writeNames(writer, slice));
    }
  }
}

function receive(kind: number, frame: ByteReader, host: BrokerHost, feed: Feed): void {
  if (kind === Reply.Message) {
    host.received(frame.text(MAX_NAME), frame.bytes());
  } else if (kind === Reply.News) {
    const room = frame.text(MAX_NAME);
    const news = readNews(frame);
    feed(room, { ...news, body: Uint8Array.from(news.body) });
  }
}
