import { ErrorCode, isWhole, WireError } from '#hub';
import { isRecord } from '../../support/is-record.js';
import type { Tab, View } from '../contract/inspector-contract.js';

/** The most rows that are told at a time. */
const MAX_ROWS = 200;
const MAX_TEXT = 256;

/** Columns that a tab may be sorted by. */
const COLUMNS = {
  connections: [
    'id',
    'path',
    'user',
    'ip',
    'age',
    'idle',
    'latency',
    'queue',
    'rooms',
    'messages',
    'bytes',
    'dropped',
  ],
  rooms: ['name', 'members'],
  users: ['id', 'connections'],
  events: ['path', 'event', 'rate', 'total', 'failed', 'p50', 'p99'],
  incidents: ['at', 'kind', 'path', 'what', 'connection'],
  cluster: ['id', 'name', 'uptime', 'connections', 'users', 'rooms', 'codecs'],
} as const satisfies Record<Tab, readonly string[]>;

/** @throws {WireError} BAD_REQUEST for anything but a view */
export function readView(given: unknown): View {
  if (!isRecord(given)) throw refuse('view', 'an object');
  const { tab, sort, descending, search, from, count, room, user, slow, open } = given;
  if (!isTab(tab)) throw refuse('tab', Object.keys(COLUMNS).join(', '));
  const columns: readonly string[] = COLUMNS[tab];
  if (!isText(sort) || !columns.includes(sort)) throw refuse('sort', columns.join(', '));
  if (typeof descending !== 'boolean') throw refuse('descending', 'true or false');
  if (!isText(search)) throw refuse('search', `at most ${MAX_TEXT} characters`);
  if (!isWhole(from, 0)) throw refuse('from', 'a whole number from 0');
  if (!isWhole(count, 0, MAX_ROWS)) throw refuse('count', `0 to ${MAX_ROWS}`);
  if (slow !== undefined && typeof slow !== 'boolean') throw refuse('slow', 'true or false');
  const view = { tab, sort, descending, search: search.toLowerCase(), from, count, slow };
  return { ...view, ...texts({ room, user, open }) };
}

/** @throws {WireError} BAD_REQUEST for anything but an object with these texts */
export function readTexts<Name extends string>(
  given: unknown,
  ...names: readonly Name[]
): Record<Name, string> {
  if (!isRecord(given)) throw refuse('data', `an object with ${names.join(' and ')}`);
  const found = names.map((name): [Name, string] => {
    const value = given[name];
    if (!isText(value)) throw refuse(name, `at most ${MAX_TEXT} characters`);
    return [name, value];
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- keys are the names
  return Object.fromEntries(found) as Record<Name, string>;
}

function texts(
  given: Record<'room' | 'user' | 'open', unknown>,
): Pick<View, 'room' | 'user' | 'open'> {
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && !isText(value)) throw refuse(name, `at most ${MAX_TEXT} characters`);
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each was looked at
  return given as Pick<View, 'room' | 'user' | 'open'>;
}

function isTab(value: unknown): value is Tab {
  return typeof value === 'string' && Object.hasOwn(COLUMNS, value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TEXT;
}

function refuse(what: string, allowed: string): WireError {
  return new WireError(ErrorCode.BadRequest, `Cannot read ${what}: expected ${allowed}`);
}
