import { spawn } from 'node:child_process';

export interface Command {
  cwd: string;
  /** Written to its standard input. */
  input?: string;
  /** Milliseconds until it is ended. */
  timeout: number;
}

/**
 * Runs a program to its end.
 * @returns what it wrote to standard output
 * @throws with all it wrote, when it fails or the time is up
 */
export function run(
  program: string,
  args: readonly string[],
  { cwd, input = '', timeout }: Command,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, timeout, stdio: 'pipe' });
    let output = '';
    let all = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      all += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => (all += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else {
        const end = code === null ? `was ended by ${signal} (limit ${timeout} ms)` : `gave ${code}`;
        reject(new Error(`Cannot run ${program} ${args.join(' ')}: it ${end}\n${all}`));
      }
    });
    child.stdin.end(input);
  });
}
