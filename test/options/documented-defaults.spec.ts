// Every default that a page or a doc comment states is the one in force.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DEFAULT_LIMITS } from '#engine';
import { DRAIN_OPTIONS, ENDPOINT_OPTIONS, EVENT_RATE_OPTIONS, HUB_OPTIONS } from '#hub';
import { IDEMPOTENCY_OPTIONS } from '../../libs/hub/src/answers/idempotency-options.js';
import { CLUSTER_OPTIONS } from '../../libs/hub/src/cluster/cluster-options.js';
import { HISTORY_OPTIONS } from '../../libs/hub/src/history/history-options.js';
import { CONNECTION_LIMIT_OPTIONS } from '../../libs/hub/src/limits/connection-limits.js';
import { RATE_OPTIONS } from '../../libs/hub/src/limits/rate-limiter.js';
import { MAILBOX_OPTIONS } from '../../libs/hub/src/mailbox/mailbox-options.js';
import { UPLOAD_OPTIONS } from '../../libs/hub/src/uploads/upload-options.js';
import { RATE_PARTS } from '../../libs/hub/src/rates/message-rates.js';
import { readOptions as natsOptions } from '../../libs/nats/src/options/nats-broker-options.js';
import {
  DEFAULT_URL,
  readOptions as redisOptions,
} from '../../libs/redis/src/redis-broker-options.js';
import { ADAPTER_OPTIONS } from '../../src/adapter/adapter-options.js';
import { HEALTH_OPTIONS } from '../../src/health/health-options.js';
import { INSPECTOR_OPTIONS } from '../../src/inspector/inspector-options.js';
import { SESSION_OPTIONS } from '../../src/options/session-options.js';
import { SHUTDOWN_OPTIONS } from '../../src/options/shutdown-options.js';
import { MODULE_OPTIONS } from '../../src/options/ws-options.resolver.js';
import { ROOT } from '../support/sources.js';

type Defaults = Readonly<Record<string, unknown>>;

/** The module's, with those that the layers below fill in. */
const MODULE: Defaults = {
  ...MODULE_OPTIONS.defaults,
  slowConsumers: ENDPOINT_OPTIONS.defaults.slowConsumers,
};
/** Of the brokers, with those that stand within others; `app` has none. */
const REDIS: Defaults = { ...redisOptions({ app: 'x' }), app: undefined, url: DEFAULT_URL };
const NATS: Defaults = { ...natsOptions({ app: 'x' }), app: undefined };
const SHUTDOWN: Defaults = { ...DRAIN_OPTIONS.defaults, ...set(SHUTDOWN_OPTIONS.defaults) };

const UNITS: Readonly<Record<string, number>> = {
  KiB: 1024,
  MiB: 1024 * 1024,
  s: 1_000,
  seconds: 1_000,
  ms: 1,
  minutes: 60_000,
};
const WORDS = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['a day', 86_400_000],
  ['30 days', 30 * 86_400_000],
  ['disabled', false],
]);
/** Written where nothing is limited or done. */
const NONE = new Set(['none', 'off', '–', '0, no limit']);

function set(options: Defaults): Defaults {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** What a text such as `64 KiB`, `10 s`, `1,024` or `a day` means. */
function valueOf(text: string): unknown {
  const plain = text.replaceAll(/[`']/g, '').trim();
  if (WORDS.has(plain)) return WORDS.get(plain);
  const [, digits, unit] = /^(\d{1,3}(?:,\d{3})*|\d+)(?: (\w+))?$/.exec(plain) ?? [];
  if (digits === undefined || (unit !== undefined && !(unit in UNITS))) return plain;
  return Number(digits.replaceAll(',', '')) * (unit === undefined ? 1 : (UNITS[unit] ?? 1));
}

function holds(documented: string, value: unknown): boolean {
  if (NONE.has(documented)) return value === undefined || value === 0 || value === false;
  return valueOf(documented) === value;
}

/** The value of `limits.maxPayload` or `concurrency`. */
function lookUp(defaults: Defaults, path: string): unknown {
  const [name = '', inner] = path.split('.');
  if (name === 'limits' && inner !== undefined) return { ...DEFAULT_LIMITS }[inner as 'maxFrame'];
  const value = defaults[name];
  return inner === undefined ? value : (value as Defaults | undefined)?.[inner];
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** Rows of the tables whose first column has this heading and whose second is the default. */
function rows(markdown: string, heading: string): (readonly [name: string, text: string])[] {
  const found: (readonly [string, string])[] = [];
  let inside = false;
  for (const line of markdown.split('\n')) {
    const cells = /^\s*\*?\s*\|(.*)\|\s*$/
      .exec(line)?.[1]
      ?.split('|')
      .map((cell) => cell.trim());
    if (cells === undefined) inside = false;
    else if (cells[0] === heading && cells[1] === 'default') inside = true;
    else if (inside && cells[0]?.startsWith('-') === false) {
      const names = cells[0].split(', ');
      const texts = names.length === 1 ? [cells[1] ?? ''] : (cells[1]?.split(', ') ?? []);
      names.forEach((name, index) => {
        found.push([name.replaceAll('`', ''), texts[index] ?? '']);
      });
    }
  }
  return found;
}

describe('the default in a table of', () => {
  // Names whose default is a sentence: nothing to compare with.
  it.each<[string, string, Defaults, string[]]>([
    ['docs/limits.md', 'limit', { ...DEFAULT_LIMITS, ...CONNECTION_LIMIT_OPTIONS.defaults }, []],
    ['docs/gateways.md', 'option', MODULE, ['limits', 'allowedOrigins', 'session', 'codecs']],
    ['docs/limits.md', 'option (`idempotency`)', IDEMPOTENCY_OPTIONS.defaults, []],
    ['docs/limits.md', 'option (`uploads`)', UPLOAD_OPTIONS.defaults, []],
    ['docs/history-and-recovery.md', 'option', HISTORY_OPTIONS.defaults, []],
    ['docs/history-and-recovery.md', 'option (`mailbox`)', MAILBOX_OPTIONS.defaults, []],
    ['docs/health.md', 'option', HEALTH_OPTIONS.defaults, []],
    [
      'docs/inspector.md',
      'option',
      INSPECTOR_OPTIONS.defaults,
      ['guard', 'imports', 'allowedOrigins'],
    ],
    ['docs/deploys.md', 'option (`shutdown`)', SHUTDOWN, ['reconnect']],
    [
      'docs/migrating-from-platform-ws.md',
      'option',
      ADAPTER_OPTIONS.defaults,
      ['messageParser', 'limits', 'shutdown'],
    ],
    ['README.md', 'option', MODULE, ['allowedOrigins']],
    ['docs/scaling.md', 'option (`cluster`)', CLUSTER_OPTIONS.defaults, ['name']],
    ['docs/scaling.md', 'option of `redisBroker`', REDIS, []],
    ['docs/scaling.md', 'option of `natsBroker`', NATS, ['servers', 'options']],
    ['src/options/ws-options.interface.ts', 'option', { ...DEFAULT_LIMITS }, []],
  ])('%s (%s) holds', (file, heading, defaults, sentences) => {
    const documented = rows(read(file), heading);
    expect(documented.length).toBeGreaterThan(3);
    const wrong = documented
      .filter(([name]) => !sentences.includes(name))
      .filter(([name, text]) => !holds(text, lookUp(defaults, name)))
      .map(([name, text]) => `${name}: ${text}, in force is ${String(lookUp(defaults, name))}`);
    expect(wrong).toEqual([]);
    // A sentence that has become a number is to be compared.
    expect(sentences.filter((name) => !documented.some(([one]) => one === name))).toEqual([]);
  });

  it('compares: another number, unit or word does not hold', () => {
    expect(holds('1 MiB', 1024 * 1024)).toBe(true);
    expect(holds('1,024', 1024)).toBe(true);
    expect(holds('10 s', 10)).toBe(false);
    expect(holds('64 KiB', 64_000)).toBe(false);
    expect(holds('none', 1)).toBe(false);
    expect(holds('`close`', 'drop')).toBe(false);
  });
});

/** The doc comment of each property of an interface. */
function comments(file: string, name: string): (readonly [name: string, comment: string])[] {
  const source = read(file);
  const start = source.indexOf(`export interface ${name} `);
  const body = source.slice(start, source.indexOf('\n}\n', start));
  const property = /\/\*\*((?:(?!\*\/)[^])*)\*\/\s+(?:readonly )?(\w+)\??:/g;
  return [...body.matchAll(property)].map(([, comment = '', one = '']) => [
    one,
    comment.replaceAll(/\s*\n\s*\* ?/g, ' '),
  ]);
}

/** `Default 64`, `default 256 KiB`, `Default `close``, `default a day`. */
const STATED =
  /\b[Dd]efault:? (\d+(?:,\d{3})*(?: (?:KiB|MiB|minutes|ms)\b)?|true|false|a day|`[^`]+`)(?=[\s.,;:]|$)/;

describe('the default in the doc comments of', () => {
  it.each<[string, string, Defaults, number]>([
    ['src/options/ws-options.interface.ts', 'ConnectionOptions', MODULE, 5],
    ['src/health/health-options.ts', 'WsHealthOptions', HEALTH_OPTIONS.defaults, 4],
    ['src/inspector/inspector-options.ts', 'InspectorOptions', INSPECTOR_OPTIONS.defaults, 3],
    ['src/options/ws-options.interface.ts', 'SessionOptions', SESSION_OPTIONS.defaults, 1],
    ['src/options/ws-options.interface.ts', 'ShutdownOptions', SHUTDOWN, 3],
    ['src/options/ws-options.interface.ts', 'WsModuleOptions', MODULE, 3],
    [
      'src/options/realtime-options.interface.ts',
      'LoadOptions',
      { ...MODULE, maxPayloadLength: DEFAULT_LIMITS.maxPayload },
      2,
    ],
    ['src/options/realtime-options.interface.ts', 'DrainOptions', SHUTDOWN, 4],
    [
      'src/adapter/adapter-options.interface.ts',
      'NestwireAdapterOptions',
      ADAPTER_OPTIONS.defaults,
      2,
    ],
    ['libs/nats/src/options/nats-broker-options.ts', 'NatsBrokerOptions', NATS, 3],
    ['libs/redis/src/redis-broker-options.ts', 'RedisBrokerOptions', REDIS, 1],
    ['libs/hub/src/rooms/rooms.ts', 'RoomsOptions', HUB_OPTIONS.defaults, 1],
    ['libs/hub/src/endpoint/endpoint-config.ts', 'EndpointConfig', ENDPOINT_OPTIONS.defaults, 6],
    ['libs/hub/src/drain/drain-options.ts', 'HubCloseOptions', DRAIN_OPTIONS.defaults, 5],
    ['libs/hub/src/broker/broker-history.ts', 'HistoryBounds', HISTORY_OPTIONS.defaults, 3],
    ['libs/hub/src/history/history-options.ts', 'RoomHistoryOptions', HISTORY_OPTIONS.defaults, 1],
    ['libs/hub/src/history/history-options.ts', 'HistoryOptions', HISTORY_OPTIONS.defaults, 2],
    ['libs/hub/src/mailbox/mailbox-options.ts', 'MailboxOptions', MAILBOX_OPTIONS.defaults, 5],
    [
      'libs/hub/src/limits/connection-limits.ts',
      'ConnectionLimitOptions',
      CONNECTION_LIMIT_OPTIONS.defaults,
      4,
    ],
    ['libs/hub/src/limits/rate-limiter.ts', 'RateOptions', RATE_OPTIONS.defaults, 1],
    ['libs/hub/src/limits/event-rate.ts', 'EventRate', EVENT_RATE_OPTIONS.defaults, 2],
    ['libs/hub/src/rates/message-rates.ts', 'Rate', RATE_PARTS.defaults, 2],
  ])('%s (%s) holds', (file, name, defaults, least) => {
    const stated = comments(file, name).flatMap(([one, comment]) => {
      const text = STATED.exec(comment)?.[1];
      // Options of their own are compared where they are declared.
      if (text === undefined || typeof defaults[one] === 'object') return [];
      return [[one, text] as const];
    });
    const wrong = stated
      .filter(([one, text]) => !holds(text, defaults[one]))
      .map(([one, text]) => `${one}: ${text}, in force is ${String(defaults[one])}`);
    expect(wrong).toEqual([]);
    expect(stated.length).toBeGreaterThanOrEqual(least);
  });
});
