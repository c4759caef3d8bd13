import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { isMainThread, resourceLimits } from 'node:worker_threads';

const MIB = 1024 * 1024;
const OLD_SPACE = /--max[-_]old[-_]space[-_]size[= ](\d+)/g;

/**
 * Bytes V8 allows for objects that live longer. Its own figure includes room for young ones, of which
 * there are 48 MiB in Node 20 and 192 MiB in Node 24: for a small heap several times what was asked for.
 */
export function heapLimit(flags = flagsOfProcess()): number {
  const known = getHeapStatistics().heap_size_limit;
  const asked = isMainThread
    ? Number([...flags.matchAll(OLD_SPACE)].at(-1)?.[1] ?? 0)
    : (resourceLimits.maxOldGenerationSizeMb ?? 0);
  return asked > 0 ? Math.min(known, asked * MIB) : known;
}

/** Bytes of memory this process may take, by its control group or else the machine. */
export function memoryLimit(total = totalmem(), constrained = constraint()): number {
  // Unknown is 0; without a limit it is more than there is.
  return constrained > 0 ? Math.min(total, constrained) : total;
}

function flagsOfProcess(): string {
  return `${process.env['NODE_OPTIONS'] ?? ''} ${process.execArgv.join(' ')}`;
}

function constraint(): number {
  // Not there in every runtime; undefined where it cannot be known.
  const { constrainedMemory } = process as { constrainedMemory?: () => number | undefined };
  return constrainedMemory?.() ?? 0;
}
