import { relative } from 'node:path';
import type TS from 'typescript';
import { ContractError } from '../support/contract-error.js';
import type { Problem } from '../support/problem.js';

/** Gathers what is wrong with the sources, so that all of it is told at once. */
export class Problems {
  readonly #found = new Map<string, Problem>();
  readonly #folder: string;

  /** @param folder where paths begin that are shown */
  constructor(folder: string) {
    this.#folder = folder;
  }

  add(node: TS.Node, message: string): void {
    const file = node.getSourceFile();
    const { line, character } = file.getLineAndCharacterOfPosition(node.getStart(file));
    this.#keep({ file: file.fileName, line: line + 1, column: character + 1, message });
  }

  /** Something TypeScript found by itself. */
  addDiagnostic({ file, start = 0 }: TS.Diagnostic, message: string): void {
    const { line, character } = file?.getLineAndCharacterOfPosition(start) ?? {
      line: 0,
      character: 0,
    };
    const name = file?.fileName ?? this.#folder;
    this.#keep({ file: name, line: line + 1, column: character + 1, message });
  }

  /** In the order of the sources. */
  get all(): readonly Problem[] {
    return [...this.#found.values()].sort(
      (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column,
    );
  }

  /** @throws {ContractError} when anything was found */
  throwIfAny(): void {
    if (this.#found.size === 0) return;
    const problems = this.all;
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    throw new ContractError(`Cannot write the contract: the sources have ${count}`, problems);
  }

  #keep(problem: Problem): void {
    const file = relative(this.#folder, problem.file).replaceAll('\\', '/') || '.';
    const { line, column, message } = problem;
    this.#found.set(`${file}:${line}:${column}:${message}`, { file, line, column, message });
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
