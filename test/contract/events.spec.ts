// What gateways send by themselves, read from where they do.
import { describe, expect, it, jest } from '@jest/globals';
import { runCommand } from '../../libs/cli/src/command/run-command.js';
import { ContractError, readContract, type ContractOptions } from '../../libs/cli/src/index.js';
import { tinyApp } from './support/tiny-app.js';

// TypeScript takes its time on a busy machine.
jest.setTimeout(60_000);

const IMPORTS = `import {
  Connection, History, Mailbox, OnMessage, Rooms, WsGateway, type Broadcast,
} from 'nestwire';
`;

interface Read {
  /** A line for each event or mail, by the contract and its part. */
  readonly parts: Record<string, string[]>;
  readonly notes: string[];
}

function read(files: Record<string, string>, options: ContractOptions = {}): Read {
  const sources = Object.entries(files).map(([name, text]) => [`src/${name}.ts`, IMPORTS + text]);
  const notes: string[] = [];
  const text = readContract({
    ...options,
    cwd: tinyApp(Object.fromEntries(sources) as Record<string, string>),
    events: options.events ?? true,
    onNote: ({ file, line, column, message }) =>
      notes.push(`${file}:${line - IMPORTS.split('\n').length + 1}:${column} ${message}`),
  });
  const parts: Record<string, string[]> = {};
  for (const [, name = '', body = ''] of text.matchAll(
    /interface (\w+Contract) \{\n([^]*?)^\}/gm,
  )) {
    for (const [, part = '', members = ''] of body.matchAll(
      /^ {2}(events|mail): \{\n([^]*?)^ {2}\};/gm,
    )) {
      parts[`${name}.${part}`] = members.trim().split(/\n {4}(?=\S)/);
    }
  }
  return { parts, notes };
}

const board = (members: string, beside = ''): string => `${beside}
@WsGateway('/board')
export class BoardGateway {
  constructor(readonly rooms: Rooms, readonly history: History, readonly mailbox: Mailbox) {}
${members}
}
`;

describe('events and mail of a contract', () => {
  it('are what a gateway sends, by every way there is', () => {
    const { parts, notes } = read({
      board: board(
        `@OnMessage('a') async a(connection: Connection): Promise<void> {
  connection.send('one', 1);
  await connection.sendAsync('two', { at: new Date(), text: 'x' });
  const all: Broadcast = this.rooms.to('lobby').except(connection);
  all.send(NAMES.three, list, { compress: true });
  await this.history.publish('lobby', \`\${PREFIX}.four\`, undefined as string | undefined);
  void this.mailbox.send('ada', Mail.Five, { mode });
  connection.send('six');
  connection.sendRaw('seven');
}`,
        `const PREFIX = 'p';
const NAMES = { three: 'three' } as const;
enum Mail { Five = 'five' }
interface Item { readonly id: string }
declare const list: readonly Item[];
declare const mode: 'on' | 'off';`,
      ),
    });
    expect(notes).toEqual([]);
    expect(parts).toEqual({
      'BoardContract.events': [
        'one: number;',
        'p.four',
        'six: undefined;',
        'three: readonly { readonly id: string }[];',
        'two: { at: string; text: string };',
      ].map((line) => (line === 'p.four' ? "'p.four': string | undefined;" : line)),
      'BoardContract.mail': ["five: { mode: 'off' | 'on' };"],
    });
  });

  it('are any of what is sent under one name', () => {
    const { parts } = read({
      board: board(`@OnMessage('a') a(connection: Connection): void {
  connection.send('said', 'hello');
  connection.send('said', 'again');
  connection.send('said', { text: 'x' });
  connection.send('said', null);
}`),
    });
    expect(parts).toEqual({
      'BoardContract.events': ['said: string | { text: string } | null;'],
    });
  });

  it('are also what a gateway extends, injects and calls sends, and what those use', () => {
    const { parts, notes } = read({
      board: `import { Base } from './base.js';
import { Service } from './service.js';
import { greet } from './greet.js';
@WsGateway('/board')
export class BoardGateway extends Base {
  constructor(readonly service: Service) { super(); }
  @OnMessage('a') a(connection: Connection): void { greet(connection); }
}`,
      base: `export class Base { enter(connection: Connection): void { connection.send('base', 1); } }`,
      service: `import { Deep } from './deep.js';
export class Service {
  constructor(readonly deep: Deep, readonly rooms: Rooms) {}
  tell(): void { this.rooms.to('lobby').send('service', true); }
}`,
      deep: `export class Deep { tell(history: History): void { void history.publish('r', 'deep', ''); } }`,
      greet: `export const greet = (connection: Connection): void => again(connection);
function again(connection: Connection): void { connection.send('greeting'); }`,
    });
    expect(parts).toEqual({
      'BoardContract.events': [
        'base: number;',
        'deep: string;',
        'greeting: undefined;',
        'service: boolean;',
      ],
    });
    expect(notes).toEqual([]);
  });

  it('are found in circles, behind optional chains, in namespaces and constants', () => {
    const { parts, notes } = read({
      board: `import * as ways from './ways.js';
import { ONE } from './one.js';
@WsGateway('/board')
export class BoardGateway {
  constructor(readonly rooms?: Rooms) {}
  @OnMessage('a') a(connection: Connection | undefined): void {
    connection?.send('maybe');
    this.rooms?.to('a')?.send('chained', [1]);
    ways.tell(connection!);
    ONE.tell(connection!);
  }
}`,
      ways: `export function tell(connection: Connection): void { connection.send('way', -1); }`,
      one: `import { Two } from './two.js';
export const ONE = { two: Two, tell: (connection: Connection) => connection.send('one', true) };`,
      two: `import { ONE } from './one.js';
export class Two { one = ONE; enter = (connection: Connection) => connection.send('two', 1.5); }`,
    });
    expect(parts).toEqual({
      'BoardContract.events': [
        'chained: number[];',
        'maybe: undefined;',
        'one: boolean;',
        'two: number;',
        'way: number;',
      ],
    });
    expect(notes).toEqual([]);
  });

  it('of one gateway are not those of another that it names', () => {
    const { parts } = read({
      board: `import type { WallGateway } from './wall.js';
@WsGateway('/board')
export class BoardGateway {
  constructor(readonly wall: WallGateway) {}
  @OnMessage('a') a(connection: Connection): void { connection.send('board', this.wall.name); }
}`,
      wall: `@WsGateway('/wall')
export class WallGateway {
  name = 'wall';
  @OnMessage('a') a(connection: Connection): void { connection.send('wall', 1); }
}`,
    });
    expect(parts).toEqual({
      'BoardContract.events': ['board: string;'],
      'WallContract.events': ['wall: number;'],
    });
  });

  it('belong to the only path there is where no gateway comes to them; else nobody can tell', () => {
    const files = {
      notify: `export class NotifyController {
  constructor(readonly mailbox: Mailbox) {}
  post(): void { void this.mailbox.send('ada', 'news', { text: '' }); }
}`,
      board: board(`@OnMessage('a') a(): void {}`),
    };
    const alone = read(files);
    expect(alone.parts).toEqual({ 'BoardContract.mail': ['news: { text: string };'] });
    expect(alone.notes).toEqual([]);
    const two = read({
      ...files,
      wall: `@WsGateway('/wall') export class WallGateway { @OnMessage('a') a(): void {} }`,
      'notify.spec': `export const tell = (mailbox: Mailbox) => mailbox.send('ada', 'test', 1);`,
    });
    expect(two.parts).toEqual({});
    expect(two.notes).toEqual([
      "src/notify.ts:3:23 Left out of the contracts: no gateway uses what sends 'news', expected a contract of your own that names it",
    ]);
  });

  it('are left out and told where nobody can tell their names', () => {
    const { parts, notes } = read({
      board: board(`@OnMessage('a') a(connection: Connection): void {
  this.tell(connection, 'known', 1);
  const given: [string, number] = ['known', 1];
  connection.send(...given);
  connection.send('sure', 1);
}
tell(connection: Connection, event: string, data: number): void {
  connection.send(event, data);
}`),
    });
    expect(parts).toEqual({ 'BoardContract.events': ['sure: number;'] });
    expect(notes).toEqual([
      'src/board.ts:8:3 Left out of the contract: what connection.send(…) sends has a name of type string | number, expected a text, a constant or a member of an enum',
      'src/board.ts:12:3 Left out of the contract: what connection.send(…) sends has a name of type string, expected a text, a constant or a member of an enum',
    ]);
  });

  it('are nothing that others call send', () => {
    const { parts, notes } = read({
      board: board(
        `@OnMessage('a') a(socket: Socket): void {
  socket.send('mine', 1);
  ({ send: (event: string) => event }).send('plain');
}`,
        `class Socket { send(event: string, data: number): void {} }`,
      ),
    });
    expect([parts, notes]).toEqual([{}, []]);
  });

  it('are refused with their place where the wire does not carry them', () => {
    const wrong = board(
      `@OnMessage('a') a(connection: Connection): void {
  connection.send('tags', { tags: new Set(['a']) });
}`,
    );
    let error: unknown;
    try {
      read({ board: wrong });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ContractError);
    expect((error as ContractError).problems).toMatchObject([
      {
        file: 'src/board.ts',
        message:
          "Cannot write the contract: tags of the data of 'tags' is Set<string>, which JSON does not carry, expected an array",
      },
    ]);
    // They are nobody's concern who does not ask for them.
    expect(read({ board: wrong }, { events: false }).parts).toEqual({});
  });
});

it('are asked for with --events; what was left out is told beside the contract', () => {
  const cwd = tinyApp({
    'src/board.ts': `${IMPORTS}${board(`@OnMessage('a') a(connection: Connection, event: string): void {
  connection.send('sure', 1);
  connection.send(event, 1);
}`)}`,
  });
  const run = (...args: string[]) => {
    let printed = '';
    let complained = '';
    const status = runCommand(['contract', ...args], {
      cwd,
      print: (text) => (printed += text),
      complain: (text) => (complained += text),
    });
    return { status, printed, complained };
  };
  const { status, printed, complained } = run('--events');
  expect(status).toBe(0);
  expect(printed).toContain('  events: {\n    sure: number;\n  };');
  expect(complained).toMatch(/^src\/board\.ts:\d+:3: Left out of the contract: /);
  const without = run();
  expect([without.status, without.complained]).toEqual([0, '']);
  expect(without.printed).not.toContain('events');
});
