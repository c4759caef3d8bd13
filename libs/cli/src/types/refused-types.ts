import type TS from 'typescript';
import type { Project } from '../compiler/project.js';
import type { Codec } from './codec.js';

const BYTES =
  'expected a Buffer, a text such as base64, or @OnBinary, which takes and answers bytes';
const STREAM = 'expected the value itself; only what a method returns by itself is streamed';

/** What is expected in the place of types that lose what they hold on the wire, by their names. */
const INSTEAD: ReadonlyMap<string, string> = new Map([
  ['Map', 'expected an object or an array of pairs'],
  ['ReadonlyMap', 'expected an object or an array of pairs'],
  ['Set', 'expected an array'],
  ['ReadonlySet', 'expected an array'],
  ['WeakMap', 'expected an object'],
  ['WeakSet', 'expected an array'],
  ['RegExp', 'expected a string'],
  ['Promise', 'expected what it resolves to'],
  ['PromiseLike', 'expected what it resolves to'],
  ['Observable', STREAM],
  ['ArrayBuffer', BYTES],
  ['SharedArrayBuffer', BYTES],
  ['DataView', BYTES],
  ['Error', 'expected its message, or that it is thrown'],
]);

/**
 * Why a type cannot stand in a contract: what is declared by TypeScript or Node and does more than hold data.
 * @returns undefined for one that can
 */
export function refusalOf(project: Project, type: TS.Type, codec: Codec): string | undefined {
  const { checker } = project;
  const isBuiltIn = (type.getSymbol()?.declarations ?? []).some((one) => isForeign(project, one));
  if (!isBuiltIn) return undefined;
  const name = type.symbol.name;
  const instead =
    INSTEAD.get(name) ?? (/^(Ui|I)nt\d+|^Float\d+|^Big(Ui|I)nt/.test(name) ? BYTES : undefined);
  const acts = checker
    .getPropertiesOfType(type)
    .some((member) => checker.getTypeOfSymbol(member).getCallSignatures().length > 0);
  if (instead === undefined && !acts) return undefined;
  return `which ${codec === 'json' ? 'JSON' : 'MessagePack'} does not carry, ${instead ?? 'expected an object of data'}`;
}

/** Whether TypeScript's own libraries, Node's types or rxjs declare it. */
function isForeign({ program, packages }: Project, declaration: TS.Declaration): boolean {
  const file = declaration.getSourceFile();
  if (program.isSourceFileDefaultLibrary(file)) return true;
  const name = packages.of(declaration);
  return name === '@types/node' || name === 'rxjs';
}
