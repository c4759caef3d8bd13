import { afterAll, describe, expect, it } from '@jest/globals';
import { differences } from './support/differences.js';
import { NESTWIRE, Servers, WS } from './support/libraries.js';
import { programOf } from './support/program.js';
import { runProgram } from './support/run-program.js';

/** For long: `npm run differential -- --minutes 10 --seed 7`. */
const SECONDS = Number(process.env['DIFFERENTIAL_SECONDS'] ?? 5);
const FIRST = Number(process.env['DIFFERENTIAL_SEED'] ?? 1);
const LONG = process.env['DIFFERENTIAL_SECONDS'] !== undefined;
/** Programs at a time. */
const PARALLEL = 4;
/** Programs that differ, after which nobody needs more. */
const ENOUGH = 10;

const servers = new Servers();
afterAll(async () => servers.stop());

/** What two ends of this package, and one of it beside one of ws, do otherwise than two of ws. */
async function compare(seed: number): Promise<string[]> {
  const program = programOf(seed);
  const pairs = [
    [WS, WS],
    [NESTWIRE, NESTWIRE],
    [NESTWIRE, WS],
    [WS, NESTWIRE],
  ] as const;
  const [expected, ...found] = await Promise.all(
    pairs.map(([from, to]) => runProgram(program, servers, from, to)),
  );
  return found.flatMap((outcome, index) => {
    const [from, to] = pairs[index + 1]!;
    return differences(program, outcome, expected!).map(
      (one) => `seed ${seed}, client ${from.name}, server ${to.name}: ${one}`,
    );
  });
}

describe('programs for ws', () => {
  it(
    `run to the same end on this package, from seed ${FIRST} on`,
    async () => {
      const wrong: string[] = [];
      const deadline = performance.now() + SECONDS * 1000;
      let seed = FIRST;
      let report = performance.now() + 60_000;
      const worker = async (): Promise<void> => {
        while (performance.now() < deadline && wrong.length < ENOUGH) {
          const mine = seed++;
          try {
            wrong.push(...(await compare(mine)));
          } catch (error) {
            wrong.push(`seed ${mine}: ${String(error)}`);
          }
          if (LONG && performance.now() > report) {
            report += 60_000;
            process.stderr.write(`${seed - FIRST} programs, ${wrong.length} differences\n`);
          }
        }
      };
      await Promise.all(Array.from({ length: PARALLEL }, worker));
      if (LONG) process.stderr.write(`${seed - FIRST} programs, ${wrong.length} differences\n`);
      expect(wrong.join('\n')).toBe('');
      expect(seed - FIRST).toBeGreaterThan(PARALLEL);
    },
    SECONDS * 1000 + 120_000,
  );

  it('are the same for the same seed', () => {
    expect(programOf(7)).toEqual(programOf(7));
    expect(programOf(8).groups).not.toEqual(programOf(7).groups);
  });
});
