import { isThenable } from '../support/thenable.js';

/**
 * Calls a hook that nobody waits for.
 * @param failed told what it throws or rejects with; must not throw
 * @returns a promise that never rejects, while the hook is at work; undefined when it has finished
 */
export function runHook(
  call: () => unknown,
  failed: (error: unknown) => void,
): Promise<void> | undefined {
  try {
    const result = call();
    if (isThenable(result)) return Promise.resolve(result).then(nothing, failed);
  } catch (error) {
    failed(error);
  }
  return undefined;
}

function nothing(): void {}
