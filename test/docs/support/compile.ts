import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../../support/sources.js';
import type { Block } from './blocks.js';
import { CONTEXT, MODULES, OTHER_FILES } from './context.js';

/** Where the blocks would stand; nothing is written. */
const FOLDER = join(ROOT, 'test/docs/pasted').replaceAll('\\', '/');

/** tsconfig.json of an application that the schematics of Nest 12 make, with `strict`. */
const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  esModuleInterop: true,
  jsx: ts.JsxEmit.ReactJSX,
  isolatedModules: true,
  emitDecoratorMetadata: true,
  experimentalDecorators: true,
  strict: true,
  strictPropertyInitialization: false,
  skipLibCheck: true,
  types: ['node'],
  // Without the DOM, whose globals `name` and `history` stand in the way of the blocks' own.
  lib: ['lib.es2023.d.ts'],
  noEmit: true,
  // The package by its name is its sources: no build is needed.
  rootDir: ROOT,
  outDir: join(ROOT, 'dist'),
};

/** Errors of TypeScript, each with the page and line of its block; all blocks are one program. */
export function compile(blocks: readonly Block[]): string[] {
  const files = new Map<string, string>();
  const add = (name: string, text: string): void => void files.set(`${FOLDER}/${name}`, text);
  add('context.ts', CONTEXT);
  for (const [name, text] of Object.entries(OTHER_FILES)) add(name, text);
  const host = hostOf(files);

  add('names.ts', MODULES.map((name, index) => `import * as m${index} from '${name}';`).join('\n'));
  const first = ts.createProgram([...files.keys()], OPTIONS, host);
  const names = namesOf(first);
  blocks.forEach((block, index) => add(nameOf(block, index), fileOf(block, names)));
  const program = ts.createProgram([...files.keys()], OPTIONS, host, first);
  return ['', ...blocks].flatMap((block, index) => {
    const path = typeof block === 'string' ? 'context.ts' : nameOf(block, index - 1);
    const file = program.getSourceFile(`${FOLDER}/${path}`);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ code, messageText }) => {
        const place = typeof block === 'string' ? path : block.place;
        return `${place}: TS${code}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
      },
    );
  });
}

function nameOf({ language }: Block, index: number): string {
  return `block-${index}.${language}`;
}

function hostOf(files: ReadonlyMap<string, string>): ts.CompilerHost {
  const host = ts.createCompilerHost(OPTIONS);
  const parsed = new Map<string, ts.SourceFile | undefined>();
  const own: Partial<ts.CompilerHost> = {
    directoryExists: (path) => path === FOLDER || host.directoryExists?.(path) === true,
    fileExists: (path) => files.has(path) || host.fileExists(path),
    readFile: (path) => files.get(path) ?? host.readFile(path),
    getSourceFile(path, target) {
      const text = files.get(path);
      const known =
        parsed.get(path) ??
        (text === undefined
          ? host.getSourceFile(path, target)
          : ts.createSourceFile(path, text, target));
      parsed.set(path, known);
      return known;
    },
  };
  return { ...host, ...own };
}

/** Import clauses by name: with `type` where there is no value, as isolatedModules asks for. */
function namesOf(program: ts.Program): ReadonlyMap<string, string> {
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(`${FOLDER}/names.ts`);
  const names = new Map([['ConfigService', "import { ConfigService } from './config.js';"]]);
  file?.statements.forEach((statement) => {
    if (!ts.isImportDeclaration(statement)) return;
    const specifier = statement.moduleSpecifier;
    const symbol = checker.getSymbolAtLocation(specifier);
    for (const exported of symbol === undefined ? [] : checker.getExportsOfModule(symbol)) {
      const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
      const { flags } = isAlias ? checker.getAliasedSymbol(exported) : exported;
      const type = (flags & ts.SymbolFlags.Value) === 0 ? 'type ' : '';
      const { name } = exported;
      if (names.has(name)) continue;
      names.set(name, `import { ${type}${name} } from ${specifier.getText()};`);
    }
  });
  return names;
}

/** A fragment with the imports that its reader has to add, and a class around members. */
function fileOf({ kind, code }: Block, names: ReadonlyMap<string, string>): string {
  if (kind === '') return code;
  const used = [...new Set(code.match(/\b[A-Za-z]\w*\b/g))];
  const imports = used.flatMap((name) => {
    const isNeeded = new RegExp(`(?<![.\\w'])${name}\\b(?!'|:)`).test(code);
    const isDeclared = new RegExp(`(const|class|function) ${name}\\b`).test(code);
    return isNeeded && !isDeclared ? (names.get(name) ?? []) : [];
  });
  const body =
    kind === 'members'
      ? `interface Pasted extends Fields {}\nclass Pasted {\n${code}}\nvoid Pasted;`
      : code;
  return `${imports.join('\n')}\n${body}\nexport {};\n`;
}
