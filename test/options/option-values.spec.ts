// What may be given by mistake, for every option of every set.
import { describe, expect, it } from '@jest/globals';
import { NEEDED, OPTION_SETS, type OptionSet } from './option-sets.js';

/** No option takes these. */
const WRONG: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['a negative number', -1],
  ['a BigInt', 5n],
  ['a symbol', Symbol('five')],
];
/** No number is any of these. */
const NO_NUMBER: readonly (readonly [string, unknown])[] = [
  ['a text of a number', '5'],
  ['an object', { value: 5 }],
  ['an object without a prototype', Object.create(null)],
  ['a Number', Object(5)],
  ['a list', [5]],
  ['true', true],
  ['a function', () => 5],
  ['what is past all whole numbers', Number.MAX_VALUE * 2],
];
/** Options that are words, functions, options of their own or lists. */
const NOT_NUMERIC = new Set(
  [
    'prefix path version host tls http2 limits compression allowedOrigins session codecs rate shutdown',
    'slowConsumers closeOnBackpressureLimit useGlobalFilters history mailbox presence connections',
    'trustedProxies userId onSlowConsumer onError router hooks onBinary codecFor access',
    'messageParser onViolation scope store room onDropped latestOnly expiresAt connection user ip',
    'useGlobalGuards useGlobalPipes useGlobalInterceptors',
    'broker cluster idempotency uploads name delivery required notifyGap secret',
    'reason reconnect onProgress autoPong skipUTF8Validation requireMinimalLength',
    'app url options sentinels name nodes client servers jetstream mail',
    'requireBroker guard imports payloads actions',
  ].flatMap((line) => line.split(' ')),
);
const FRACTIONS = new Set(['messages', 'bytes', 'per', 'burst']);

/** Whether the notice of a session is meant, which is a time, or that of a shutdown, which is none. */
const isNotice = (path: string): boolean => path === 'notice' || path === 'shutdown.notice';
const failing = (): never => {
  throw new Error('no connection to the vault');
};
const lastOf = (path: string): string => path.slice(path.lastIndexOf('.') + 1);
const isNumeric = (path: string): boolean => !NOT_NUMERIC.has(lastOf(path)) && !isNotice(path);

/** The engine's own, in which null counts as left out. */
const ENGINES = /^compression\./;

/** Every option of a set by its path, those inside of others too. */
function pathsOf({ table }: OptionSet): string[] {
  const paths = Object.entries(table.options).flatMap(([name, { names: inside = [] }]) => [
    name,
    ...inside.map((inner) => `${name}.${inner}`),
  ]);
  const parts = ['messages', 'bytes', 'per', 'burst'];
  const deeper = Object.entries({
    'rate.connection': parts,
    'rate.user': parts,
    'rate.ip': parts,
    'shutdown.reconnect': ['after', 'within'],
  }).flatMap(([path, inside]) =>
    paths.includes(path) ? inside.map((inner) => `${path}.${inner}`) : [],
  );
  return [...paths, ...deeper].filter((path) => !ENGINES.test(path));
}

/** `{ a: { b: value } }` for `a.b`, with the last property defined by `descriptor`. */
function written(path: string, descriptor: PropertyDescriptor): object {
  const [first = '', ...rest] = path.split('.');
  const property =
    rest.length === 0
      ? { enumerable: true, ...descriptor }
      : { enumerable: true, value: written(rest.join('.'), descriptor) };
  return Object.defineProperty({}, first, property);
}

function failure(set: OptionSet, options: object): { error: unknown; message: string } {
  try {
    set.read(options);
  } catch (error) {
    return { error, message: error instanceof Error ? error.message : String(error) };
  }
  return { error: undefined, message: 'nothing was refused' };
}

/** Whether a message names the option and says what is allowed. */
function names(set: OptionSet, path: string, message: string): boolean {
  const [outer = '', inner = ''] = path.split('.');
  // The engine's own words about its limits.
  const engine =
    outer === 'limits' && message.startsWith(`${set.at(outer)}Cannot use option ${inner}:`);
  if (engine) return message.includes('allowed are');
  return message.startsWith(set.at(path)) && /expected |allowed are /.test(message);
}

describe.each(Object.entries(OPTION_SETS))('the options of %s', (name, set) => {
  const around = NEEDED[name] ?? {};
  /** @returns what was said instead of a refusal by name, '' after one */
  const check = (path: string, options: object): string => {
    const { error, message } = failure(set, options);
    if (error instanceof set.error && names(set, path, message)) return '';
    return `${path}: ${message}`;
  };
  const refused = (path: string, descriptor: PropertyDescriptor): string => {
    const given = Object.getOwnPropertyDescriptors(written(path, descriptor));
    return check(path, Object.defineProperties({ ...around }, given));
  };
  const paths = pathsOf(set);

  it.each(WRONG)('are none of them %s', (_what, value) => {
    const passed = paths.map((path) => refused(path, { value }));
    expect(passed.filter((one) => one !== '')).toEqual([]);
  });

  it.each(NO_NUMBER)('are not %s where a number is meant', (_what, value) => {
    const numeric = paths.filter(isNumeric);
    expect(numeric.length).toBeGreaterThan(0);
    const passed = numeric.map((path) => refused(path, { value }));
    expect(passed.filter((one) => one !== '')).toEqual([]);
  });

  it('are whole where they are counted or last', () => {
    const whole = paths.filter((path) => isNumeric(path) && !FRACTIONS.has(lastOf(path)));
    const passed = whole.map((path) => refused(path, { value: 1.5 }));
    expect(passed.filter((one) => one !== '')).toEqual([]);
  });

  it('may be inherited, and are checked then too', () => {
    const passed = paths
      .filter((path) => !path.includes('.'))
      .map((path) => check(path, Object.create({ ...around, [path]: null })));
    expect(passed.filter((one) => one !== '')).toEqual([]);
  });

  it('name the option whose getter throws', () => {
    const passed = paths.map((path) => refused(path, { get: failing }));
    expect(passed.filter((one) => one !== '')).toEqual([]);
  });

  it.each([null, 5, 'text', true, []])('are an object and not %j', (options) => {
    // A decorator takes a number or a list for something else.
    if (name === '@RateLimit' && options === 5) return;
    const { error, message } = failure(set, options as never);
    expect(error).toBeInstanceOf(set.error);
    expect(message).toMatch(/^Cannot .*expected an object, current value is/);
  });
});
