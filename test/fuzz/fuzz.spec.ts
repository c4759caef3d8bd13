import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Random } from '../support/random.js';
import { Coverage } from './support/coverage.js';
import { keepInput, readCorpus } from './support/corpus.js';
import { Fuzzer, runInput } from './support/fuzzer.js';
import { StrayErrors } from './support/stray-errors.js';
import { codecs } from './targets/codecs.js';
import { client } from './targets/client.js';
import { frames } from './targets/frames.js';
import { headers } from './targets/headers.js';
import { inflate } from './targets/inflate.js';
import { server } from './targets/server.js';

/** For long: `npm run fuzz -- --minutes 30 --seed 7`. */
const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 4);
const SEED = Number(process.env['FUZZ_SEED'] ?? 1);
const ONLY = process.env['FUZZ_TARGET'];
/** Whether a person watches, who wants what was found as files. */
const LONG = process.env['FUZZ_SECONDS'] !== undefined;
/** Inputs that ran something new, of each target and at most so many bytes, kept as files: `--keep`. */
const KEEP = process.env['FUZZ_KEEP'] === undefined ? 0 : 60;
const SMALL = 4096;
/** MiB that a target may have taken and not given back. */
const MOST_MEMORY = 100;
/** Crashes after which nobody needs more. */
const ENOUGH = 10;

const all = [frames, inflate, headers, codecs, server, client];
const targets = all.filter(({ name }) => ONLY === undefined || ONLY === name);
const each = targets.map((target) => [target.name, target] as const);

const stray = new StrayErrors();
// Before anything has run: what V8 compiled earlier it counts by whole functions alone.
const coverage = LONG ? new Coverage() : null;

beforeAll(async () => {
  for (const { start } of targets) await start?.();
});

afterAll(async () => {
  for (const { stop } of targets) await stop?.();
  stray.stop();
  coverage?.stop();
});

describe('inputs that were found by fuzzing', () => {
  it.each(each)('break nothing any more: %s', async (name, target) => {
    const inputs = readCorpus(name);
    expect(inputs.length).toBeGreaterThan(0);
    for (const { name: file, input } of inputs) {
      try {
        await runInput(target, input);
        const error = stray.take();
        if (error !== undefined) throw error;
      } catch (error) {
        throw new Error(`test/fuzz/corpus/${name}/${file} breaks it`, { cause: error });
      }
    }
  });
});

describe(`inputs of the seed ${SEED}`, () => {
  it.each(each)(
    'crash nothing, hang nowhere and hold no memory: %s',
    async (name, target) => {
      const given = readCorpus(name).map(({ input }) => input);
      const fuzzer = new Fuzzer(target, new Random(SEED), given, coverage, stray);
      const before = memory();
      const crashes: string[] = [];
      const deadline = performance.now() + (SECONDS * 1000) / targets.length;
      let report = performance.now() + 60_000;
      do {
        for (const { input, error } of await fuzzer.batch()) {
          const file = keepInput(name, 'crash', input);
          crashes.push(`${file}: ${error instanceof Error ? error.stack : String(error)}`);
          process.stderr.write(`${crashes.at(-1)}\n`);
        }
        if (LONG && performance.now() > report) {
          report += 60_000;
          say(name, fuzzer);
        }
      } while (performance.now() < deadline && crashes.length < ENOUGH);
      if (LONG) say(name, fuzzer);
      const small = fuzzer.found.filter(({ length }) => length <= SMALL);
      for (const input of small.slice(0, KEEP)) keepInput(name, 'seed', input);
      expect(crashes).toEqual([]);
      expect(fuzzer.runs).toBeGreaterThan(0);
      expect(memory() - before).toBeLessThan(MOST_MEMORY);
    },
    SECONDS * 1000 + 120_000,
  );
});

function say(name: string, fuzzer: Fuzzer): void {
  process.stderr.write(
    `${name}: ${fuzzer.runs} inputs, ${coverage?.size ?? 0} blocks run, ${fuzzer.found.length} inputs ran something new\n`,
  );
}

/** MiB outside the heap: what the engine holds of messages. */
function memory(): number {
  return process.memoryUsage().arrayBuffers / 1024 / 1024;
}
