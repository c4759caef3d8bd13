import { ClientError } from '../support/client-error.js';
import type { ClientCodec } from '../wire/client-codec.js';
import { exceptionError, fields } from '../wire/exception.js';
import { readFrame, type Frame } from '../wire/frame.js';
import {
  EXCEPTION_EVENT,
  REFUSE_EVENT,
  REPLY_EVENT,
  RESERVED,
  UPLOAD_EVENT,
} from '../wire/wire-events.js';
import { errorReply } from './error-frames.js';
import type { FakeSocket } from './fake-socket.js';
import type { Network } from './network.js';
import { Requests, type Handler } from './requests.js';
import type { ServerUpload } from './server-upload.js';

/** What a connection needs of its server. */
interface ConnectionHost {
  readonly network: Network;
  readonly codec: ClientCodec;
  handler(event: string, connection: ServerConnection): Handler | undefined;
  received(frame: Frame): void;
  closed(connection: ServerConnection): void;
  report(error: unknown): void;
}

interface Question {
  readonly event: string;
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

/** Before the bytes of a chunk: to which upload they belong, and where in it. */
const TOKEN_BYTES = 16;
const HEAD_BYTES = TOKEN_BYTES + 6;
/** Bytes of one chunk at most. */
const CHUNK = 65_536;

/** The server's end of one connection. */
export class ServerConnection {
  readonly id: string;
  readonly url: string;
  readonly frames: Frame[] = [];
  token: string | undefined;
  isOpen = true;
  readonly #socket: FakeSocket;
  readonly #host: ConnectionHost;
  readonly #requests: Requests;
  readonly #questions = new Map<string, Question>();
  /** By their tokens. */
  readonly #uploads = new Map<string, ServerUpload>();
  #asked = 0;

  constructor(id: string, socket: FakeSocket, token: string | undefined, host: ConnectionHost) {
    this.id = id;
    this.url = socket.url;
    this.token = token;
    this.#socket = socket;
    this.#host = host;
    this.#requests = new Requests({
      handler: (event) => host.handler(event, this),
      send: (frame) => this.send(frame),
      report: (error) => host.report(error),
    });
  }

  get protocol(): string {
    return this.#socket.protocol;
  }

  received(event: string): unknown[] {
    return this.frames.filter((frame) => frame.event === event).map(({ data }) => data);
  }

  emit(event: string, data?: unknown): void {
    this.send({ event, data });
  }

  /** @throws what the codec throws */
  send(frame: Frame): void {
    if (this.isOpen) this.hand(this.#host.codec.encode(frame));
  }

  /** A message that is encoded. */
  hand(message: string | Uint8Array<ArrayBuffer>): void {
    if (this.isOpen) this.#host.network.deliver(() => this.#socket.receive(message));
  }

  ask(event: string, data?: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (!this.isOpen) {
        reject(gone(event));
        return;
      }
      this.#asked += 1;
      const id = `${RESERVED}${this.#asked.toString(36)}`;
      this.#questions.set(id, { event, resolve, reject });
      this.send({ event, data, id });
    });
  }

  drop(code = 1006, reason = ''): void {
    if (!this.isOpen) return;
    this.closed();
    this.#host.network.deliver(() => this.#socket.end(code, reason));
  }

  /** Brings the bytes of an upload, for the call of that id. */
  bear(upload: ServerUpload, id: Frame['id']): void {
    const token = crypto.randomUUID().replaceAll('-', '');
    this.#uploads.set(token, upload);
    upload.attach((received, until) =>
      this.emit(UPLOAD_EVENT, { id, upload: token, received, until, chunk: CHUNK }),
    );
  }

  message(message: string | ArrayBuffer): void {
    if (!this.isOpen || this.#isChunk(message)) return;
    const frame = this.#read(message);
    if (frame === undefined) {
      const error = new ClientError('BAD_ENVELOPE', 'Cannot read message: it is no envelope');
      this.send({ event: EXCEPTION_EVENT, data: errorReply(error) });
      return;
    }
    this.frames.push(frame);
    this.#host.received(frame);
    const { event, id, data } = frame;
    if (event === REPLY_EVENT) this.#settle(id)?.resolve(data);
    else if (event === REFUSE_EVENT) this.#settle(id)?.reject(exceptionError(data));
    else this.#requests.receive(frame);
  }

  closed(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#requests.lost();
    for (const question of this.#questions.values()) question.reject(gone(question.event));
    this.#questions.clear();
    this.#host.closed(this);
  }

  #isChunk(message: string | ArrayBuffer): boolean {
    if (typeof message === 'string' || message.byteLength < HEAD_BYTES) return false;
    const head = new Uint8Array(message, 0, TOKEN_BYTES);
    const token = Array.from(head, (byte) => byte.toString(16).padStart(2, '0')).join('');
    const upload = this.#uploads.get(token);
    if (upload === undefined) return false;
    const view = new DataView(message);
    const offset = view.getUint16(TOKEN_BYTES) * 2 ** 32 + view.getUint32(TOKEN_BYTES + 2);
    upload.take(offset, new Uint8Array(message, HEAD_BYTES));
    return true;
  }

  #settle(id: Frame['id']): Question | undefined {
    const question = this.#questions.get(String(id));
    this.#questions.delete(String(id));
    return question;
  }

  #read(message: string | ArrayBuffer): Frame | undefined {
    try {
      const value = this.#host.codec.decode(message);
      const frame = readFrame(value);
      const { key, upload } = fields(value);
      const { size } = fields(upload);
      return (
        frame && {
          ...frame,
          ...(typeof key === 'string' ? { key } : {}),
          ...(upload === undefined ? {} : { upload: { size: size as number | undefined } }),
        }
      );
    } catch {
      return undefined;
    }
  }
}

function gone(event: string): ClientError {
  return new ClientError('DISCONNECTED', `No answer to ${event}: the client is gone`);
}
