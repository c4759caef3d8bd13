import { setTimeout as wait } from 'node:timers/promises';
import { Random } from '../../support/random.js';
import type { Coverage } from './coverage.js';
import { mutate } from './mutate.js';
import type { StrayErrors } from './stray-errors.js';
import type { Target } from './target.js';

/** Bytes of the seed at the start of each input. */
const HEAD = 4;
/** Milliseconds after which a run hangs. */
const HANG = 30_000;
/** Inputs between two looks at the coverage, which take longer than an input without a socket. */
const BATCH = 256;
const NETWORK_BATCH = 32;
/** Inputs that a target's next ones come from. */
const MOST_KEPT = 2_000;

export interface Crash {
  readonly input: Buffer;
  readonly error: unknown;
}

/** Runs one input as it ran before. @throws what broke, also what nobody caught meanwhile */
export async function runInput(target: Target, input: Buffer): Promise<void> {
  const head = Buffer.alloc(HEAD);
  input.copy(head);
  const given = Buffer.from(input.subarray(HEAD));
  const running = target.run(given, new Random(head.readUInt32LE()));
  if (running === undefined) return;
  const timer = new AbortController();
  const hang = wait(HANG, undefined, { signal: timer.signal, ref: false }).then(
    () => Promise.reject(new Error(`It hangs: nothing came of it in ${HANG} ms`)),
    () => {},
  );
  try {
    await Promise.race([running, hang]);
  } finally {
    timer.abort();
  }
}

/** Spoils inputs of one target, and goes on from those that ran something new. */
export class Fuzzer {
  runs = 0;
  /** What ran something new, the given ones first. */
  readonly kept: Buffer[];
  readonly found: Buffer[] = [];

  constructor(
    private readonly target: Target,
    private readonly random: Random,
    given: readonly Buffer[],
    private readonly coverage: Coverage | null,
    private readonly stray: StrayErrors,
  ) {
    this.kept = [...given];
  }

  /** Some inputs more. @returns what broke */
  async batch(): Promise<Crash[]> {
    const length = this.target.parallel === undefined ? BATCH : NETWORK_BATCH;
    const inputs = Array.from({ length }, () => this.next());
    this.runs += inputs.length;
    const crashes = await this.runAll(inputs);
    const error = this.stray.take();
    if (error !== undefined) crashes.push(...(await this.findCauses(inputs, error)));
    const fresh = this.coverage?.takeNew();
    if (crashes.length === 0 && fresh !== undefined) await this.keepCauses(inputs, fresh);
    return crashes;
  }

  /** Which of the inputs threw where nobody catches; the last one if none does so again. */
  private async findCauses(inputs: readonly Buffer[], error: unknown): Promise<Crash[]> {
    for (const input of inputs) {
      await this.runAll([input]);
      const again = this.stray.take();
      if (again !== undefined) return [{ input, error: again }];
    }
    return [{ input: inputs.at(-1)!, error }];
  }

  /** Which of the inputs ran these blocks is told by running halves of them once more. */
  private async keepCauses(inputs: readonly Buffer[], fresh: Set<string>): Promise<void> {
    if (fresh.size === 0) return;
    await this.runAll(inputs);
    const ran = this.coverage!.take().filter((block) => fresh.has(block));
    if (ran.length === 0) return;
    const [first] = inputs;
    if (inputs.length === 1 && first !== undefined) {
      this.keep(first);
      for (const block of ran) fresh.delete(block);
      return;
    }
    const half = Math.ceil(inputs.length / 2);
    await this.keepCauses(inputs.slice(0, half), fresh);
    await this.keepCauses(inputs.slice(half), fresh);
  }

  private keep(input: Buffer): void {
    this.found.push(input);
    if (this.kept.length < MOST_KEPT) this.kept.push(input);
    else this.kept[this.random.below(MOST_KEPT)] = input;
  }

  private next(): Buffer {
    const { random } = this;
    if (this.kept.length === 0 || random.chance(0.2)) {
      const bytes = this.target.generate(random);
      const fresh = random.chance(0.3) ? bytes : mutate(bytes, bytes, random);
      return Buffer.concat([random.bytes(HEAD), fresh]);
    }
    const from = random.pick(this.kept);
    const bytes = mutate(from.subarray(HEAD), random.pick(this.kept).subarray(HEAD), random);
    const head = random.chance(0.5) ? from.subarray(0, HEAD) : random.bytes(HEAD);
    return Buffer.concat([head, bytes]);
  }

  private async runAll(inputs: readonly Buffer[]): Promise<Crash[]> {
    const crashes: Crash[] = [];
    const queue = [...inputs];
    const worker = async (): Promise<void> => {
      for (let input = queue.shift(); input !== undefined; input = queue.shift()) {
        try {
          await runInput(this.target, input);
        } catch (error) {
          crashes.push({ input, error });
        }
      }
    };
    await Promise.all(Array.from({ length: this.target.parallel ?? 1 }, worker));
    return crashes;
  }
}
