import { UsageError } from '#engine';
import { describeProblem, type Problem } from './problem.js';

/** Why there is no contract: what was asked for cannot be, or the sources hold what no contract can say. */
export class ContractError extends UsageError {
  /** Each with its place in the sources; empty when the sources are not what is wrong. */
  readonly problems: readonly Problem[];

  constructor(message: string, problems: readonly Problem[] = []) {
    super([message, ...problems.map(describeProblem)].join('\n'), 'WS_ERR_CONTRACT');
    this.problems = problems;
  }
}
