import type { MissingNode } from '../connection/cluster-result.js';
import type { Connection } from '../connection/connection.js';
import type { ConnectionRef } from '../connection/connection-ref.js';
import { Phase } from '../connection/state/phase.js';
import { EventMessage } from './broadcast-message.js';
import { ask, Deadline } from '../connection/request/ask.js';
import type { Outcome } from '../connection/request/pending-requests.js';
import type { Unanswered } from '../connection/request/request-error.js';
import { requestId } from '../connection/request/request-events.js';
import { timeoutOf, type RequestOptions } from '../connection/request/request-options.js';
import { kCore } from '../connection/connection-core.js';

/** Bytes of all answers together, as they came: those past it are not kept. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** What came of asking many: who answered and who did not, each asked connection in one of the two. */
export interface RequestResult<Answer = unknown> {
  /** In the order in which the receivers were asked, this node's first. */
  readonly answers: readonly { readonly connection: ConnectionRef; readonly data: Answer }[];
  /**
   * `data` is what a client sent that refused. The reason is `dropped` for what came when 16 MiB of
   * answers were there.
   */
  readonly missing: readonly {
    readonly connection: ConnectionRef;
    readonly reason: Unanswered;
    readonly data?: unknown;
  }[];
  /** Nodes whose receivers may not have been asked; left out when there is none. */
  readonly unreachable?: readonly MissingNode[];
  /** Whether all who were asked have answered, on all nodes; true when nobody was. */
  readonly complete: boolean;
}

/** What came of asking here and on the other nodes. */
export async function together(
  here: Promise<RequestResult>,
  beyond: Promise<RequestResult>,
): Promise<RequestResult> {
  const [own, others] = await Promise.all([here, beyond]);
  return {
    ...others,
    answers: [...own.answers, ...others.answers],
    missing: [...own.missing, ...others.missing],
    complete: own.complete && others.complete,
  };
}

/**
 * Asks many connections at once, encoded and framed once per codec. It waits for the last answer or
 * the deadline and rejects for no client's sake: what is missing is in the result.
 * @throws {UsageError} as a rejection, for a timeout out of range
 * @throws {EncodeError} as a rejection, for data a codec cannot carry
 */
export async function requestAll(
  receivers: Iterable<Connection>,
  event: string,
  data: unknown,
  options: RequestOptions,
): Promise<RequestResult> {
  const timeout = timeoutOf(options);
  const id = requestId();
  // Who is not let in yet is not read either, so nobody waits for an answer.
  const asked = [...receivers].filter((one) => one[kCore].phase === Phase.Ready);
  const settleAll = (reason: Unanswered): void => {
    for (const one of asked) one[kCore].requests?.settle(id, { answered: false, reason });
  };
  const deadline = new Deadline(timeout, options.signal, settleAll);
  try {
    const message = new EventMessage({ event, data, id });
    let bytes = 0;
    const weigh = (outcome: Outcome): Outcome => {
      bytes += outcome.bytes ?? 0;
      return bytes > MAX_ANSWER_BYTES && outcome.bytes !== undefined
        ? { answered: false, reason: 'dropped' }
        : outcome;
    };
    const waiting = asked.map(({ [kCore]: core }) =>
      ask(core, id, () => core.sendPrepared(message.for(core.codec), event)).then(weigh),
    );
    if (options.signal?.aborted === true) settleAll('cancelled');
    const outcomes = await Promise.all(waiting);
    const answers: { connection: Connection; data: unknown }[] = [];
    const missing: { connection: Connection; reason: Unanswered; data?: unknown }[] = [];
    asked.forEach((connection, index) => {
      const outcome = outcomes[index];
      if (outcome === undefined) return;
      if (outcome.answered) answers.push({ connection, data: outcome.data });
      else if (outcome.data === undefined) missing.push({ connection, reason: outcome.reason });
      else missing.push({ connection, reason: outcome.reason, data: outcome.data });
    });
    return { answers, missing, complete: missing.length === 0 };
  } catch (error) {
    settleAll('cancelled');
    throw error;
  } finally {
    deadline.lift();
  }
}
