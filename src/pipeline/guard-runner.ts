import { ForbiddenException, type ExecutionContext } from '@nestjs/common';
import type { ResolvedHandler } from './resolved-handler.js';

/** Nest's wording for a guard that says no. */
export const DENIED = 'Forbidden resource';

type Guarded = Pick<ResolvedHandler, 'guards' | 'contextOf' | 'verdictOf'>;

/**
 * Asks the guards of a handler one after another, as Nest's `GuardsConsumer` does: the first no ends it.
 *
 * @returns a promise when a guard has answered with something else than a boolean
 * @throws {ForbiddenException} for a no, and whatever a guard throws; as a rejection after a wait
 */
type GuardRunner = (args: readonly unknown[]) => Promise<void> | undefined;

/** @returns `undefined` when there is nothing to ask */
export function guardRunner(handler: Guarded): GuardRunner | undefined {
  const { guards, contextOf } = handler;
  if (guards.length === 0) return undefined;
  return (args) => {
    const context = contextOf(args);
    for (const [index, guard] of guards.entries()) {
      const answer = guard.canActivate(context);
      if (answer === false) throw new ForbiddenException(DENIED);
      if (answer !== true) return askOn(handler, context, answer, index);
    }
    return undefined;
  };
}

/** @param answer of the guard at `index` */
async function askOn(
  { guards, verdictOf }: Guarded,
  context: ExecutionContext,
  answer: unknown,
  index: number,
): Promise<void> {
  let verdict = await verdictOf(answer);
  for (const guard of guards.slice(index + 1)) {
    if (!verdict) break;
    const next: unknown = guard.canActivate(context);
    verdict = typeof next === 'boolean' ? next : await verdictOf(next);
  }
  // As in Nest, which takes a 1 for a yes and an undefined for a no.
  if (!verdict) throw new ForbiddenException(DENIED);
}
