import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** The repository's root folder. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Where the names of package.json "imports" and the self-reference point, as sources. */
const ALIASES: Readonly<Record<string, string>> = {
  '#client': 'libs/client/src/index.ts',
  '#engine': 'libs/engine/src/core.ts',
  '#ws': 'libs/engine/src/ws/internal.ts',
  '#hub': 'libs/hub/src/index.ts',
  nestwire: 'src/index.ts',
  'nestwire/asyncapi': 'src/asyncapi/index.ts',
  'nestwire/health': 'src/health/index.ts',
  'nestwire/client': 'libs/client/src/node.ts',
  'nestwire/inspector': 'src/inspector/index.ts',
  'nestwire/testing': 'src/testing/index.ts',
  'nestwire/engine': 'libs/engine/src/index.ts',
  'nestwire/redis': 'libs/redis/src/index.ts',
  'nestwire/websocket-node': 'libs/websocket-node/src/index.ts',
  'nestwire/websocket-node/browser': 'libs/websocket-node/src/browser.ts',
};

/** One TypeScript file of the repository. */
export interface Source {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  /** What it imports, as written: static, type-only, dynamic and re-exported. */
  readonly imports: readonly string[];
  readonly isSpec: boolean;
}

/** All TypeScript files below the given folders, which may be missing. */
export function readSources(...folders: string[]): Source[] {
  return folders.flatMap((folder) => walk(folder)).map(readSource);
}

/** The file an import of `source` means, or null when it leaves the repository's own sources. */
export function resolveImport(source: Pick<Source, 'path'>, specifier: string): string | null {
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(source.path), specifier);
    return target.replace(/\.js$/, '.ts');
  }
  return ALIASES[specifier] ?? null;
}

/** A ring of imports, first file repeated at the end; null when there is none. */
export function findCycle(imports: ReadonlyMap<string, readonly string[]>): string[] | null {
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (file: string): string[] | null => {
    if (done.has(file)) return null;
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file];
    trail.push(file);
    for (const next of imports.get(file) ?? []) {
      const cycle = visit(next);
      if (cycle !== null) return cycle;
    }
    trail.pop();
    done.add(file);
    return null;
  };
  for (const file of imports.keys()) {
    const cycle = visit(file);
    if (cycle !== null) return cycle;
  }
  return null;
}

/**
 * Modules whose names `text` imports in more than one statement, or with `type` before every name
 * instead of once. A module may be imported whole (`* as`) beside them: no statement does both.
 */
export function untidyImports(text: string): string[] {
  const seen = new Set<string>();
  const untidy = new Set<string>();
  for (const statement of ts.createSourceFile('', text, ts.ScriptTarget.Latest).statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) {
      continue;
    }
    const { importClause, moduleSpecifier } = statement;
    const bindings = importClause?.namedBindings;
    if (bindings !== undefined && ts.isNamespaceImport(bindings)) continue;
    const names = bindings?.elements ?? [];
    const isMarkedOneByOne =
      importClause?.name === undefined && names.length > 0 && names.every((one) => one.isTypeOnly);
    if (seen.has(moduleSpecifier.text) || isMarkedOneByOne) untidy.add(moduleSpecifier.text);
    seen.add(moduleSpecifier.text);
  }
  return [...untidy];
}

/** The code of a file without its comments, for rules about globals. */
export function withoutComments(text: string): string {
  const scanner = ts.createScanner(
    ts.ScriptTarget.Latest,
    false,
    ts.LanguageVariant.Standard,
    text,
  );
  let code = '';
  for (let token = scanner.scan(); token !== ts.SyntaxKind.EndOfFileToken; token = scanner.scan()) {
    const isComment =
      token === ts.SyntaxKind.SingleLineCommentTrivia ||
      token === ts.SyntaxKind.MultiLineCommentTrivia;
    code += isComment ? ' ' : scanner.getTokenText();
  }
  return code;
}

function readSource(path: string): Source {
  const text = readFileSync(join(ROOT, path), 'utf8');
  return {
    path,
    text,
    lines: text.split('\n').length - 1,
    imports: ts.preProcessFile(text, true, true).importedFiles.map((file) => file.fileName),
    isSpec: path.endsWith('.spec.ts') || dirname(path).includes('testing-fixtures'),
  };
}

function walk(folder: string): string[] {
  if (statSync(join(ROOT, folder), { throwIfNoEntry: false }) === undefined) return [];
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .filter((file) => !file.split('/').includes('node_modules'))
    .map((file) => posix.join(folder, file.replaceAll('\\', '/')));
}
