import {
  PartialResultError,
  type Answered,
  type MissingNode,
  type QueryOptions,
} from '../../connection/cluster-result.js';
import type { Queries } from './queries.js';
import type { Question } from './question.js';

/** A query of all nodes whose answers are put together to one value. */
interface Gathering<Part, Value> {
  readonly question: Question;
  readonly body: Uint8Array;
  /** What this node says, and does. */
  readonly own: () => Part;
  /** Reads what another says; throws when it makes no sense. */
  readonly read: (body: Uint8Array, node: string) => Part;
  /** @param parts this node's is the first */
  readonly merge: (parts: readonly Part[]) => Value;
}

/**
 * Asks this node and all others.
 * @throws {PartialResultError} as a rejection, when one has not answered, unless `partial` is true
 * @throws what `own` throws, as a rejection, before anybody is asked
 */
export async function gather<Part, Value, Options extends QueryOptions>(
  queries: Queries,
  { question, body, own, read, merge }: Gathering<Part, Value>,
  options?: Options,
): Promise<Answered<Value, Options>> {
  options?.signal?.throwIfAborted();
  const parts: Part[] = [own()];
  const { answers, missing } = await queries.ask(question, body, options);
  const absent: MissingNode[] = [...missing];
  for (const { node, body: answer } of answers) {
    try {
      parts.push(read(answer, node));
    } catch {
      absent.push({ node, reason: 'failed' });
    }
  }
  const value = merge(parts);
  if (options?.partial !== true && absent.length > 0) throw new PartialResultError(value, absent);
  const result =
    options?.partial === true ? { value, complete: absent.length === 0, missing: absent } : value;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- by the same condition as the type
  return result as Answered<Value, Options>;
}

/** All parts together. */
export function sum(parts: readonly number[]): number {
  return parts.reduce((total, part) => total + part, 0);
}
