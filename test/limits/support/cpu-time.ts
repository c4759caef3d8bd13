/**
 * Milliseconds of this process's CPU that `run` takes, the least of some runs. Not of a clock: on a busy machine the
 * longer of two runs is interrupted and the shorter is not, and what is linear looks as if it were not.
 */
export function cpuTimeOf(run: () => unknown, rounds = 5): number {
  let least = Infinity;
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}
