import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../../support/sources.js';
import { namesOf } from './names-of.js';

/** What the entries of the package export, by the names they are imported by. */
export const ENTRIES = {
  nestwire: 'src/index.ts',
  'nestwire/asyncapi': 'src/asyncapi/index.ts',
  'nestwire/health': 'src/health/index.ts',
  'nestwire/inspector': 'src/inspector/index.ts',
  'nestwire/testing': 'src/testing/index.ts',
  'nestwire/engine': 'libs/engine/src/index.ts',
  'nestwire/websocket-node': 'libs/websocket-node/src/index.ts',
  'nestwire/client': 'libs/client/src/node.ts',
  'nestwire/redis': 'libs/redis/src/index.ts',
  'nestwire/nats': 'libs/nats/src/index.ts',
  'nestwire/node-cluster': 'libs/node-cluster/src/index.ts',
} as const;

export type Entry = keyof typeof ENTRIES;

const program = createProgram();
const checker = program.getTypeChecker();

function createProgram(): ts.Program {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile.bind(ts.sys));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const files = Object.values(ENTRIES).map((path) => join(ROOT, path));
  return ts.createProgram(files, { ...options, incremental: false, tsBuildInfoFile: undefined });
}

/** By the names they are imported by. */
function exportsOf(entry: Entry): Map<string, ts.Symbol> {
  const file = program.getSourceFile(join(ROOT, ENTRIES[entry]));
  const module = file && checker.getSymbolAtLocation(file);
  if (module === undefined) throw new Error(`Nothing is exported by ${entry}`);
  return new Map(
    checker
      .getExportsOfModule(module)
      .map((one) => [
        one.name,
        one.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(one) : one,
      ]),
  );
}

/** Members under a plain name that our own sources declare, by whether the published types have them. */
function membersOf(type: ts.Type): { published: string[]; hidden: string[] } {
  const published: string[] = [];
  const hidden: string[] = [];
  for (const property of checker.getPropertiesOfType(type)) {
    const declaration = property.declarations?.[0];
    if (declaration === undefined) continue;
    if (declaration.getSourceFile().fileName.includes('/node_modules/')) continue;
    const name = ts.getNameOfDeclaration(declaration);
    if (name !== undefined && (ts.isPrivateIdentifier(name) || ts.isComputedPropertyName(name))) {
      continue;
    }
    const isPublished =
      (ts.getCombinedModifierFlags(declaration) & NOT_PUBLIC) === 0 &&
      property.getJsDocTags(checker).every((tag) => tag.name !== 'internal');
    (isPublished ? published : hidden).push(property.name);
  }
  return { published: published.toSorted(), hidden: hidden.toSorted() };
}

const NOT_PUBLIC = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;

/** Names that the published type `name` of an entry has, as one who programs against it sees them. */
function publishedNames(entry: Entry, name: string): string[] {
  const found = exportsOf(entry).get(name);
  if (found === undefined) throw new Error(`${entry} exports no ${name}`);
  return membersOf(checker.getDeclaredTypeOfSymbol(found)).published;
}

/**
 * Names on `object` that its published type does not have.
 * @param above the prototype of a class of somebody else's that it extends
 */
export function unpublished(object: object, entry: Entry, type: string, above?: object): string[] {
  const known = new Set(['constructor', ...publishedNames(entry, type)]);
  return namesOf(object, above).filter((name) => !known.has(name));
}

/** `Class: names` for each class an entry exports that has members under plain names beside the published ones. */
export function classesWithHiddenNames(entry: Entry): string[] {
  const classes = new Set(exportsOf(entry).values());
  return [...classes]
    .filter(({ flags }) => flags & ts.SymbolFlags.Class)
    .flatMap((one) => {
      const instance = membersOf(checker.getDeclaredTypeOfSymbol(one)).hidden;
      const statics = membersOf(checker.getTypeOfSymbol(one)).hidden;
      const hidden = [...instance, ...statics.map((name) => `static ${name}`)];
      return hidden.length === 0 ? [] : [`${one.name}: ${hidden.join(' ')}`];
    });
}
