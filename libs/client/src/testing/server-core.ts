import { ClientError } from '../support/client-error.js';
import type { Off } from '../support/off.js';
import { jsonCodec, type ClientCodec } from '../wire/client-codec.js';
import { fields } from '../wire/exception.js';
import type { Frame } from '../wire/frame.js';
import type { WebSocketClass, WebSocketLike } from '../wire/web-socket.js';
import {
  EXCEPTION_EVENT,
  EXPIRING_EVENT,
  JOIN_EVENT,
  LEAVE_EVENT,
  PING_EVENT,
  REAUTHENTICATE_EVENT,
  SHUTDOWN_EVENT,
} from '../wire/wire-events.js';
import { errorReply, reasonOf, refusalOf, type Refusal } from './error-frames.js';
import { FakeSocket } from './fake-socket.js';
import { Network } from './network.js';
import type { Handler } from './requests.js';
import { ServerConnection } from './server-connection.js';
import { ServerRoom, type Grant } from './server-room.js';
import { ServerUpload } from './server-upload.js';

/** A refusal closes with this and the status of HTTP together. */
const REFUSALS = 4000;

/** One opening handshake. */
interface Attempt {
  readonly url: string;
  readonly token: string | undefined;
  readonly protocols: readonly string[];
}

interface Asked {
  readonly connection: ServerConnection;
  readonly signal: AbortSignal;
}

interface Given {
  readonly kind: 'call' | 'stream' | 'upload';
  run(data: unknown, how: Asked & { readonly upload?: ServerUpload }): unknown;
}

interface Kept {
  readonly event: string;
  readonly answer: Promise<unknown>;
  readonly upload?: ServerUpload;
}

type Decide = (attempt: Attempt) => number | undefined;
type Admit = (room: string, connection: ServerConnection) => boolean | Grant;

/** Lets everybody in, who is told who is there and is nobody there. */
const OPEN_HOUSE: Grant = { presence: true };
/** Answers to `settled` are asked for until nothing has moved for so many turns. */
const QUIET_TURNS = 24;
const TOKEN = 'bearer.';

/** What `fakeServer` returns; `FakeServer` is how its types are seen. */
export class ServerCore {
  readonly WebSocket: WebSocketClass;
  readonly attempts: Attempt[] = [];
  readonly frames: Frame[] = [];
  readonly #codec: ClientCodec;
  readonly #report: (error: unknown) => void;
  readonly #network = new Network();
  readonly #open = new Set<ServerConnection>();
  readonly #handlers = new Map<string, Given>();
  readonly #rooms = new Map<string, ServerRoom>();
  /** What calls with a key were answered. */
  readonly #kept = new Map<string, Kept>();
  #refused: { readonly decide: Decide; readonly more: Partial<Refusal> } | undefined;
  #admit: Admit = () => OPEN_HOUSE;
  #connected = 0;

  constructor(codec: ClientCodec = jsonCodec, report: (error: unknown) => void = console.error) {
    this.#codec = codec;
    this.#report = report;
    const network = this.#network;
    const accept = (socket: FakeSocket): void => this.#accept(socket);
    this.WebSocket = class extends FakeSocket implements WebSocketLike {
      constructor(url: string, protocols: string[]) {
        super(url, protocols, network);
        network.post(() => accept(this));
      }
    };
  }

  get connections(): readonly ServerConnection[] {
    return [...this.#open];
  }

  received(event: string): unknown[] {
    return this.frames.filter((frame) => frame.event === event).map(({ data }) => data);
  }

  onCall(event: string, run: Given['run']): Off {
    return this.#on(event, { kind: 'call', run });
  }

  onStream(event: string, run: Given['run']): Off {
    return this.#on(event, { kind: 'stream', run });
  }

  onUpload(event: string, run: (upload: unknown, data: unknown, how: Asked) => unknown): Off {
    return this.#on(event, {
      kind: 'upload',
      run: (data, { upload, connection, signal }) => run(upload, data, { connection, signal }),
    });
  }

  onJoin(admit: Admit): void {
    this.#admit = admit;
  }

  emit(event: string, data?: unknown): void {
    for (const connection of this.connections) connection.emit(event, data);
  }

  ask(event: string, data?: unknown): Promise<unknown> {
    const newest = this.connections.at(-1);
    if (newest === undefined) {
      return Promise.reject(new Error(`Cannot ask ${event}: no client is connected`));
    }
    return newest.ask(event, data);
  }

  room(name: string): ServerRoom {
    let room = this.#rooms.get(name);
    if (room === undefined) this.#rooms.set(name, (room = new ServerRoom(name, this.#codec)));
    return room;
  }

  refuse(why: number | Decide, more: Partial<Refusal> = {}): void {
    // Checked now, where the test is.
    if (typeof why === 'number') refusalOf(why, more);
    this.#refused = { decide: typeof why === 'number' ? () => why : why, more };
  }

  admit(): void {
    this.#refused = undefined;
  }

  drop(code?: number, reason?: string): void {
    for (const connection of this.connections) connection.drop(code, reason);
  }

  silence(): void {
    this.#network.silence();
  }

  resume(): void {
    this.#network.resume();
  }

  shutdown({
    code = 1001,
    reason = 'Server is shutting down',
    after = 500,
    within = 5_000,
  }: { code?: number; reason?: string; after?: number; within?: number } = {}): void {
    for (const connection of this.connections) {
      connection.emit(SHUTDOWN_EVENT, { code, reason, reconnect: { after, within } });
      connection.drop(code, reason);
    }
  }

  expire(milliseconds = 60_000): void {
    this.emit(EXPIRING_EVENT, { expiresAt: Date.now() + milliseconds });
  }

  async settled(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet += 1) {
      await Promise.resolve();
      if (this.#network.busy) quiet = 0;
    }
  }

  #on(event: string, given: Given): Off {
    this.#handlers.set(event, given);
    return () => {
      if (this.#handlers.get(event) === given) this.#handlers.delete(event);
    };
  }

  #accept(socket: FakeSocket): void {
    const { url, offered } = socket;
    const token = offered.find((one) => one.startsWith(TOKEN))?.slice(TOKEN.length);
    const attempt = { url, token, protocols: offered.filter((one) => !one.startsWith(TOKEN)) };
    this.attempts.push(attempt);
    const { protocol } = this.#codec;
    const chosen = offered.includes(protocol) ? protocol : '';
    const refusal = this.#refusalOf(attempt);
    this.#connected += 1;
    const connection = new ServerConnection(`connection-${this.#connected}`, socket, token, {
      network: this.#network,
      codec: this.#codec,
      handler: (event, from) => this.#handlerOf(event, from),
      received: (frame) => {
        if (frame.event !== PING_EVENT) this.frames.push(frame);
      },
      closed: (gone) => this.#closed(gone),
      report: this.#report,
    });
    const farEnd = {
      message: (message: string | ArrayBuffer) =>
        refusal === undefined && connection.message(message),
      closed: () => connection.closed(),
    };
    if (refusal === undefined) this.#open.add(connection);
    if (!socket.open(chosen, farEnd)) connection.closed();
    if (refusal === undefined) return;
    const { status, code, message, details } = refusal;
    const error = errorReply(new ClientError(code, message, { details }));
    connection.send({ event: EXCEPTION_EVENT, data: error });
    connection.drop(REFUSALS + status, reasonOf({ message, code }));
  }

  #refusalOf(attempt: Attempt): Refusal | undefined {
    const status = this.#refused?.decide(attempt);
    return status === undefined ? undefined : refusalOf(status, this.#refused?.more ?? {});
  }

  #closed(connection: ServerConnection): void {
    this.#open.delete(connection);
    for (const room of this.#rooms.values()) room.remove(connection);
  }

  #handlerOf(event: string, connection: ServerConnection): Handler | undefined {
    const given = this.#handlers.get(event);
    if (given !== undefined) {
      const takesUpload = given.kind === 'upload';
      return {
        many: given.kind === 'stream',
        takesUpload,
        run: (data, signal, frame) => {
          if (takesUpload) return this.#upload(given, frame, { connection, signal });
          if (frame.upload !== undefined) {
            throw new ClientError('BAD_REQUEST', 'Cannot take upload: the event takes none');
          }
          const run = (): unknown => given.run(data, { connection, signal });
          return frame.key === undefined ? run() : this.#once(frame.key, event, given, run);
        },
      };
    }
    const own = this.#own(event, connection);
    return own && { many: false, takesUpload: false, run: own };
  }

  /** What the wire itself gives a meaning. */
  #own(event: string, connection: ServerConnection): ((data: unknown) => unknown) | undefined {
    if (event === JOIN_EVENT) return (data) => this.#join(connection, data);
    if (event === LEAVE_EVENT) return (data) => this.#leave(connection, data);
    if (event === REAUTHENTICATE_EVENT) return (data) => this.#renew(connection, data);
    return undefined;
  }

  /** The handler runs once, on whichever connections its bytes come. */
  #upload(given: Given, frame: Frame, { connection, signal }: Asked): Promise<unknown> {
    const { event, data, id, key } = frame;
    if (frame.upload === undefined || key === undefined) {
      throw new ClientError(
        'BAD_REQUEST',
        'Cannot handle message: an upload is expected, current value is none',
      );
    }
    let kept = this.#kept.get(key);
    if (kept?.upload === undefined) {
      const upload = new ServerUpload(frame.upload.size);
      const answer = (async () => given.run(data, { connection, signal: upload.signal, upload }))();
      this.#kept.set(key, (kept = { event, answer, upload }));
    }
    const { upload } = kept;
    if (upload !== undefined) connection.bear(upload, id);
    signal.addEventListener('abort', () =>
      upload?.fail(new ClientError('CANCELLED', 'Cannot finish upload: the client cancelled it')),
    );
    return kept.answer;
  }

  async #once(key: string, event: string, { kind }: Given, run: () => unknown): Promise<unknown> {
    if (kind === 'stream') {
      throw new ClientError(
        'BAD_REQUEST',
        'Cannot keep the answer: it is a stream, which has no key',
      );
    }
    let kept = this.#kept.get(key);
    if (kept === undefined) {
      kept = { event, answer: (async () => run())() };
      this.#kept.set(key, kept);
    } else if (kept.event !== event) {
      throw new ClientError(
        'BAD_REQUEST',
        'Cannot repeat call: its key was used for another event',
      );
    }
    return kept.answer;
  }

  #join(connection: ServerConnection, data: unknown): unknown {
    const { room, epoch, offset } = fields(data);
    const name = nameOf(room);
    const granted = this.#admit(name, connection);
    if (granted === false) {
      throw new ClientError('FORBIDDEN', 'Cannot join room: the client may not enter it');
    }
    const since =
      typeof epoch === 'string' && typeof offset === 'number' ? { epoch, offset } : undefined;
    return this.room(name).join(connection, granted === true ? {} : granted, since);
  }

  #leave(connection: ServerConnection, data: unknown): unknown {
    const room = nameOf(fields(data)['room']);
    if (this.#rooms.get(room)?.remove(connection) === true) return { room };
    throw new ClientError('NOT_FOUND', 'Cannot leave room: the client is not in it');
  }

  #renew(connection: ServerConnection, data: unknown): unknown {
    const { token } = fields(data);
    const { url } = connection;
    const refusal = this.#refusalOf({ url, token: String(token), protocols: [] });
    if (refusal !== undefined) throw new ClientError(refusal.code, refusal.message);
    connection.token = String(token);
    return { expiresAt: null };
  }
}

function nameOf(room: unknown): string {
  if (typeof room === 'string' && room.length > 0 && room.length <= 256) return room;
  const found = typeof room === 'string' ? `${room.length} characters` : `of type ${typeof room}`;
  throw new ClientError(
    'BAD_REQUEST',
    `Cannot use room name: a string of 1 to 256 characters is expected, current value is ${found}`,
  );
}
