import type { SimulatedClock } from './simulated-clock.js';

/** What a broker that is away makes a node warn of: that is no news here. */
const EXPECTED_WARNING = 'NESTWIRE_BROKER_UNAVAILABLE';

type Call = (...args: readonly unknown[]) => void;

/** What `setTimeout` and `setInterval` return while time is simulated. */
class SimulatedTimer {
  readonly #clock: SimulatedClock;
  #due: unknown;

  constructor(clock: SimulatedClock, delay: number, call: () => void, again: boolean) {
    this.#clock = clock;
    const arm = (): void => {
      this.#due = clock.after(delay, () => {
        if (again) arm();
        call();
      });
    };
    arm();
  }

  clear(): void {
    this.#clock.clear(this.#due);
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

/**
 * Time and chance of the whole process are those of a run, until it is over: parts of a hub that are given
 * no clock ask for them here. Of its timers none is left behind.
 */
export async function inSimulatedTime(
  clock: SimulatedClock,
  run: () => Promise<void>,
): Promise<void> {
  const timer =
    (again: boolean) =>
    (call: Call, delay = 0, ...args: readonly unknown[]): SimulatedTimer =>
      new SimulatedTimer(clock, delay, () => call(...args), again);
  const emitWarning = process.emitWarning.bind(process);
  const warn = (...given: readonly unknown[]): void => {
    const [, options] = given;
    const code = typeof options === 'object' && options !== null ? Reflect.get(options, 'code') : 0;
    if (code !== EXPECTED_WARNING) Reflect.apply(emitWarning, process, given);
  };
  const restore = [
    replace(globalThis, {
      setTimeout: timer(false),
      setInterval: timer(true),
      clearTimeout: clear,
      clearInterval: clear,
      performance: { now: () => clock.now() },
    }),
    replace(Date, { now: () => clock.now() }),
    replace(Math, { random: () => clock.random() }),
    replace(process, { emitWarning: warn }),
  ];
  try {
    await run();
  } finally {
    for (const undo of restore) undo();
  }
}

function clear(timer?: SimulatedTimer): void {
  timer?.clear();
}

/** @returns how to put back what was there */
function replace(target: object, changes: Record<string, unknown>): () => void {
  const before = Object.keys(changes).map(
    (name) => [name, Object.getOwnPropertyDescriptor(target, name)] as const,
  );
  for (const [name, value] of Object.entries(changes)) {
    Object.defineProperty(target, name, { value, configurable: true, writable: true });
  }
  return () => {
    for (const [name, descriptor] of before) {
      if (descriptor === undefined) Reflect.deleteProperty(target, name);
      else Object.defineProperty(target, name, descriptor);
    }
  };
}
