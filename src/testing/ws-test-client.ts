import type { IncomingHttpHeaders } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { ReadyState } from '#engine';
import type { WebSocket } from '#ws';
import { EXCEPTION_EVENT, jsonCodec, type Codec } from '#hub';
import { routeTo } from './app-connection.js';
import { openSocket } from './open-socket.js';
import { describeClose, TestConnection, type WsClosed } from './test-connection.js';
import { Origin, WsExceptionError } from './test-errors.js';
import { describe } from './transcript.js';
import type {
  BinaryMessage,
  FrameMessage,
  Matcher,
  Received,
  TextMessage,
  WsFrame,
} from './ws-frame.js';

/** Below the five seconds of Jest and Vitest, so that this client's error comes before theirs. */
const DEFAULT_TIMEOUT = 2_000;

/** How `WsTestClient.connect` connects. */
export interface WsTestClientOptions {
  /** Sent with the handshake: Authorization, Cookie, Origin. Default none. */
  headers?: Record<string, string>;
  /** Subprotocols to offer, the preferred one first. Default none. */
  protocols?: string | readonly string[];
  /** Added to the path. */
  query?: Record<string, string>;
  /** Milliseconds that everything that waits may take. Default 2,000. */
  timeout?: number;
  /** Encodes and decodes; default JSON. */
  codec?: Codec;
  /** Connect in memory although the application listens. Default false. */
  inMemory?: boolean;
}

/** How long one call waits. */
export interface WaitOptions {
  /** Milliseconds; default the client's. */
  timeout?: number;
}

/**
 * A client for tests of gateways, of either kind. Everything that waits has a time limit, and an error
 * that shows what was awaited, what came instead and all that happened before.
 *
 * @example
 * const client = await WsTestClient.connect(app, '/chat/lobby', { headers: { authorization } });
 * client.send('say', { text: 'hello' });
 * expect(await client.next('said')).toMatchObject({ data: { text: 'hello' } });
 * await client.close();
 */
export class WsTestClient {
  readonly #connection: TestConnection;
  #requests = 0;

  /**
   * Connects over the port of an application that listens, and in memory to one that does not.
   * @param app an application, which is initialised if it is not yet; or a URL, for a port of the
   *   gateways' own
   * @param path default `/`
   * @throws {WsRefusedError} with status, headers and body, when the server refuses
   */
  static async connect(
    app: INestApplication | string | URL,
    path = '/',
    options: WsTestClientOptions = {},
  ): Promise<WsTestClient> {
    const { headers = {}, protocols = [], timeout = DEFAULT_TIMEOUT, codec } = options;
    const origin = new Origin();
    const target = withQuery(path, options.query);
    const route = await routeTo(app, target, options.inMemory);
    const { socket, opened } = openSocket(route, target, {
      headers,
      protocols: [protocols].flat(),
      timeout,
    });
    const connection = new TestConnection(socket, target, timeout, codec);
    try {
      return new WsTestClient(connection, await opened);
    } catch (error) {
      throw error instanceof Error ? origin.of(error) : error;
    }
  }

  private constructor(
    connection: TestConnection,
    /** Headers of the response that opened the connection. */
    readonly headers: IncomingHttpHeaders,
  ) {
    this.#connection = connection;
  }

  /** The connection itself, for what has no method here. */
  get socket(): WebSocket {
    return this.#connection.socket;
  }

  /** Settles when the connection has ended; never rejects. */
  get closed(): Promise<WsClosed> {
    return this.#connection.closed;
  }

  /** The subprotocol the server chose, `''` when none. */
  get protocol(): string {
    return this.socket.protocol;
  }

  /** Frames that have come and were not taken, oldest first. */
  get unread(): WsFrame[] {
    return this.#connection.inbox.unread.flatMap((message) =>
      message.kind === 'frame' ? [message.frame] : [],
    );
  }

  /** What happened so far, one line for each thing. */
  get transcript(): string {
    return this.#connection.log.toString();
  }

  /** Sends an event. */
  send(event: string, data?: unknown, id?: string | number): void {
    const envelope = id === undefined ? { event, data } : { event, data, id };
    this.sendRaw((this.#connection.codec ?? jsonCodec).encode(envelope));
  }

  /** Sends a message as it is: text for a string, binary for bytes. */
  sendRaw(message: string | Uint8Array): void {
    this.#connection.log.sent(message);
    this.socket.send(message);
  }

  /**
   * The first unread frame, or the first of an event; waits for it if it has not come. Frames that do
   * not match stay unread.
   */
  async next<Data = unknown>(
    event?: string | ((frame: WsFrame) => boolean),
    options?: WaitOptions,
  ): Promise<WsFrame<Data>> {
    const origin = new Origin();
    const what = typeof event === 'string' ? JSON.stringify(event) : 'a frame';
    const matches = frameMatcher<Data>(event);
    return (await this.#connection.wait(matches, what, origin, options?.timeout)).frame;
  }

  /** The first unread text that is no frame, such as what a handler without an event returns. */
  async nextText(options?: WaitOptions): Promise<string> {
    const origin = new Origin();
    return (await this.#connection.wait(isText, 'a text', origin, options?.timeout)).text;
  }

  /** The first unread binary message. */
  async nextBinary(options?: WaitOptions): Promise<Buffer> {
    const origin = new Origin();
    return (await this.#connection.wait(isBinary, 'bytes', origin, options?.timeout)).bytes;
  }

  /**
   * Sends an event with an id and waits for the answer to it.
   * @returns its data
   * @throws {WsExceptionError} when it is answered with an exception
   */
  async request<Data = unknown>(
    event: string,
    data?: unknown,
    options?: WaitOptions,
  ): Promise<Data> {
    const origin = new Origin();
    const id = this.#newId();
    this.send(event, data, id);
    const what = `the answer to ${JSON.stringify(event)} (id ${id})`;
    const matches = answerMatcher<Data>(id);
    const { frame } = await this.#connection.wait(matches, what, origin, options?.timeout);
    if (frame.event === EXCEPTION_EVENT) throw origin.of(new WsExceptionError(frame));
    return frame.data;
  }

  /**
   * Sends an event with an id, at once, and iterates over the data of all its answers. Leaving the loop
   * early cancels the stream at the server.
   * @throws {WsExceptionError} when the stream ends with an exception
   */
  stream<Data = unknown>(
    event: string,
    data?: unknown,
    options?: WaitOptions,
  ): AsyncGenerator<Data, void, undefined> {
    const origin = new Origin();
    const id = this.#newId();
    const what = `the next of ${JSON.stringify(event)} (id ${id})`;
    // A generator would send with the first `next()` only.
    this.send(event, data, id);
    return this.#answers<Data>(
      id,
      (matches) => this.#connection.wait(matches, what, origin, options?.timeout),
      origin,
    );
  }

  async *#answers<Data>(
    id: string,
    wait: (matches: Matcher<FrameMessage<Data>>) => Promise<FrameMessage<Data>>,
    origin: Origin,
  ): AsyncGenerator<Data, void, undefined> {
    const matches = answerMatcher<Data>(id);
    let over = false;
    try {
      while (!over) {
        const { frame } = await wait(matches);
        over = frame.complete === true || frame.event === EXCEPTION_EVENT;
        if (frame.event === EXCEPTION_EVENT) throw origin.of(new WsExceptionError(frame));
        // The frame that ends a stream usually carries nothing.
        if (!over || frame.data !== undefined) yield frame.data;
      }
    } finally {
      if (!over && this.socket.readyState === ReadyState.Open) this.send('$cancel', undefined, id);
    }
  }

  /**
   * Answers a request of the server, which is a frame with an id that was not asked for.
   * @param request the frame, as `next` gave it
   */
  reply(request: WsFrame, data?: unknown): void {
    this.send('$reply', data, request.id);
  }

  /** Refuses a request of the server. */
  refuse(request: WsFrame, error: { code: string; message: string }): void {
    this.send('$error', error, request.id);
  }

  /**
   * Waits for the server to close the connection, and checks how.
   * @param code when given, the one it has to be
   * @param reason when given, the one it has to be
   */
  async expectClose(code?: number, reason?: string, options?: WaitOptions): Promise<WsClosed> {
    const origin = new Origin();
    const timeout = options?.timeout ?? this.#connection.timeout;
    const wanted = `a close${code === undefined ? '' : ` with ${describeClose({ code, reason })}`}`;
    const end = await this.#connection.ended(timeout);
    if (end === undefined) {
      throw this.#connection.error(origin, `Expected ${wanted}: still open after ${timeout} ms`);
    }
    if ((code ?? end.code) !== end.code || (reason ?? end.reason) !== end.reason) {
      const found = describeClose(end);
      throw this.#connection.error(origin, `Expected ${wanted}, current value is ${found}`);
    }
    return end;
  }

  /**
   * Checks that nothing comes, nothing unread has come, and the connection stays open.
   * @param ms how long to wait; by default a ping and its pong, behind which everything comes that the
   *   server has sent by then
   */
  async expectNothing(ms?: number): Promise<void> {
    const origin = new Origin();
    const connection = this.#connection;
    if (connection.inbox.unread.length === 0 && connection.end === undefined) {
      if (ms === undefined) await connection.roundTrip();
      else await connection.ended(ms);
    }
    const [message] = connection.inbox.unread;
    if (message !== undefined) {
      throw connection.error(origin, `Expected nothing, current value is ${describe(message)}`);
    }
    if (connection.end !== undefined) {
      const found = describeClose(connection.end);
      throw connection.error(origin, `Expected nothing, current value is a close with ${found}`);
    }
  }

  /** A ping and its pong: the server has read all that was sent before. */
  async ping(options?: WaitOptions): Promise<void> {
    const origin = new Origin();
    const timeout = options?.timeout ?? this.#connection.timeout;
    const answer = await this.#connection.roundTrip(timeout);
    if (answer === 'pong') return;
    const why =
      answer === undefined
        ? `nothing came within ${timeout} ms`
        : `the connection was closed with ${describeClose(answer)}`;
    throw this.#connection.error(origin, `Cannot get a pong: ${why}`);
  }

  /** Closes the connection and waits for the server to agree. */
  async close(code = 1000, reason = ''): Promise<WsClosed> {
    const origin = new Origin();
    this.socket.close(code, reason);
    const end = await this.#connection.ended();
    if (end !== undefined) return end;
    this.socket.terminate();
    throw this.#connection.error(origin, 'Cannot close: the server did not answer in time');
  }

  /** Ends the connection as a lost network does: the server sees 1006. */
  terminate(): void {
    this.#connection.log.add('terminated');
    this.socket.terminate();
  }

  #newId(): string {
    this.#requests++;
    return `test-${this.#requests}`;
  }
}

function withQuery(path: string, query: Record<string, string> | undefined): string {
  const target = path.startsWith('/') ? path : `/${path}`;
  if (query === undefined) return target;
  return `${target}${target.includes('?') ? '&' : '?'}${new URLSearchParams(query).toString()}`;
}

function isText(message: Received): message is TextMessage {
  return message.kind === 'text';
}

function isBinary(message: Received): message is BinaryMessage {
  return message.kind === 'binary';
}

function frameMatcher<Data>(
  event: string | ((frame: WsFrame) => boolean) | undefined,
): Matcher<FrameMessage<Data>> {
  return (message): message is FrameMessage<Data> => {
    if (message.kind !== 'frame') return false;
    if (typeof event === 'function') return event(message.frame);
    return event === undefined || message.frame.event === event;
  };
}

/** An exception filter of Nest's knows of no id, so an exception without one answers, too. */
function answerMatcher<Data>(id: string): Matcher<FrameMessage<Data>> {
  return (message): message is FrameMessage<Data> => {
    if (message.kind !== 'frame') return false;
    const { frame } = message;
    return frame.id === id || (frame.event === EXCEPTION_EVENT && frame.id === undefined);
  };
}
