import { availableParallelism } from 'node:os';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The repository, without a slash at the end. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
export const BENCH = `${ROOT}/test/bench`;

export const cores = availableParallelism();

/** Whether server and load get a core each, so that neither waits for the other. */
export const pinned = cores > 1 && spawnSync('taskset', ['-V']).status === 0;

/** The command line that runs on one core. */
export const onCore = (core, command) =>
  pinned ? ['taskset', '-c', String(core), ...command] : command;

export const SERVER_CORE = 0;
export const LOAD_CORE = cores - 1;

/** Ends the benchmark with a sentence. */
export function stop(reason) {
  console.error(`Cannot finish the benchmark: ${reason}`);
  process.exit(1);
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
