import { Random } from '../../support/random.js';

export type End = 'client' | 'server';

/** One call on one end. */
export type Step =
  | { readonly end: End; readonly do: 'send'; readonly message: Message }
  | { readonly end: End; readonly do: 'fragments'; readonly pieces: readonly Message[] }
  | { readonly end: End; readonly do: 'ping' | 'pong'; readonly payload: string }
  | { readonly end: End; readonly do: 'pause' | 'resume' | 'terminate' }
  | { readonly end: End; readonly do: 'close'; readonly code?: number; readonly reason?: string };

/** What is sent, and how the caller has it. */
export interface Message {
  readonly kind: 'text' | 'buffer' | 'array' | 'arraybuffer';
  readonly binary: boolean | undefined;
  readonly compress: boolean | undefined;
  /** Tells messages apart. */
  readonly mark: number;
  readonly length: number;
}

/** How both ends are made, as far as programs choose. */
export interface ProgramOptions {
  readonly autoPong: boolean;
  readonly allowSynchronousEvents: boolean;
  readonly binaryType: 'nodebuffer' | 'arraybuffer';
  /** Messages that the server answers from within its listener, until it closes. */
  readonly echoes: number;
}

/** Groups of calls; each group is made in one turn, and what follows from it is waited for. */
export interface Program {
  readonly seed: number;
  readonly compression: boolean;
  readonly options: ProgramOptions;
  /** Calls of the client before its connection is open. */
  readonly early: readonly Step[];
  readonly groups: readonly (readonly Step[])[];
  /** Whether the last group ends a connection under way: what comes through is a matter of luck. */
  readonly endsAbruptly: boolean;
}

const ENDS: readonly End[] = ['client', 'server'];
const LENGTHS = [0, 1, 5, 30, 125, 126, 127, 1000, 1024, 4096, 16_384, 65_535, 65_536, 200_000];

/** A program that both libraries have to run to the same end, by the words of the migration page. */
export function programOf(seed: number): Program {
  const random = new Random(seed);
  const paused = new Set<End>();
  const groups: Step[][] = [];
  let mark = 0;

  const message = (): Message => ({
    kind: random.pick(['text', 'text', 'buffer', 'array', 'arraybuffer']),
    binary: random.pick([undefined, undefined, true, false]),
    compress: random.pick([undefined, undefined, true, false]),
    mark: ++mark,
    length: random.pick(LENGTHS.slice(0, random.pick([4, 9, LENGTHS.length]))),
  });
  const step = (end: End): Step => {
    const dice = random.below(20);
    if (dice < 10) return { end, do: 'send', message: message() };
    if (dice < 12) {
      const pieces = Array.from({ length: random.between(1, 5) }, message);
      return { end, do: 'fragments', pieces };
    }
    if (dice < 15) return { end, do: 'ping', payload: `ping ${++mark}` };
    if (dice < 16) return { end, do: 'pong', payload: `pong ${++mark}` };
    if (paused.delete(end)) return { end, do: 'resume' };
    if (dice < 18) return { end, do: 'send', message: message() };
    paused.add(end);
    return { end, do: 'pause' };
  };

  for (let count = random.between(1, 6); count > 0; count--) {
    const size = random.pick([1, 2, 5, 20]);
    groups.push(Array.from({ length: size }, () => step(random.pick(ENDS))));
  }
  // A close of a paused connection is one of the differences.
  groups.push([...paused].map((end) => ({ end, do: 'resume' })));
  const endsAbruptly = random.chance(0.15);
  groups.push(lastGroup(random, endsAbruptly, () => step(random.pick(ENDS))));
  const options: ProgramOptions = {
    autoPong: random.chance(0.8),
    allowSynchronousEvents: random.chance(0.7),
    binaryType: random.pick(['nodebuffer', 'nodebuffer', 'arraybuffer']),
    echoes: random.pick([0, 0, 3]),
  };
  paused.clear();
  const early = random.chance(0.2) ? earlySteps(random, () => step('client')) : [];
  return { seed, compression: random.chance(0.5), options, early, groups, endsAbruptly };
}

/** What a client does too early: calls that throw, and in half of all programs the end. */
function earlySteps(random: Random, some: () => Step): Step[] {
  const steps = Array.from({ length: random.between(1, 3) }, some).filter(
    // In ws both throw a TypeError of its own there, for want of a socket.
    (one) => one.do !== 'pause' && one.do !== 'resume',
  );
  if (random.chance(0.5)) return steps;
  return [...steps, { end: 'client', do: random.pick(['close', 'terminate']) }, ...steps];
}

/** How the connection ends: closed by one end or both, with calls around it that come too late. */
function lastGroup(random: Random, endsAbruptly: boolean, some: () => Step): Step[] {
  const around = (): Step[] =>
    Array.from({ length: random.below(4) }, some).filter(
      (one) => one.do !== 'pause' && one.do !== 'resume',
    );
  if (endsAbruptly) return [...around(), { end: random.pick(ENDS), do: 'terminate' }, ...around()];
  const close = (end: End): Step => {
    const code = random.pick([undefined, 1000, 1001, 1008, 3000, 4999]);
    if (code === undefined) return { end, do: 'close' };
    return { end, do: 'close', code, reason: random.pick(['', 'done', 'ü'.repeat(60)]) };
  };
  const first = random.pick(ENDS);
  const second = random.chance(0.3) ? [...around(), close(random.pick(ENDS))] : [];
  return [...around(), close(first), ...around(), ...second];
}
