import { LimitError, UsageError } from '#engine';
import { ALL, nodeChannel } from '../../broker/channel.js';
import type { MissingNode, MissingReason } from '../../connection/cluster-result.js';
import { MAX_DELAY } from '../../options/option-kinds.js';
import { ByteReader, MalformedBytes } from '../../support/byte-reader.js';
import { ByteWriter } from '../../support/byte-writer.js';
import type { Clock, Timer } from '../../support/clock.js';
import type { MaybePromise } from '../../support/maybe-promise.js';
import { isThenable } from '../../support/thenable.js';
import { EncodeError } from '../../wire/encode-error.js';
import { WireError } from '../../wire/wire-error.js';
import type { BusMessage, ClusterBus } from '../bus/cluster-bus.js';
import { MessageKind } from '../bus/message-kind.js';
import { Answering } from './answering.js';
import {
  AnswerStatus,
  MAX_ANSWER,
  MAX_QUESTION,
  type Question,
  readAnswer,
  readQuestion,
  writeAnswer,
  writeQuestion,
} from './question.js';

/** Milliseconds every node has to answer. */
const DEFAULT_TIMEOUT = 2_000;
/** Queries of this node that may wait at a time. */
const MAX_ASKED = 1_024;
/** Bytes before the body of a question. */
const HEADER = 16;

/**
 * Answers a question of another node. What it throws is FAILED to the one who asked; what it throws at once
 * because the body makes no sense (`isNonsense`) is no fault of this node.
 */
type Answerer = (body: Uint8Array, timeout: number) => MaybePromise<Uint8Array>;

/** What the other nodes said. */
interface Gathered {
  readonly answers: readonly { readonly node: string; readonly body: Uint8Array }[];
  readonly missing: readonly MissingNode[];
}

/** How long, and until when, a query waits. */
interface AskOptions {
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Asked {
  readonly waiting: Set<string>;
  readonly answers: { node: string; body: Uint8Array }[];
  readonly missing: MissingNode[];
  readonly finish: () => void;
}

const REASONS: Readonly<Record<number, MissingReason>> = {
  [AnswerStatus.TooLarge]: 'too large',
  [AnswerStatus.Unsupported]: 'unsupported',
  [AnswerStatus.Busy]: 'busy',
};

/**
 * Questions to all nodes. Those that were alive when it was asked have to answer; one that leaves or is
 * silent meanwhile is missing, and so is everybody while there is no link. Nothing waits longer than its
 * timeout.
 */
export class Queries {
  readonly #bus: ClusterBus | undefined;
  readonly #clock: Clock;
  readonly #report: (error: unknown) => void;
  readonly #answerers = new Map<number, Answerer>();
  readonly #asked = new Map<number, Asked>();
  readonly #answering: Answering;
  #lastId = 0;

  /** @param bus undefined where there is only this node */
  constructor(bus: ClusterBus | undefined, clock: Clock, report: (error: unknown) => void) {
    this.#bus = bus;
    this.#clock = clock;
    this.#report = report;
    this.#answering = new Answering((node) => bus?.peers.has(node) === true);
    bus?.on(MessageKind.Query, (message) => this.#question(message));
    bus?.on(MessageKind.Answer, (message) => this.#answer(message));
    bus?.observe({
      down: () => this.#everybodyLost(),
      nodeDown: ({ id }) => this.#left(id),
    });
  }

  /** Queries that wait, for tests of leaks. */
  get size(): number {
    return this.#asked.size;
  }

  /** Has a question of other nodes answered. */
  answer(question: Question, answerer: Answerer): void {
    this.#answerers.set(question, answerer);
  }

  /**
   * Asks every other node. Never rejects for a node's sake.
   * @throws {UsageError} for a timeout out of range, {LimitError} when 1,024 wait already, the reason of
   *   the signal; all as a rejection
   */
  async ask(
    question: Question,
    body: Uint8Array,
    { timeout = DEFAULT_TIMEOUT, signal }: AskOptions = {},
  ): Promise<Gathered> {
    checkTimeout(timeout);
    signal?.throwIfAborted();
    const bus = this.#bus;
    if (bus === undefined) return { answers: [], missing: [] };
    const peers = [...bus.peers.keys()];
    if (!bus.up) return nobody(peers, 'disconnected');
    if (peers.length === 0) return { answers: [], missing: [] };
    if (body.length + HEADER > MAX_QUESTION) return nobody(peers, 'too large');
    if (this.#asked.size >= MAX_ASKED) throw tooMany();
    const id = ++this.#lastId;
    const gathered = this.#wait(id, peers, timeout, signal);
    const frame = { id, question, timeout, body };
    bus.publish(ALL, MessageKind.Query, writeQuestion(new ByteWriter(), frame).done());
    return gathered;
  }

  /**
   * Tells one node something that wants no answer; best effort.
   * @returns false when there is no link, or it is too large for the bus
   */
  tell(node: string, question: Question, body: Uint8Array): boolean {
    if (this.#bus?.up !== true || body.length + HEADER > MAX_QUESTION) return false;
    const frame = { id: 0, question, timeout: 0, body };
    const message = writeQuestion(new ByteWriter(), frame).done();
    this.#bus.publish(nodeChannel(node), MessageKind.Query, message);
    return true;
  }

  #wait(
    id: number,
    peers: readonly string[],
    timeout: number,
    signal: AbortSignal | undefined,
  ): Promise<Gathered> {
    return new Promise((resolve, reject) => {
      let timer: Timer;
      const end = (): void => {
        this.#asked.delete(id);
        this.#clock.clear(timer);
        signal?.removeEventListener('abort', aborted);
      };
      const aborted = (): void => {
        end();
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- the reason is whatever was given
        reject(signal?.reason);
      };
      const asked: Asked = {
        waiting: new Set(peers),
        answers: [],
        missing: [],
        finish: () => {
          end();
          resolve({ answers: asked.answers, missing: asked.missing });
        },
      };
      this.#asked.set(id, asked);
      timer = this.#clock.after(timeout, () => this.#miss(asked, [...asked.waiting], 'timeout'));
      signal?.addEventListener('abort', aborted, { once: true });
    });
  }

  #answer({ from, payload }: BusMessage): void {
    const { id, status, body } = readAnswer(new ByteReader(payload));
    const asked = this.#asked.get(id);
    // Whoever was not asked, or has answered, or comes too late.
    if (asked?.waiting.delete(from) !== true) return;
    if (status === AnswerStatus.Done) {
      asked.answers.push({ node: from, body: Uint8Array.from(body) });
    } else {
      asked.missing.push({ node: from, reason: REASONS[status] ?? 'failed' });
    }
    if (asked.waiting.size === 0) asked.finish();
  }

  #question({ from, payload }: BusMessage): void {
    const { id, question, timeout, body } = readQuestion(new ByteReader(payload));
    const answerer = this.#answerers.get(question);
    if (answerer === undefined) {
      this.#reply(from, id, AnswerStatus.Unsupported);
      return;
    }
    const done = this.#answering.begin(from);
    if (done === undefined) this.#reply(from, id, AnswerStatus.Busy);
    else this.#work(from, id, () => answerer(body, timeout), done);
  }

  #work(from: string, id: number, work: () => MaybePromise<Uint8Array>, done: () => void): void {
    const failed = (error: unknown): void => {
      this.#reply(from, id, AnswerStatus.Failed);
      this.#report(error);
    };
    try {
      const answer = work();
      if (!isThenable(answer)) {
        done();
        this.#reply(from, id, AnswerStatus.Done, answer);
        return;
      }
      void Promise.resolve(answer)
        .then((body) => this.#reply(from, id, AnswerStatus.Done, body), failed)
        .finally(done);
    } catch (error) {
      done();
      if (!isNonsense(error)) return failed(error);
      this.#reply(from, id, AnswerStatus.Failed);
      throw new MalformedBytes('A question that makes sense is expected', { cause: error });
    }
  }

  #reply(to: string, id: number, status: AnswerStatus, body: Uint8Array = new Uint8Array()): void {
    if (id === 0) return;
    const fits = body.length + HEADER <= MAX_ANSWER;
    const frame = fits
      ? { id, status, body }
      : { id, status: AnswerStatus.TooLarge, body: NOTHING };
    const message = writeAnswer(new ByteWriter(), frame).done();
    this.#bus?.publish(nodeChannel(to), MessageKind.Answer, message);
  }

  #left(node: string): void {
    for (const asked of this.#asked.values()) this.#miss(asked, [node], 'left');
  }

  #everybodyLost(): void {
    for (const asked of this.#asked.values()) {
      this.#miss(asked, [...asked.waiting], 'disconnected');
    }
  }

  #miss(asked: Asked, nodes: readonly string[], reason: MissingReason): void {
    for (const node of nodes) {
      if (asked.waiting.delete(node)) asked.missing.push({ node, reason });
    }
    if (asked.waiting.size === 0) asked.finish();
  }
}

const NOTHING = new Uint8Array();

/** What is thrown about bytes that are none of this protocol, and about names, codes and data in them. */
function isNonsense(error: unknown): boolean {
  return [MalformedBytes, SyntaxError, WireError, UsageError, EncodeError].some(
    (kind) => error instanceof kind,
  );
}

/** @throws {UsageError} for a timeout out of range. */
function checkTimeout(timeout: number): void {
  if (Number.isSafeInteger(timeout) && timeout > 0 && timeout <= MAX_DELAY) return;
  throw new UsageError(
    `Cannot ask nodes: a timeout of 1 to ${MAX_DELAY} milliseconds is expected, current value is ${String(timeout)}`,
  );
}

function nobody(peers: readonly string[], reason: MissingReason): Gathered {
  const nodes = peers.length === 0 ? [''] : peers;
  return { answers: [], missing: nodes.map((node) => ({ node, reason })) };
}

function tooMany(): LimitError {
  return new LimitError(
    `Cannot ask nodes: ${MAX_ASKED} queries wait already`,
    'WS_ERR_TOO_MANY_QUERIES',
  );
}
