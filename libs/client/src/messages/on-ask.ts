import type { Contract, QuestionAnswer, QuestionData, QuestionName } from '#contract';
import type { Off } from '../support/off.js';
import { innerOf } from './inner.js';
import type { LeanClient } from './lean-client.js';
import { Questions, type QuestionHandler } from './questions.js';

const known = new WeakMap<object, Questions>();

/**
 * Answers questions of the server; the signal aborts when the connection is lost. One handler an event.
 * A `ClientError` that it throws is told to the server, anything else is reported.
 * @throws {TypeError} for an event that has a handler
 */
export function onAsk<C extends Contract, N extends QuestionName<C>>(
  client: LeanClient<C>,
  event: N,
  handler: (
    data: QuestionData<C, N>,
    how: { readonly signal: AbortSignal },
  ) => QuestionAnswer<C, N> | Promise<QuestionAnswer<C, N>>,
): Off {
  let questions = known.get(client);
  if (questions === undefined) {
    const inner = innerOf(client);
    const made = new Questions(inner.send, inner.report);
    inner.onTake((frame) => made.take(frame));
    inner.onLost(() => made.lost());
    known.set(client, (questions = made));
  }
  return questions.on(event, handler as QuestionHandler);
}
