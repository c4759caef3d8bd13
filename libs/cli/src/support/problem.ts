/** Something in the sources that stands in the way of a contract. */
export interface Problem {
  /** Relative to the working folder, with `/`. */
  readonly file: string;
  /** From 1 on, as editors count. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** `file:line:column: message`, as editors and terminals link it. */
export function describeProblem({ file, line, column, message }: Problem): string {
  return `${file}:${line}:${column}: ${message}`;
}
