import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CloseCauses, CloseCode, isSendableCloseCode, type CloseCause } from '#engine';
import { HubCloseCauses } from '#hub';
import { NodeCloseCauses } from '../libs/websocket-node/src/connection/close-causes.js';
import { AdapterCloseCauses } from '../src/adapter/close-causes.js';
import { GatewayCloseCauses, RefusalCloseCauses } from '../src/support/close-causes.js';
import { readSources, ROOT, withoutComments } from './support/sources.js';

/** One closing as the documentation shows it. */
interface Row {
  readonly code: number;
  readonly reason: string;
  readonly when: string;
}

type Table = Readonly<Record<string, CloseCause>>;

const guide = readFileSync(join(ROOT, 'docs/wire.md'), 'utf8');

/** What an error adds to a reason stands as "…". */
function rowOf({ code, reason, when }: CloseCause): Row {
  if (typeof reason === 'string') return { code, reason, when };
  const say: (...found: string[]) => string = reason as never;
  return { code, reason: say(...Array<string>(reason.length).fill('…')), when };
}

/** The same cause in a later table is what holds there. */
function rows(...tables: Table[]): Row[] {
  return Object.values(Object.assign({}, ...tables) as Table).map(rowOf);
}

/** The rows of the table below a heading of docs/wire.md. */
function documented(heading: string): Row[] {
  const section = guide.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^\| (\d+) +\| (?:`(.*?)`|) *\| (.*?) *\|$/gm)].map(
    ([, code, reason = '', when = '']) => ({ code: Number(code), reason, when }),
  );
}

const text = ({ code, reason, when }: Row): string => `${code} | ${reason} | ${when}`;
const sorted = (list: Row[]): string[] => list.map(text).sort();

describe('the closings of this package', () => {
  it.each([
    ['Close codes', [CloseCauses, HubCloseCauses, GatewayCloseCauses]],
    ['Close codes of refusals', [RefusalCloseCauses]],
    ['Close codes of gateways on NestwireAdapter', [AdapterCloseCauses]],
    ['Close codes of the API of the npm package websocket', [NodeCloseCauses]],
  ])('are all in docs/wire.md, and nothing else is: %s', (heading, tables) => {
    expect(sorted(documented(heading))).toEqual(sorted(rows(...tables)));
  });

  it('have codes that may be sent, or say that no Close frame is', () => {
    const tables = [CloseCauses, HubCloseCauses, GatewayCloseCauses, RefusalCloseCauses];
    const all = [...tables, AdapterCloseCauses, NodeCloseCauses].flatMap((table) => rows(table));
    const local = all.filter(({ code }) => !isSendableCloseCode(code));
    expect(local.every(({ code }) => code === CloseCode.Abnormal)).toBe(true);
    expect(local.filter(({ when }) => !/Close frame/.test(when))).toEqual([]);
  });

  it('are made from the tables: no other file closes with a number or a text of its own', () => {
    const closing =
      /(?:\.(?:close|drop|giveUp|disconnect)\(|new LimitError\([^;]*?)(?:\d{4}\b|CloseCode\.)/;
    const own = readSources('libs', 'src')
      .filter(({ path, isSpec }) => !isSpec && !path.startsWith('src/testing/'))
      .filter(({ text: code }) => closing.test(withoutComments(code)))
      .map(({ path }) => path);
    expect(own).toEqual([]);
  });
});
