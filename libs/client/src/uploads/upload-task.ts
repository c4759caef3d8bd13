import { ClientError } from '../support/client-error.js';
import type { Clock } from '../support/clock.js';
import { fields } from '../wire/exception.js';
import type { Frame } from '../wire/frame.js';
import { UPLOAD_EVENT } from '../wire/wire-events.js';
import type { ByteSource } from './byte-source.js';
import type { UploadProgress } from './upload-options.js';

/** What a task needs of its client. */
interface UploadHost {
  readonly clock: Clock;
  /** @returns false when there is no connection */
  readonly sendBytes: (bytes: Uint8Array<ArrayBuffer>) => boolean;
  readonly buffered: () => number;
  readonly report: (error: unknown) => void;
}

interface UploadSettings {
  readonly chunkSize: number;
  readonly onProgress: ((progress: UploadProgress) => void) | undefined;
  /** The source cannot go on. */
  readonly failed: (error: unknown) => void;
}

/** How far the server lets the upload go. */
interface Grant {
  readonly token: string;
  readonly received: number;
  readonly until: number;
  readonly chunk: number;
}

const TOKEN = /^[\da-f]{32}$/;
const TOKEN_BYTES = 16;
const HEAD_BYTES = TOKEN_BYTES + 6;
/** Above so many bytes that wait in the socket, other messages go first. */
const BUFFERED = 131_072;
/** Milliseconds between looks whether they have left: no socket tells. */
const LOOK = 10;

/** The bytes of one call: sent as far as the server lets it, from where the server says. */
export class UploadTask {
  readonly #source: ByteSource;
  readonly #host: UploadHost;
  readonly #settings: UploadSettings;
  /** Of the call on this connection. */
  readonly #id: unknown;
  #grant: Grant | undefined;
  /** Where the next chunk begins. */
  #next = 0;
  #sending = false;
  /** All of it was sent on this connection. */
  #complete = false;

  constructor(id: unknown, source: ByteSource, host: UploadHost, settings: UploadSettings) {
    this.#id = id;
    this.#source = source;
    this.#host = host;
    this.#settings = settings;
  }

  /** @returns whether it is about this upload */
  take({ event, data }: Frame): boolean {
    if (event !== UPLOAD_EVENT || fields(data)['id'] !== this.#id) return false;
    const grant = readGrant(data);
    if (grant !== undefined) {
      if (grant.token !== this.#grant?.token) {
        this.#next = grant.received;
        this.#complete = false;
      }
      this.#grant = grant;
      this.#source.release(grant.received);
      this.#progress(grant.received);
      void this.#send();
    }
    return true;
  }

  /** The connection is gone, or the call has been answered. */
  stop(): void {
    this.#grant = undefined;
  }

  /** It was answered with a value. */
  finish(): void {
    if (this.#complete) this.#progress(this.#next);
    this.stop();
  }

  #progress(sent: number): void {
    try {
      this.#settings.onProgress?.({ sent, total: this.#source.size });
    } catch (error) {
      this.#host.report(error);
    }
  }

  async #send(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (await this.#sendOne());
    } catch (error) {
      this.#settings.failed(error);
    } finally {
      this.#sending = false;
    }
  }

  /** @returns whether to go on */
  async #sendOne(): Promise<boolean> {
    await this.#calm();
    const grant = this.#grant;
    if (grant === undefined || this.#complete) return false;
    const { token, until, chunk } = grant;
    const offset = this.#next;
    const { size } = this.#source;
    const all = offset === size;
    if (!all && offset >= until) return false;
    const most = all ? 1 : Math.min(this.#settings.chunkSize, chunk, until - offset);
    const bytes = await this.#source.read(offset, most);
    if (all && bytes.length > 0) {
      throw new ClientError('BAD_SOURCE', `The source has more than the ${size} bytes it said`);
    }
    // Meanwhile it was answered, or goes on elsewhere.
    if (this.#grant?.token !== token) return true;
    this.#next += bytes.length;
    this.#complete = bytes.length === 0;
    return this.#host.sendBytes(chunkOf(token, offset, bytes));
  }

  /** Until little waits in the socket. */
  async #calm(): Promise<void> {
    while (this.#grant !== undefined && this.#host.buffered() > BUFFERED) {
      await new Promise<void>((resolve) => this.#host.clock.after(LOOK, resolve));
    }
  }
}

function chunkOf(token: string, offset: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const chunk = new Uint8Array(HEAD_BYTES + bytes.length);
  for (let at = 0; at < TOKEN_BYTES; at += 1) {
    chunk[at] = Number.parseInt(token.slice(2 * at, 2 * at + 2), 16);
  }
  const head = new DataView(chunk.buffer);
  head.setUint16(TOKEN_BYTES, Math.floor(offset / 2 ** 32));
  head.setUint32(TOKEN_BYTES + 2, offset % 2 ** 32);
  chunk.set(bytes, HEAD_BYTES);
  return chunk;
}

/** Undefined for what is none: the server's fault, of which nothing comes. */
function readGrant(data: unknown): Grant | undefined {
  const { upload, received, until, chunk } = fields(data);
  const known = typeof upload === 'string' && TOKEN.test(upload) && isCount(received);
  if (!known || !isCount(until) || !isCount(chunk) || chunk === 0) return undefined;
  return { token: upload, received, until, chunk };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
