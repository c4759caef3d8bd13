/** Where a command runs. */
export interface Terminal {
  readonly cwd: string;
  print(text: string): void;
  /** Says what went wrong. */
  complain(text: string): void;
}

export const ExitCode = { Done: 0, Failed: 1, WrongUse: 2 } as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
