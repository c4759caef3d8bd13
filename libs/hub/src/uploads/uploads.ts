import type { Connection } from '../connection/connection.js';
import { kCore } from '../connection/connection-core.js';
import { Phase } from '../connection/state/phase.js';
import { ownerOf, scopeOf } from '../answers/call-scope.js';
import { usagePlace } from '../options/option-place.js';
import type { Resolved } from '../options/option-table.js';
import { isThenable } from '../support/thenable.js';
import type { Envelope } from '../wire/envelope.js';
import { ErrorCode } from '../wire/error-code.js';
import { WireError } from '../wire/wire-error.js';
import {
  IncomingUpload,
  kAttach,
  kDetach,
  kEnd,
  kFail,
  kTake,
  tooLarge,
} from './incoming-upload.js';
import { CHUNK_HEAD, newToken, offsetOf, tokenOf } from './upload-chunk.js';
import { UPLOAD_OPTIONS, type UploadOptions } from './upload-options.js';

/** Bytes of a chunk, where messages may be as long. */
const CHUNK = 64 * 1024;
/** Tokens of a connection that are remembered: chunks of an upload that has ended are still on their way. */
const MAX_TOKENS = 64;
/** Parts of all uploads that one owner may have. */
const SHARES = 16;

/** What a handler says of the uploads that it takes. */
export interface UploadRules {
  /** Bytes of one; default that of the hub. */
  readonly maxSize?: number | undefined;
}

interface Running {
  readonly upload: IncomingUpload;
  readonly event: string;
  readonly owner: string;
  /** Undefined for a call without a key, which ends with its connection. */
  readonly scope: string | undefined;
}

/** What a call that brings an upload is run with. */
interface UploadCall {
  readonly message: Envelope;
  readonly rules: UploadRules;
  /** Bytes of the longest message of the connection. */
  readonly maxMessage: number;
  /** Aborts when the client cancels, the time is up or the connection closes. */
  readonly signal: AbortSignal | undefined;
  /** @param signal aborts when the upload has failed */
  run(signal: AbortSignal): unknown;
}

const byMessage = new WeakMap<Envelope, IncomingUpload>();

/** The bytes that belong to a message; undefined where the client sends none. */
export function uploadOf(message: Envelope | undefined): IncomingUpload | undefined {
  return message && byMessage.get(message);
}

/** The uploads of all connections. */
export class Uploads {
  readonly #options: Resolved<typeof UPLOAD_OPTIONS>;
  readonly #addressOf: (ip: string) => string;
  readonly #running = new Set<Running>();
  readonly #byScope = new Map<string, Running>();
  /** Those whose client is there. */
  readonly #bearers = new Map<Running, Connection>();
  readonly #owners = new Map<string, number>();
  /** By the token of each chunk, for each connection that has ever begun one. */
  readonly #tokens = new WeakMap<Connection, Map<string, Running>>();
  #used = false;

  /**
   * @param addressOf what counts as one address
   * @throws {UsageError} for an unknown option, or one that is out of its range.
   */
  constructor(options: UploadOptions = {}, addressOf: (ip: string) => string = (ip) => ip) {
    this.#options = UPLOAD_OPTIONS.resolve(options, usagePlace('hub', 'uploads'));
    this.#addressOf = addressOf;
  }

  /** Uploads under way, those included whose client is away. */
  get stats(): { readonly running: number } {
    return { running: this.#running.size };
  }

  /**
   * Runs the handler of a call that brings an upload; `uploadOf(message)` is there while it runs.
   * @throws what the handler does; {WireError} when the upload is too large, or there are too many
   */
  run(connection: Connection, call: UploadCall): unknown {
    const running = this.#begin(connection, call);
    byMessage.set(call.message, running.upload);
    const end = (): void => this.#end(running);
    let result: unknown;
    try {
      this.#join(connection, running, call);
      result = call.run(running.upload.signal);
    } catch (error) {
      end();
      throw error;
    }
    if (isThenable(result)) return Promise.resolve(result).finally(end);
    end();
    return result;
  }

  /** A call that is under way has come once more: its upload goes on on this connection. */
  comeBack(connection: Connection, call: Omit<UploadCall, 'run' | 'rules'>): void {
    const { event, key = '' } = call.message;
    const running = this.#byScope.get(scopeOf(connection, key));
    if (running?.event === event) this.#join(connection, running, call);
  }

  /** @returns whether the message is a chunk of an upload of this connection, which then has it */
  take(connection: Connection, message: Buffer): boolean {
    if (!this.#used) return false;
    const tokens = this.#tokens.get(connection);
    const token = tokens === undefined ? undefined : tokenOf(message);
    const running = token === undefined ? undefined : tokens?.get(token);
    running?.upload[kTake](offsetOf(message), message.subarray(CHUNK_HEAD));
    return running !== undefined;
  }

  /** What has a key may come back on another connection. */
  closed(connection: Connection): void {
    const tokens = this.#tokens.get(connection);
    if (tokens === undefined) return;
    this.#tokens.delete(connection);
    for (const running of new Set(tokens.values())) {
      if (!this.#running.has(running) || this.#bearers.get(running) !== connection) continue;
      this.#bearers.delete(running);
      if (running.scope === undefined) running.upload[kFail](left());
      else running.upload[kDetach]();
    }
  }

  /** Nobody comes back any more. */
  close(): void {
    for (const { upload } of this.#running) upload[kFail](left());
  }

  #begin(connection: Connection, { message, rules }: UploadCall): Running {
    const { maxPerConnection, maxUploads, window, idleTimeout } = this.#options;
    const { maxSize = this.#options.maxSize } = rules;
    const { event, key, upload: { size } = {} } = message;
    if (size !== undefined && size > maxSize) throw tooLarge(maxSize);
    let here = 0;
    for (const bearer of this.#bearers.values()) if (bearer === connection) here += 1;
    if (here >= maxPerConnection) {
      throw new WireError(
        ErrorCode.LimitExceeded,
        `Cannot take upload: a connection may have ${maxPerConnection} at a time`,
      );
    }
    const owner = ownerOf(connection, this.#addressOf);
    const share = Math.max(maxPerConnection, Math.ceil(maxUploads / SHARES));
    const own = this.#owners.get(owner) ?? 0;
    if (this.#running.size >= maxUploads || own >= share) {
      throw new WireError(ErrorCode.Unavailable, 'Cannot take upload: too many are under way', {
        details: { retryAfter: 1_000 },
      });
    }
    const scope = key === undefined ? undefined : scopeOf(connection, key);
    const upload = new IncomingUpload({ size, maxSize, window, idleTimeout });
    const running: Running = { upload, event, owner, scope };
    this.#running.add(running);
    this.#owners.set(owner, own + 1);
    if (scope !== undefined) {
      // The one before was forgotten; its handler is not given the bytes of this one.
      this.#byScope.get(scope)?.upload[kFail](left());
      this.#byScope.set(scope, running);
    }
    return running;
  }

  #join(
    connection: Connection,
    running: Running,
    { message, maxMessage, signal }: Omit<UploadCall, 'run' | 'rules'>,
  ): void {
    const tokens = this.#tokens.get(connection) ?? new Map<string, Running>();
    this.#tokens.set(connection, tokens);
    this.#used = true;
    const token = newToken();
    tokens.set(token, running);
    for (const [oldest, other] of tokens) {
      if (tokens.size <= MAX_TOKENS) break;
      if (!this.#running.has(other)) tokens.delete(oldest);
    }
    this.#bearers.set(running, connection);
    const chunk = Math.max(1, Math.min(CHUNK, this.#options.window, maxMessage - CHUNK_HEAD));
    running.upload[kAttach]({ connection, id: message.id ?? '', token, chunk });
    signal?.addEventListener('abort', () => {
      // Whoever has only lost the connection comes back.
      if (connection[kCore].phase !== Phase.Closed) running.upload[kFail](reasonOf(signal));
    });
  }

  #end(running: Running): void {
    const { upload, owner, scope } = running;
    upload[kEnd]();
    this.#running.delete(running);
    this.#bearers.delete(running);
    if (scope !== undefined && this.#byScope.get(scope) === running) this.#byScope.delete(scope);
    const own = (this.#owners.get(owner) ?? 1) - 1;
    if (own === 0) this.#owners.delete(owner);
    else this.#owners.set(owner, own);
  }
}

/** For a call with bytes whose handler wants none. */
export function uploadRefused(): WireError {
  return new WireError(ErrorCode.BadRequest, 'Cannot take upload: the event takes none');
}

/** For a call without bytes whose handler wants some. */
export function uploadExpected(): WireError {
  return new WireError(
    ErrorCode.BadRequest,
    'Cannot handle message: an upload is expected, current value is none',
  );
}

function reasonOf({ reason }: AbortSignal): WireError {
  return reason instanceof WireError ? reason : cancelled();
}

function cancelled(): WireError {
  return new WireError(ErrorCode.Cancelled, 'Cannot finish upload: the client cancelled it');
}

function left(): WireError {
  return new WireError(ErrorCode.Cancelled, 'Cannot finish upload: the client has left');
}
