import { WheelTimer } from '#engine';
import type { Connection } from '../connection/connection.js';
import { kCore } from '../connection/connection-core.js';
import { UPLOAD_EVENT } from '../wire/envelope.js';
import { ErrorCode } from '../wire/error-code.js';
import { WireError } from '../wire/wire-error.js';

/** What the service of uploads does with one: applications hold it, and meet no name of ours on it. */
export const kAttach = Symbol('attach');
export const kDetach = Symbol('detach');
export const kTake = Symbol('take');
export const kFail = Symbol('fail');
export const kEnd = Symbol('end');

/** Chunks that may be shorter than a kilobyte: each costs as much as a message does. */
const SHORT_CHUNKS = 1_024;
const SHORT = 1_024;

/** How an upload is read. */
interface UploadLimits {
  /** Undefined where the client has not said how long it is. */
  readonly size: number | undefined;
  readonly maxSize: number;
  readonly window: number;
  readonly idleTimeout: number;
}

/** A connection that brings the bytes. */
interface Bearer {
  readonly connection: Connection;
  /** Of the call that they belong to. */
  readonly id: string | number;
  readonly token: string;
  /** Bytes of one chunk at most. */
  readonly chunk: number;
}

interface Reader {
  resolve(result: IteratorResult<Buffer, undefined>): void;
  reject(error: unknown): void;
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

class IdleTimer extends WheelTimer {
  readonly #idle: () => void;

  constructor(idle: () => void) {
    super();
    this.#idle = idle;
  }

  protected override expired(): void {
    this.#idle();
  }
}

/**
 * Bytes that a client sends with a call. They are read once, by `for await` or `bytes()`; the client sends no
 * faster than that, and nothing before it. A client that loses its connection goes on where it was.
 *
 * Reading fails with a `WireError` when the client cancels, is silent for too long, or sends something else than
 * it said: thrown on by the handler it is the answer.
 */
export class IncomingUpload implements AsyncIterable<Buffer> {
  /** Bytes the client said it would send; undefined where it does not know. */
  readonly size: number | undefined;
  readonly #limits: UploadLimits;
  readonly #abort = new AbortController();
  readonly #timer = new IdleTimer(() => this.#idle());
  #bearer: Bearer | undefined;
  /** Whether it was told how far it may go. */
  #told = false;
  #queue: Buffer[] = [];
  #reader: Reader | undefined;
  #reading = false;
  #received = 0;
  #taken = 0;
  /** So far the client may send. */
  #until = 0;
  #chunks = 0;
  #complete = false;
  #error: WireError | undefined;
  /** Nobody reads any more. */
  #over = false;
  #heardAt = performance.now();

  /** @internal */
  constructor(limits: UploadLimits) {
    this.#limits = limits;
    this.size = limits.size;
  }

  /** Bytes that have arrived. */
  get received(): number {
    return this.#received;
  }

  /** Aborts when the upload has failed: not when the client has only lost its connection. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /**
   * All of it in one piece.
   * @throws {WireError} as a rejection, when the upload fails
   */
  async bytes(): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const part of this) parts.push(part);
    return Buffer.concat(parts);
  }

  /** @throws {TypeError} when it is read already */
  [Symbol.asyncIterator](): AsyncIterator<Buffer, undefined> {
    if (this.#reading) throw new TypeError('Cannot read upload: it is read already');
    this.#reading = true;
    return {
      next: () => this.#next(),
      return: () => {
        this.#stop();
        return Promise.resolve(DONE);
      },
    };
  }

  /** @internal The connection that brings it, or comes back with it. */
  [kAttach](bearer: Bearer): void {
    this.#bearer = bearer;
    this.#told = false;
    this.#heardAt = performance.now();
    if (this.#reading) this.#grant();
    else this.#timer.stop();
  }

  /** @internal Its connection has closed, and it may come back on another. */
  [kDetach](): void {
    this.#bearer = undefined;
    if (this.#over || this.#complete) return;
    this.#heardAt = performance.now();
    this.#timer.start(this.#limits.idleTimeout);
  }

  /** @internal Bytes have come; without any it is the end. */
  [kTake](offset: number, bytes: Buffer): void {
    if (this.#over) return;
    const error = this.#wrong(offset, bytes.length);
    if (error !== undefined) {
      this[kFail](error);
      return;
    }
    this.#heardAt = performance.now();
    if (bytes.length === 0) this.#complete = true;
    this.#received += bytes.length;
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader === undefined) {
      if (bytes.length > 0) this.#queue.push(bytes);
    } else if (this.#complete) reader.resolve(DONE);
    else {
      this.#taken += bytes.length;
      reader.resolve({ done: false, value: bytes });
    }
    if (this.#complete) this.#timer.stop();
  }

  /** @internal Nothing of it is of use any more. */
  [kFail](error: WireError): void {
    if (this.#over) return;
    this.#stop();
    this.#error = error;
    this.#reader?.reject(error);
    this.#reader = undefined;
    this.#abort.abort(error);
  }

  /** @internal Its call has been answered. */
  [kEnd](): void {
    if (this.#over) return;
    this.#stop();
    // Whoever still reads must not take what there was for all of it.
    this.#error = new WireError(ErrorCode.Cancelled, 'Cannot read upload: its call was answered');
    this.#reader?.reject(this.#error);
    this.#reader = undefined;
  }

  #stop(): void {
    this.#over = true;
    this.#queue = [];
    this.#timer.stop();
  }

  #next(): Promise<IteratorResult<Buffer, undefined>> {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    const bytes = this.#queue.shift();
    if (bytes !== undefined) {
      this.#taken += bytes.length;
      this.#grant();
      return Promise.resolve({ done: false, value: bytes });
    }
    if (this.#over || this.#complete) return Promise.resolve(DONE);
    if (this.#reader !== undefined) {
      return Promise.reject(new TypeError('Cannot read upload: a read is under way'));
    }
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
      this.#grant();
    });
  }

  /** Tells the client how far it may go, when that is worth a message. */
  #grant(): void {
    const { window, idleTimeout } = this.#limits;
    const until = this.#taken + window;
    const bearer = this.#bearer;
    if (bearer === undefined || this.#complete || this.#over) return;
    if (this.#told && until - this.#until < window / 4) return;
    this.#told = true;
    if (until > this.#until) this.#heardAt = performance.now();
    this.#until = until;
    if (!this.#timer.running) this.#timer.start(idleTimeout);
    const { connection, id, token: upload, chunk } = bearer;
    const data = { id, upload, received: this.#received, until, chunk };
    connection[kCore].sendEnvelope({ event: UPLOAD_EVENT, data });
  }

  #idle(): void {
    const { idleTimeout } = this.#limits;
    const left = this.#heardAt + idleTimeout - performance.now();
    // Whoever may not send is not silent.
    const mayNot = this.#bearer !== undefined && this.#received >= this.#until;
    if (mayNot || left > 0) this.#timer.start(mayNot ? idleTimeout : left);
    else {
      this[kFail](
        new WireError(
          ErrorCode.Timeout,
          `Cannot finish upload: nothing has come for ${idleTimeout} milliseconds`,
        ),
      );
    }
  }

  #wrong(offset: number, length: number): WireError | undefined {
    const { size, maxSize } = this.#limits;
    const end = this.#received + length;
    if (this.#complete || offset !== this.#received) {
      return bad(`offset ${this.#received} is expected, current value is ${offset}`);
    }
    if (size !== undefined && (length === 0 ? end !== size : end > size)) {
      return bad(`${size} bytes are expected, current value is ${end}`);
    }
    if (end > maxSize) return tooLarge(maxSize);
    if (end > this.#until) {
      return limit(`the client may send ${this.#until} bytes by now, current value is ${end}`);
    }
    this.#chunks += 1;
    if (this.#chunks > SHORT_CHUNKS + end / SHORT) {
      return limit(`chunks of ${SHORT} bytes or more are expected`);
    }
    return undefined;
  }
}

/** @internal */
export function tooLarge(maxSize: number): WireError {
  return new WireError(
    ErrorCode.LimitExceeded,
    `Cannot take upload: at most ${maxSize} bytes are allowed`,
    { details: { maxSize } },
  );
}

function bad(what: string): WireError {
  return new WireError(ErrorCode.BadRequest, `Cannot take upload: ${what}`);
}

function limit(what: string): WireError {
  return new WireError(ErrorCode.LimitExceeded, `Cannot take upload: ${what}`);
}
