import type { Socket } from 'node:net';
import {
  ByteReader,
  ByteWriter,
  type LogNews,
  type MemoryBrokerServer,
  type NumberedMail,
  type Outgoing,
} from '#hub';
import { Reply, Request } from '../wire/frame-kind.js';
import { FrameStream } from '../wire/frame-stream.js';
import { checkNode, MAX_NAME, readBounds, readNames, writeEnd } from '../wire/values.js';
import type { FrameCache } from './frame-cache.js';

/** Bytes that may wait for one worker; then it is cut off, comes back and repairs. */
const MAX_BUFFERED = 16 * 1024 * 1024;
/** Messages in one request. */
const MAX_BATCH = 4_096;
/** Ids of one append: the worker's own and the application's. */
const MAX_IDS = 2;
/** Numbers of mail in one request. */
const MAX_NUMBERS = 4_096;

/** One worker's connection at the primary: reads requests, does them at once, and answers in order. */
export class WorkerPort {
  readonly #server: MemoryBrokerServer;
  readonly #stream: FrameStream;
  readonly #frames: FrameCache;
  readonly #leave: () => void;
  #node: string | undefined;

  readonly #message = (channel: string, message: Uint8Array): void =>
    this.#stream.send(this.#frames.message(channel, message));

  readonly #news = (room: string, news: LogNews): void =>
    this.#stream.send(this.#frames.news(room, news));

  constructor(server: MemoryBrokerServer, socket: Socket, frames: FrameCache) {
    this.#server = server;
    this.#frames = frames;
    this.#leave = server.attach(() => this.#stream.destroy());
    this.#stream = new FrameStream(
      socket,
      (frame) => this.#received(new ByteReader(frame)),
      () => this.#closed(),
      MAX_BUFFERED,
    );
  }

  #closed(): void {
    this.#leave();
    this.#server.relay.leave(this.#message);
    this.#server.histories.followers.leave(this.#news);
  }

  /** What throws in reading ends the connection; what the server refuses is an answer. */
  #received(reader: ByteReader): void {
    const kind = reader.u8();
    const id = reader.u32();
    const work = this.#read(kind, reader);
    try {
      const answer = new ByteWriter().u8(Reply.Done).u32(id);
      work(answer);
      this.#stream.send(answer.done());
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#stream.send(new ByteWriter().u8(Reply.Failed).u32(id).text(message).done());
    }
  }

  /** @throws {MalformedBytes} @returns what does it, and writes the answer behind its head */
  #read(kind: number, reader: ByteReader): (answer: ByteWriter) => void {
    const server = this.#server;
    switch (kind) {
      case Request.Hello: {
        this.#node = checkNode(reader.text(MAX_NAME));
        return (answer) => void answer.text(server.generation).u32(server.maxMessage);
      }
      case Request.Publish:
        return this.#publish(reader);
      case Request.Subscribe: {
        const channels = readNames(reader);
        return () => channels.forEach((one) => server.relay.subscribe(this.#message, one));
      }
      case Request.Unsubscribe: {
        const channels = readNames(reader);
        return () => channels.forEach((one) => server.relay.unsubscribe(this.#message, one));
      }
      case Request.ReadLog: {
        const [node, after] = [reader.text(MAX_NAME), reader.u64()];
        const limit = { messages: reader.u32(), bytes: reader.u32() };
        return (answer) => {
          const found = server.logs.read(node, after, limit);
          answer.u32(found.length);
          for (const { channel, message } of found) answer.text(channel).bytes(message);
        };
      }
      case Request.Probe:
        return () => undefined;
      default:
        return this.#readHistory(kind, reader);
    }
  }

  #publish(reader: ByteReader): (answer: ByteWriter) => void {
    const node = checkNode(this.#node ?? '');
    const log = reader.u8() === 1;
    const batch: Outgoing[] = [];
    for (let left = reader.count(MAX_BATCH, 14); left > 0; left--) {
      const [channel, seq, copy] = [reader.text(MAX_NAME), reader.u48(), reader.u16()];
      // The bytes are a view of what was read, which a log would keep whole.
      const bytes = reader.bytes();
      batch.push({ channel, seq, copy, message: log ? Uint8Array.from(bytes) : bytes });
    }
    return () => {
      for (const { message } of batch) this.#server.checkLength(message);
      this.#server.publish(node, batch, log);
    };
  }

  #readHistory(kind: number, reader: ByteReader): (answer: ByteWriter) => void {
    const { histories } = this.#server;
    switch (kind) {
      case Request.Follow: {
        const rooms = readNames(reader);
        return () => rooms.forEach((one) => histories.followers.subscribe(this.#news, one));
      }
      case Request.Unfollow: {
        const rooms = readNames(reader);
        return () => rooms.forEach((one) => histories.followers.unsubscribe(this.#news, one));
      }
      case Request.Append: {
        const [room, bounds] = [reader.text(MAX_NAME), readBounds(reader)];
        const ids = readNames(reader).slice(0, MAX_IDS);
        const body = Uint8Array.from(reader.bytes());
        return (answer) => {
          this.#server.checkLength(body);
          const { time, ...end } = histories.append(room, body, bounds, ids);
          writeEnd(answer, end).u64(time);
        };
      }
      case Request.ReadHistory: {
        const [room, after] = [reader.text(MAX_NAME), reader.u64()];
        const bounds = readBounds(reader);
        return (answer) => {
          const { entries, ...end } = histories.read(room, after, bounds);
          writeEnd(answer, end).u32(entries.length);
          for (const { offset, time, body } of entries) answer.u64(offset).u64(time).bytes(body);
        };
      }
      case Request.Ends: {
        const rooms = readNames(reader);
        return (answer) => rooms.forEach((room) => void writeEnd(answer, histories.end(room)));
      }
      case Request.ClearHistory: {
        const room = reader.text(MAX_NAME);
        return () => histories.clear(room);
      }
      default:
        return this.#readMail(kind, reader);
    }
  }

  #readMail(kind: number, reader: ByteReader): (answer: ByteWriter) => void {
    const { mailboxes } = this.#server;
    const userId = reader.text(MAX_NAME);
    switch (kind) {
      case Request.PushMail: {
        const bounds = { maxMessages: reader.u64(), maxBytes: reader.u64() };
        const [expiresAt, size] = [reader.u64(), reader.u64()];
        const body = Uint8Array.from(reader.bytes());
        return (answer) => {
          this.#server.checkLength(body);
          const { number, dropped } = mailboxes.push(userId, { body, expiresAt, size }, bounds);
          answer.u64(number).u32(dropped);
        };
      }
      case Request.ListMail:
        return (answer) => writeMails(answer, mailboxes.list(userId));
      case Request.RemoveMail: {
        const numbers = Array.from({ length: reader.count(MAX_NUMBERS, 8) }, () => reader.u64());
        return (answer) => void answer.u8(mailboxes.remove(userId, numbers) ? 1 : 0);
      }
      case Request.ClearMail:
        return () => mailboxes.clear(userId);
      default:
        throw new Error(`A known request is expected, current value is ${kind}`);
    }
  }
}

function writeMails(answer: ByteWriter, mails: readonly NumberedMail[]): void {
  answer.u32(mails.length);
  for (const { number, expiresAt, size, body } of mails) {
    answer.u64(number).u64(expiresAt).u64(size).bytes(body);
  }
}
