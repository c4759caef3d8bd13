// Sources that are large, odd or without an end: a contract or an error, and always an end.
import { describe, expect, it, jest } from '@jest/globals';
import { readContract } from '../../libs/cli/src/index.js';
import { compileAlone } from './support/compile-alone.js';
import { gateway, tinyApp } from './support/tiny-app.js';

// A stop for what never ends: TypeScript alone takes its time on a busy machine.
jest.setTimeout(120_000);

function contractOf(members: string, beside = ''): string {
  return readContract({ cwd: tinyApp({ 'board.ts': gateway(members, beside) }) });
}

describe('many handlers', () => {
  it('are all there, with the types they share written once', () => {
    const count = 500;
    const members = Array.from(
      { length: count },
      (_one, index) =>
        `@OnMessage('event-${index}') handle${index}(@MessageBody() card: Card<${index % 50}>): Card<${index}> { throw card; }`,
    );
    const beside = 'interface Card<N extends number> { number: N; next?: Card<N> }';
    const text = contractOf(members.join('\n'), beside);
    expect(text.match(/^ {4}'event-\d+'\(/gm)).toHaveLength(count);
    expect(text.match(/^export interface Card/gm)).toHaveLength(count);
    expect(compileAlone(text)).toEqual([]);
  });
});

describe('types in one another', () => {
  it('that hold each other are written under their names', () => {
    const text = contractOf(
      `@OnMessage('a') a(@MessageBody() one: A): [B | null, Forest, Loop] { throw one; }`,
      `interface A { b: B[] }
interface B { a?: A; c: C<A> }
type C<T> = { of: T; again?: C<T> };
type Forest = Forest[];
class Loop { self!: this; readonly up!: { loop: Loop } }`,
    );
    expect(compileAlone(text)).toEqual([]);
    for (const name of ['A', 'B', 'COfA', 'Loop'])
      expect(text).toContain(`export interface ${name} {`);
    expect(text).toContain('export type Forest = Forest[];');
  });

  it('may be deep', () => {
    const depth = 150;
    const levels = Array.from({ length: depth }, (_one, level) =>
      level + 1 < depth
        ? `interface L${level} { l: L${level + 1} }`
        : `interface L${level} { end: true }`,
    );
    const text = contractOf(`@OnMessage('deep') deep(): L0 { throw 1; }`, levels.join('\n'));
    expect(text).toContain('end: true');
    expect(compileAlone(text)).toEqual([]);
  });

  it('of one name stay apart, and are one where they are the same', () => {
    const text = contractOf(
      `@OnMessage('a') a(@MessageBody() it: One.Item): [One.Item, Two.Item, Three.Item] { throw it; }
@OnMessage('b') b(): [Two.Item, Three.Item] { throw 1; }`,
      `namespace One { export interface Item { id: string } }
namespace Two { export interface Item { id: number } }
namespace Three { export interface Item { id: number } }`,
    );
    expect(text.match(/^export interface \w+ \{\n {2}id: \w+;/gm)).toEqual([
      'export interface Item {\n  id: string;',
      'export interface Item2 {\n  id: number;',
    ]);
  });
});

describe('names', () => {
  it('of types never hide those that a contract is made of', () => {
    const text = contractOf(
      `@OnMessage('a') a(@MessageBody() a: Uint8Array): Uint8Array { throw a; }
@OnMessage('b') b(@MessageBody() b: BoardContract): BoardContract { throw b; }`,
      `interface Uint8Array { bytes: string } interface BoardContract { calls: never[] }`,
    );
    expect(text).toContain('export interface BoardContract2 {');
    expect(text).toContain('export interface Uint8Array2 {');
    expect(compileAlone(text)).toEqual([]);
  });

  it('of any sign are texts', () => {
    const names = [
      '__proto__',
      'new',
      'constructor',
      'a-b',
      "it's",
      '"',
      '\\',
      '\n',
      '*/',
      '1',
      'ö',
      '😀',
    ];
    const members = names.map(
      (name, index) =>
        `@OnMessage(${JSON.stringify(name)}) m${index}(@MessageBody(${JSON.stringify(name)}) value: string): void {}`,
    );
    const text = contractOf(members.join('\n'));
    expect(
      compileAlone(`${text}
const all: Record<${names.map((name) => JSON.stringify(name)).join(' | ')}, unknown> =
  null as unknown as BoardContract['calls'];
export const data: Parameters<BoardContract['calls']['new']>[0] = { new: '' };
export { all };`),
    ).toEqual([]);
  });
});

describe('what TypeScript alone sees', () => {
  it('is left out of what is sent', () => {
    const text = contractOf(
      `@OnMessage('a') a(@MessageBody() it: Marked): Account { throw it; }`,
      `type Marked = string & { readonly [mark]: 'marked' };
declare const mark: unique symbol;
class Account {
  id!: Marked;
  [mark] = 1;
  constructor(readonly name: string, private password: string, protected salt?: string) {}
  get shout() { return this.name + this.#pin + this.password + this.salt; }
  #pin = 1;
  static count = 0;
  check(): boolean { return true; }
}`,
    );
    expect(text).toContain('a(data: string): { id: string; readonly name: string };');
  });
});
