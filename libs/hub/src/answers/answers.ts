import { WheelTimer } from '#engine';
import type { Connection } from '../connection/connection.js';
import { Phase } from '../connection/state/phase.js';
import type { Resolved } from '../options/option-table.js';
import { usagePlace } from '../options/option-place.js';
import { isThenable } from '../support/thenable.js';
import type { Envelope } from '../wire/envelope.js';
import { ErrorCode } from '../wire/error-code.js';
import type { ErrorReply } from '../wire/error-reply.js';
import { WireError } from '../wire/wire-error.js';
import { ownerOf, scopeOf } from './call-scope.js';
import { CallShares } from './call-shares.js';
import { IDEMPOTENCY_OPTIONS, type IdempotencyOptions } from './idempotency-options.js';
import { keptError, keptValue, otherEvent, type KeptAnswer } from './kept-answer.js';
import { kCore } from '../connection/connection-core.js';

/** Repeats of one call that wait for its answer; clients that have left count no more. */
const MAX_WAITING = 16;
/** Parts of the whole one owner may have. */
const SHARES = 16;

interface Running {
  readonly event: string;
  readonly owner: string;
  readonly begun: number;
  /** Wakes those that have asked again. */
  readonly waiting: Set<() => void>;
}

interface Kept {
  readonly answer: KeptAnswer;
  readonly owner: string;
  readonly until: number;
}

/** What runs a call and says what became of it. */
interface KeyedCall {
  run(connection: Connection): unknown;
  /**
   * What the client is told about an error.
   * @param connection undefined when it is gone for good
   * @returns undefined for an error that says nothing about the call: it may be run again
   */
  describe(error: unknown, connection: Connection | undefined): ErrorReply | undefined;
}

class Sweep extends WheelTimer {
  readonly #sweep: () => void;

  constructor(sweep: () => void) {
    super();
    this.#sweep = sweep;
  }

  protected override expired(): void {
    this.#sweep();
  }
}

/**
 * The answers to calls that a client may send again, for it has lost its connection before it was told: a call
 * with a `key` runs once, whoever of its user asks however often on whichever connection. In the memory of this node.
 */
export class Answers {
  readonly #options: Resolved<typeof IDEMPOTENCY_OPTIONS>;
  readonly #addressOf: (ip: string) => string;
  readonly #running = new Map<string, Running>();
  /** In the order in which they are forgotten. */
  readonly #kept = new Map<string, Kept>();
  readonly #shares = new CallShares();
  readonly #timer = new Sweep(() => this.#sweep());
  #bytes = 0;

  /**
   * @param addressOf what counts as one address
   * @throws {UsageError} for an unknown option, or one that is out of its range.
   */
  constructor(options: IdempotencyOptions = {}, addressOf: (ip: string) => string = (ip) => ip) {
    this.#addressOf = addressOf;
    this.#options = IDEMPOTENCY_OPTIONS.resolve(options, usagePlace('hub', 'idempotency'));
  }

  /** Calls under way and answers kept, and the bytes of these. */
  get stats(): { readonly running: number; readonly kept: number; readonly bytes: number } {
    return { running: this.#running.size, kept: this.#kept.size, bytes: this.#bytes };
  }

  /**
   * Runs a call, or gives what it was answered before.
   * @returns as a handler does
   * @throws what the handler does; {WireError} BAD_REQUEST for a key of another event, UNAVAILABLE when there is no room
   */
  call(connection: Connection, message: Envelope, call: KeyedCall): unknown {
    const scope = scopeOf(connection, message.key ?? '');
    this.#forgetOld();
    const kept = this.#kept.get(scope)?.answer;
    if (kept !== undefined) {
      if (kept.event !== message.event) throw otherEvent();
      return kept.give();
    }
    const running = this.#running.get(scope);
    if (running === undefined) return this.#run(scope, connection, message, call);
    if (running.event !== message.event) throw otherEvent();
    if (running.waiting.size >= MAX_WAITING) throw tooMany();
    // The connection may close and its place be taken by another: then the wait ends without a word.
    return answered(running, connection).then(() =>
      connection[kCore].phase === Phase.Closed ? undefined : this.call(connection, message, call),
    );
  }

  /** Forgets everything. */
  close(): void {
    this.#timer.stop();
    for (const scope of this.#kept.keys()) this.#forget(scope);
  }

  #run(scope: string, connection: Connection, message: Envelope, call: KeyedCall): unknown {
    const owner = ownerOf(connection, this.#addressOf);
    this.#makeRoom(owner);
    const { event } = message;
    const running: Running = { event, owner, begun: performance.now(), waiting: new Set() };
    this.#running.set(scope, running);
    this.#shares.began(owner);
    const { maxAnswerBytes: limit } = this.#options;
    const { codec } = connection[kCore];
    // A handler that never settles keeps no closed connection alive.
    const client = new WeakRef(connection);
    const settled = (value: unknown): void =>
      this.#settle(scope, running, keptValue(event, value, codec, limit));
    const failed = (error: unknown): void => {
      const reply = call.describe(error, client.deref());
      this.#settle(scope, running, reply && keptError(event, reply, limit));
    };
    let result: unknown;
    try {
      result = call.run(connection);
    } catch (error) {
      failed(error);
      throw error;
    }
    if (isThenable(result)) {
      const promise = Promise.resolve(result);
      promise.then(settled, failed);
      return promise;
    }
    settled(result);
    return result;
  }

  /** @param answer undefined when the call may be run again */
  #settle(scope: string, running: Running, answer: KeptAnswer | undefined): void {
    // It was forgotten for others, and may be running once more.
    if (this.#running.get(scope) !== running) return;
    this.#running.delete(scope);
    if (answer === undefined) this.#shares.gone(running.owner);
    else this.#keep(scope, running.owner, answer);
    for (const wake of running.waiting) wake();
  }

  #keep(scope: string, owner: string, answer: KeptAnswer): void {
    const { keep, maxBytes } = this.#options;
    const share = Math.max(answer.bytes, maxBytes / SHARES);
    while (this.#shares.of(owner).bytes + answer.bytes > share && this.#forgetOldest(owner));
    while (this.#bytes + answer.bytes > maxBytes && this.#forgetOldest());
    this.#kept.set(scope, { answer, owner, until: performance.now() + keep });
    this.#shares.kept(owner, scope, answer.bytes);
    this.#bytes += answer.bytes;
    if (this.#kept.size === 1) this.#timer.start(keep);
  }

  /** @throws {WireError} UNAVAILABLE when all of it is under way */
  #makeRoom(owner: string): void {
    const { maxAnswers } = this.#options;
    if (this.#shares.of(owner).calls >= Math.max(1, Math.floor(maxAnswers / SHARES))) {
      if (!this.#forgetOldest(owner) && !this.#giveUp(owner)) throw tooMany();
    }
    if (this.#running.size + this.#kept.size < maxAnswers) return;
    if (!this.#forgetOldest() && !this.#giveUp()) throw tooMany();
  }

  /** @returns false when there is none */
  #forgetOldest(owner?: string): boolean {
    const scope = owner === undefined ? first(this.#kept) : this.#shares.oldest(owner);
    if (scope !== undefined) this.#forget(scope);
    return scope !== undefined;
  }

  /** A handler that has not settled for so long may never do so, and must not take others' place for ever. */
  #giveUp(owner?: string): boolean {
    const oldest = performance.now() - this.#options.keep;
    for (const [scope, running] of this.#running) {
      if (running.begun > oldest) return false;
      if (owner !== undefined && running.owner !== owner) continue;
      this.#settle(scope, running, undefined);
      return true;
    }
    return false;
  }

  #forget(scope: string): void {
    const kept = this.#kept.get(scope);
    if (kept === undefined) return;
    this.#kept.delete(scope);
    this.#shares.gone(kept.owner, scope, kept.answer.bytes);
    this.#bytes -= kept.answer.bytes;
  }

  #forgetOld(): void {
    const now = performance.now();
    for (const [scope, { until }] of this.#kept) {
      if (until > now) return;
      this.#forget(scope);
    }
  }

  #sweep(): void {
    this.#forgetOld();
    if (this.#kept.size > 0) this.#timer.start(this.#options.keep);
  }
}

/** Settles when the call has been answered; when the connection closes before, never: nobody waits then. */
function answered({ waiting }: Running, { signal }: Connection): Promise<void> {
  return new Promise((resolve) => {
    const left = (): void => void waiting.delete(wake);
    const wake = (): void => {
      signal.removeEventListener('abort', left);
      resolve();
    };
    waiting.add(wake);
    signal.addEventListener('abort', left, { once: true });
  });
}

function first(map: ReadonlyMap<string, unknown>): string | undefined {
  return map.keys().next().value;
}

function tooMany(): WireError {
  return new WireError(
    ErrorCode.Unavailable,
    'Cannot start call: too many calls with a key are under way',
  );
}
