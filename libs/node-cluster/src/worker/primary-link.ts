import { LimitError } from '#engine';
import { connect, type Socket } from 'node:net';
import { BrokerUnavailable, ByteReader, ByteWriter } from '#hub';
import { Reply, type Request } from '../wire/frame-kind.js';
import { FrameStream } from '../wire/frame-stream.js';

/** Milliseconds the primary has to answer. */
const ANSWER_TIMEOUT = 2_000;
/** Milliseconds between looks for requests that were not answered. */
const CHECK_INTERVAL = 100;
/** Bytes that may wait for the primary. */
const MAX_BUFFERED = 32 * 1024 * 1024;
/** UTF-16 units of a refusal. */
const MAX_REASON = 4_096;

interface Waiting {
  readonly resolve: (answer: ByteReader) => void;
  readonly reject: (error: Error) => void;
  readonly deadline: number;
}

/** Writes what a request says behind its head. */
export type WriteRequest = (writer: ByteWriter) => unknown;

/** What comes without having been asked for. */
interface Incoming {
  /** @param frame behind its kind */
  received(kind: number, frame: ByteReader): void;
  /** It has ended by itself, once. */
  closed(error: Error): void;
}

/** A connection to the primary: requests and their answers, in order. */
export class PrimaryLink {
  readonly #stream: FrameStream;
  readonly #incoming: Incoming;
  readonly #waiting = new Map<number, Waiting>();
  readonly #watch: NodeJS.Timeout;
  #lastId = 0;
  #ended: Error | undefined;

  /** @throws {BrokerUnavailable} as a rejection, when nobody listens there */
  static async connect(path: string, incoming: Incoming): Promise<PrimaryLink> {
    return new PrimaryLink(await connected(path), incoming);
  }

  private constructor(socket: Socket, incoming: Incoming) {
    this.#incoming = incoming;
    this.#watch = setInterval(() => this.#expire(), CHECK_INTERVAL).unref();
    this.#stream = new FrameStream(
      socket,
      (frame) => this.#received(new ByteReader(frame)),
      (error) => this.#end(new BrokerUnavailable('The primary has gone', { cause: error })),
      MAX_BUFFERED,
    );
  }

  /** @throws {BrokerUnavailable} as a rejection, without an answer within 2 seconds */
  ask(request: Request, write: WriteRequest = () => undefined): Promise<ByteReader> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = (this.#lastId = (this.#lastId + 1) >>> 0);
    const writer = new ByteWriter().u8(request).u32(id);
    try {
      write(writer);
    } catch (error) {
      // What cannot be written is the caller's.
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, deadline: Date.now() + ANSWER_TIMEOUT });
      this.#stream.send(writer.done());
    });
  }

  /** Ends it at once; what is under way is rejected. */
  destroy(): void {
    if (this.#ended !== undefined) return;
    this.#finish(new BrokerUnavailable('The session was destroyed'));
    this.#stream.destroy();
  }

  #received(frame: ByteReader): void {
    const kind = frame.u8();
    if (kind !== Reply.Done && kind !== Reply.Failed) {
      if (this.#ended === undefined) this.#incoming.received(kind, frame);
      return;
    }
    const id = frame.u32();
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (kind === Reply.Done) waiting?.resolve(new ByteReader(copy(frame)));
    else waiting?.reject(refusal(frame.text(MAX_REASON)));
  }

  #expire(): void {
    const now = Date.now();
    for (const [id, { reject, deadline }] of this.#waiting) {
      if (deadline > now) return;
      this.#waiting.delete(id);
      reject(new BrokerUnavailable(`The primary has not answered within ${ANSWER_TIMEOUT} ms`));
    }
  }

  #end(error: Error): void {
    if (this.#ended !== undefined) return;
    this.#finish(error);
    this.#incoming.closed(error);
  }

  #finish(error: Error): void {
    this.#ended = error;
    clearInterval(this.#watch);
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error);
  }
}

/** The answer outlives the chunk it came in. */
function copy(frame: ByteReader): Uint8Array {
  return Uint8Array.from(frame.raw(frame.left));
}

/** Limits are the caller's fault, all else is the primary's. */
function refusal(reason: string): Error {
  return reason.startsWith('Cannot send to other nodes')
    ? new LimitError(reason, 'WS_ERR_BROKER_MESSAGE_TOO_LONG')
    : new BrokerUnavailable(reason);
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const failed = (error: Error): void =>
      reject(new BrokerUnavailable('Cannot reach the primary process', { cause: error }));
    socket.once('error', failed);
    socket.once('connect', () => {
      socket.off('error', failed);
      resolve(socket);
    });
  });
}
