// What no contract can say is told with its place, all of it at once, and nothing is written.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { ContractError, readContract, writeContract } from '../../libs/cli/src/index.js';
import { gateway, tinyApp } from './support/tiny-app.js';

// TypeScript takes its time on a busy machine.
jest.setTimeout(60_000);

/** What is said of a gateway's members, without the file. */
function problemsOf(members: string, beside = ''): string[] {
  const cwd = tinyApp({ 'src/board.gateway.ts': gateway(members, beside) });
  const lines = beside.split('\n').length + 3;
  try {
    readContract({ cwd });
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    return error.problems.map(
      ({ file, line, column, message }) =>
        `${file === 'src/board.gateway.ts' ? '' : file}${line - lines}:${column} ${message}`,
    );
  }
  return [];
}

describe('names of events', () => {
  it('are refused when nobody can tell them', () => {
    const found = problemsOf(
      `@OnMessage(name) one(): void {}
@OnMessage(process.env.EVENT!) two(): void {}
@OnMessage(either) three(): void {}
@OnMessage(\`\${name}.x\`) four(): void {}
@OnMessage(OBJECT.say) five(): void {}`,
      `let name = 'a' as string;
declare const process: { env: Record<string, string | undefined> };
declare const either: 'a' | 'b';
const OBJECT = { say: 'say' };`,
    );
    expect(found).toEqual([
      '1:1 Cannot tell the event of @OnMessage(name): expected a text, a constant or a member of an enum, current value is of type string',
      '2:1 Cannot tell the event of @OnMessage(process.env.EVENT!): expected a text, a constant or a member of an enum, current value is of type string',
      '3:1 Cannot tell the event of @OnMessage(either): expected a text, a constant or a member of an enum, current value is of type "a" | "b"',
      '4:1 Cannot tell the event of @OnMessage(`${name}.x`): expected a text, a constant or a member of an enum, current value is of type string',
      '5:1 Cannot tell the event of @OnMessage(OBJECT.say): expected a text, a constant or a member of an enum, current value is of type string',
    ]);
  });

  it('are refused behind a function that does more than to return decorators', () => {
    const found = problemsOf(
      '@Logged("say") say(): void {}',
      `function Logged(event: string): MethodDecorator {
  const handle = OnMessage(event);
  return (...args) => handle(...args);
}`,
    );
    expect(found).toEqual([
      '1:1 Cannot read @OnMessage behind Logged("say"): expected a function that does nothing but return applyDecorators(...) or a decorator',
    ]);
  });

  it('have one handler on a path', () => {
    expect(problemsOf(`@OnMessage('a') one(): void {}\n@OnMessage('a') two(): void {}`)).toEqual([
      "2:1 Cannot write the contract: 'a' has 2 handlers on its path, expected one",
    ]);
  });
});

describe('types', () => {
  it.each([
    [
      'Map<string, number>',
      'Map<string, number>, which JSON does not carry, expected an object or an array of pairs',
    ],
    ['Set<string>', 'Set<string>, which JSON does not carry, expected an array'],
    ['RegExp', 'RegExp, which JSON does not carry, expected a string'],
    ['Error', 'Error, which JSON does not carry, expected its message, or that it is thrown'],
    ['bigint', 'bigint, which the wire does not carry, expected a number or a text'],
    ['symbol', 'symbol, which the wire does not carry, expected a text'],
    ['() => void', '() => void, which the wire does not carry: it is a function'],
    ['new () => object', 'new () => object, which the wire does not carry: it is a function'],
    ['Promise<string>', 'Promise<string>, which JSON does not carry, expected what it resolves to'],
    ['Missing', 'not known, which TypeScript cannot find'],
  ])('of a member are refused: %s', (type, said) => {
    const found = problemsOf(
      `@OnMessage('say') say(): { list: Inner[] } { throw 1; }`,
      `interface Inner {\n  it: ${type};\n}`,
    );
    expect(found).toEqual([
      `-3:3 Cannot write the contract: list[].it of the answer of 'say' is ${said}`,
    ]);
  });

  it('are refused where they stand, in data and answers, all at once', () => {
    const found = problemsOf(
      `@OnMessage('a') a(@MessageBody() data: Map<string, string>): void {}
@OnMessage('b') b(): bigint { return 1n; }
@OnMessage('c') async *c() { yield new Set(['a']); }
@OnMessage('d') d(@MessageBody('x') x: [a: symbol]): void {}`,
    );
    expect(found.map((line) => line.replace(/,.*/, ''))).toEqual([
      "1:19 Cannot write the contract: the data of 'a' is Map<string",
      "2:1 Cannot write the contract: the answer of 'b' is bigint",
      "3:1 Cannot write the contract: the items of 'c' is Set<string>",
      "4:19 Cannot write the contract: [0] of the data of 'd' is symbol",
    ]);
  });

  it('are refused when a method may answer once or many times', () => {
    const found = problemsOf(
      `@OnMessage('a') a(): AsyncIterable<number> | string { return ''; }
@OnMessage('b') b(): AsyncIterable<number> | undefined { return undefined; }`,
    );
    expect(found).toEqual([
      '1:17 Cannot write the contract: the method returns a stream or a value (string | AsyncIterable<number>), expected always a stream or never',
    ]);
  });

  it('are refused when a method takes an upload and returns a stream', () => {
    const found = problemsOf(
      `@OnMessage('a') async *a(@Upload() bytes: object) { yield 1; }
@OnMessage('b') async b(@Upload() bytes: object) { return 1; }`,
    );
    expect(found).toEqual([
      '1:24 Cannot write the contract: the method takes an upload and returns a stream, expected one answer',
    ]);
  });

  it('are refused when they grow in themselves without an end', () => {
    const found = problemsOf(
      `@OnMessage('a') a(): Grows<string> { throw 1; }`,
      `interface Grows<T> { it: T; left?: Grows<T[]>; right?: Grows<[T]> }`,
    );
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]).toMatch(/which has no end: it stands in itself as another type each time$/);
  });
});

it('leaves the file as it is', () => {
  const cwd = tinyApp({
    'src/board.gateway.ts': gateway('@OnMessage("a") a(): symbol { throw 1; }'),
  });
  expect(() => writeContract({ cwd, out: 'contract.ts' })).toThrow(
    "Cannot write the contract: the sources have a problem\nsrc/board.gateway.ts:5:1: Cannot write the contract: the answer of 'a' is symbol, which the wire does not carry, expected a text",
  );
  expect(existsSync(join(cwd, 'contract.ts'))).toBe(false);
});
