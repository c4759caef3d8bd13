import { describe, expect, it } from '@jest/globals';
import { UsageError } from '#engine';
import { filled, nested, optional, withDefault } from './nested-options.js';
import { amount, count, delayOrOff, flag, oneOf, text } from './option-kinds.js';
import { usagePlace } from './option-place.js';
import { REQUIRED, type OptionsFor } from './option.js';
import { OptionTable, type Resolved } from './option-table.js';

interface PumpOptions {
  /** Strokes a second. */
  speed: number;
  name?: string;
  pause?: number;
  mode?: 'push' | 'pull' | undefined;
  valve?: { open?: boolean; width?: number };
  filter?: { mesh?: number };
}

const VALVE = new OptionTable({ open: flag(true), width: count(10) });
const FILTER = new OptionTable({ mesh: count(200) });
const PUMP = new OptionTable({
  speed: amount(REQUIRED),
  name: text(undefined),
  pause: delayOrOff(500),
  mode: oneOf(['push', 'pull'])('push'),
  valve: filled(VALVE),
  filter: nested(FILTER, {}),
} satisfies OptionsFor<PumpOptions>);

const place = usagePlace('pump');
const read = (given: unknown) => PUMP.read(given, place);
const resolve = (given: unknown): Resolved<typeof PUMP> => PUMP.resolve(given, place);

describe('a table of options', () => {
  it('knows their names and defaults; one that has to be given has none', () => {
    expect(PUMP.names).toEqual(['speed', 'name', 'pause', 'mode', 'valve', 'filter']);
    expect(PUMP.defaults).toEqual({
      name: undefined,
      pause: 500,
      mode: 'push',
      valve: { open: true, width: 10 },
      filter: {},
    });
    expect(Object.isFrozen(PUMP.defaults)).toBe(true);
  });

  it('reads what is set, undefined counting as left out, and fills in the rest', () => {
    const given = { speed: 1.5, pause: undefined, valve: { width: 3 }, filter: { mesh: 9 } };
    expect(read(given)).toEqual({ speed: 1.5, valve: { width: 3 }, filter: { mesh: 9 } });
    expect(Object.keys(read(given))).toEqual(['speed', 'valve', 'filter']);
    expect(resolve(given)).toEqual({
      speed: 1.5,
      name: undefined,
      pause: 500,
      mode: 'push',
      valve: { open: true, width: 3 },
      filter: { mesh: 9 },
    });
  });

  it('puts one set over another, options inside of options by their names', () => {
    const base = resolve({ speed: 1, name: 'a', valve: { open: false }, filter: { mesh: 9 } });
    expect(PUMP.override(base, { name: 'b', valve: { width: 2 }, filter: {} })).toEqual({
      ...base,
      name: 'b',
      valve: { open: false, width: 2 },
    });
    expect(PUMP.override(base, {})).toEqual(base);
  });

  it('reads each property once, of an instance of a class too', () => {
    let reads = 0;
    class Settings {
      get speed(): number {
        return ++reads;
      }
      help(): void {}
    }
    expect(resolve(new Settings()).speed).toBe(1);
    expect(read(Object.create({ speed: 2, name: 'inherited' }))).toEqual({
      speed: 2,
      name: 'inherited',
    });
    expect(read(Object.assign(Object.create(null), { speed: 3 }))).toEqual({ speed: 3 });
  });

  it('lends its options to other tables, and picks them out of others', () => {
    const { pause } = PUMP.options;
    const bare = new OptionTable({
      ...optional({ pause, valve: filled(VALVE) }),
      mode: withDefault(PUMP.options.mode, 'pull'),
    });
    expect(bare.defaults).toEqual({ pause: undefined, valve: undefined, mode: 'pull' });
    expect(bare.resolve({ valve: { width: 2 } }, place).valve).toEqual({ width: 2 });
    expect(() => bare.read({ pause: -1 }, place)).toThrow('Cannot use option pause');
    const all = { width: 1, open: undefined, colour: 'red' };
    expect(VALVE.pick(all)).toEqual({ width: 1 });
  });

  it('fits only an interface that takes the same', () => {
    interface Narrow {
      width?: number;
    }
    const width = count(1);
    // @ts-expect-error -- the interface has another name
    const missing = { width } satisfies OptionsFor<Narrow & { open?: boolean }>;
    // @ts-expect-error -- the table has another name
    const other = { width, open: flag(true) } satisfies OptionsFor<Narrow>;
    // @ts-expect-error -- the interface takes more than the table
    const wider = { width } satisfies OptionsFor<{ width?: number | string }>;
    // @ts-expect-error -- the table takes more than the interface
    const narrower = { width } satisfies OptionsFor<{ width?: 1 | 2 }>;
    expect([missing, other, wider, narrower]).toHaveLength(4);
    const speed: number = resolve({ speed: 1 }).speed;
    // @ts-expect-error -- without a default there may be none
    const name: string = resolve({ speed: 1 }).name;
    expect([speed, name]).toEqual([1, undefined]);
  });
});

describe('a table of options refuses', () => {
  const boom = {
    get pause(): number {
      throw new Error('boom');
    },
  };

  it.each<[string, unknown, string]>([
    [
      'nothing',
      undefined,
      'Cannot use options of pump: expected an object, current value is undefined',
    ],
    ['null', null, 'Cannot use options of pump: expected an object, current value is null'],
    ['a list', [], 'Cannot use options of pump: expected an object, current value is []'],
    ['a text', '{}', "Cannot use options of pump: expected an object, current value is '{}'"],
    [
      'one that is missing',
      {},
      'Cannot use option speed: expected a positive number, current value is undefined',
    ],
    [
      'a wrong value',
      { speed: 1, mode: 'pul' },
      "Cannot use option mode: expected push, pull, current value is 'pul'",
    ],
    [
      'a wrong value inside',
      { speed: 1, valve: { width: null } },
      'Cannot use option valve.width: expected a whole number, 1 or more, current value is null',
    ],
    [
      'a value that inspects itself badly',
      {
        speed: {
          [Symbol.for('nodejs.util.inspect.custom')]() {
            throw new Error('no');
          },
        },
      },
      'Cannot use option speed: expected a positive number, current value is of type object',
    ],
    [
      'a getter that throws',
      { speed: 1, __proto__: boom },
      'Cannot use option pause: expected whole milliseconds, 0 to 2147483647, but reading it failed with boom',
    ],
    [
      'a misspelt name',
      { sped: 1 },
      'Cannot use options of pump: expected one of speed, name, pause, mode, valve, filter, current value is sped; did you mean speed?',
    ],
    [
      'a misspelt name inside',
      { speed: 1, valve: { widht: 1 } },
      'Cannot use option valve: expected one of open, width, current value is widht; did you mean width?',
    ],
    [
      'a name one level too high',
      { speed: 1, mesh: 3 },
      'Cannot use options of pump: expected one of speed, name, pause, mode, valve, filter, current value is mesh; did you mean filter.mesh?',
    ],
    [
      'a name that is near to none, set or not',
      { speed: 1, colour: undefined },
      'Cannot use options of pump: expected one of speed, name, pause, mode, valve, filter, current value is colour',
    ],
    [
      'a name that was inherited',
      Object.create({ speed: 1, colour: 'red' }),
      'Cannot use options of pump: expected one of speed, name, pause, mode, valve, filter, current value is colour',
    ],
  ])('%s', (_what, given, message) => {
    let caught: unknown;
    try {
      resolve(given);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(UsageError);
    expect((caught as Error).message).toBe(message);
  });

  it('nothing because of what somebody put on all objects, and takes no value from there', () => {
    const everything = Object.prototype as Record<string, unknown>;
    everything['pause'] = 'polluted';
    everything['colour'] = 'red';
    try {
      expect(resolve({ speed: 1 })).toMatchObject({ speed: 1 });
      expect(Object.entries(resolve({ speed: 1 }))).toContainEqual(['pause', 500]);
    } finally {
      delete everything['pause'];
      delete everything['colour'];
    }
  });

  it('a long value without quoting all of it', () => {
    expect(() => resolve({ speed: 'x'.repeat(1e6) })).toThrow(/^.{80,300}$/s);
  });
});
