import type { DrainProgress } from '#hub';

/** Where the lines go; `Logger` of Nest for instance. */
interface Log {
  log(message: string): void;
  warn(message: string): void;
}

/** Writes down how a shutdown proceeds, unless nobody was connected. */
export function drainLog(logger: Log): (progress: DrainProgress) => void {
  let silent = true;
  return ({ stage, open, busy, elapsed }) => {
    if (open > 0) silent = false;
    if (silent) return;
    const state = `${open} connections open, ${busy} with handlers under way, ${elapsed} ms`;
    if (stage === 'terminating') logger.warn(`Shutdown deadline reached: ${state}`);
    else logger.log(`Shutdown ${stage}: ${state}`);
  };
}
