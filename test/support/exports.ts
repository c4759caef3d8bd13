import ts from 'typescript';
import { resolveImport, type Source } from './sources.js';

/** `'*'` stands for all exports of a module. */
interface Use {
  readonly specifier: string;
  readonly name: string;
}

/** The names each file exports that no other of the files imports, as `path: name`. */
export function unusedExports(declaring: readonly Source[], using: readonly Source[]): string[] {
  const used = new Map<string, Set<string>>();
  const declared = new Map<string, string[]>();
  for (const source of using) {
    // Parsed once, and let go of: a thousand trees would fill the memory.
    const { statements } = ts.createSourceFile(source.path, source.text, ts.ScriptTarget.Latest);
    declared.set(source.path, statements.flatMap(exportedBy));
    for (const { specifier, name } of usesOf(source, statements)) {
      const target = resolveImport(source, specifier);
      if (target === null) continue;
      used.set(target, (used.get(target) ?? new Set()).add(name));
    }
  }
  return declaring.flatMap(({ path }) => {
    const names = used.get(path) ?? new Set();
    const exported = names.has('*') ? [] : (declared.get(path) ?? []);
    return exported.filter((name) => !names.has(name)).map((name) => `${path}: ${name}`);
  });
}

function exportedBy(statement: ts.Statement): string[] {
  if (ts.isExportDeclaration(statement)) {
    const { exportClause } = statement;
    if (exportClause === undefined) return [];
    return ts.isNamedExports(exportClause)
      ? exportClause.elements.map(({ name }) => name.text)
      : [exportClause.name.text];
  }
  if (ts.isExportAssignment(statement)) return ['default'];
  return isExported(statement) ? namesOf(statement) : [];
}

function isExported(statement: ts.Statement): boolean {
  if (!ts.canHaveModifiers(statement)) return false;
  const modifiers = ts.getModifiers(statement) ?? [];
  return modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}

/** A type and a value of one name are one export. */
function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) =>
      ts.isIdentifier(name) ? [name.text] : [],
    );
  }
  const declared =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isEnumDeclaration(statement);
  return declared ? [statement.name?.text ?? 'default'] : [];
}

function usesOf(source: Source, statements: readonly ts.Statement[]): Use[] {
  const uses: Use[] = [];
  const seen = new Set<string>();
  for (const statement of statements) {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) continue;
    const { moduleSpecifier } = statement;
    if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) continue;
    const specifier = moduleSpecifier.text;
    seen.add(specifier);
    const names = ts.isImportDeclaration(statement)
      ? importedBy(statement.importClause)
      : passedOnBy(statement.exportClause);
    for (const name of names) uses.push({ specifier, name });
  }
  // The others are `import('./module.js')`, as a call or as a type.
  const dynamic = source.imports.filter((specifier) => !seen.has(specifier));
  return [...uses, ...dynamic.map((specifier) => ({ specifier, name: '*' }))];
}

function passedOnBy(clause: ts.NamedExportBindings | undefined): string[] {
  if (clause === undefined || ts.isNamespaceExport(clause)) return ['*'];
  return clause.elements.map(({ name, propertyName }) => (propertyName ?? name).text);
}

function importedBy(clause: ts.ImportClause | undefined): string[] {
  if (clause === undefined) return [];
  const names = clause.name === undefined ? [] : ['default'];
  const bindings = clause.namedBindings;
  if (bindings === undefined) return names;
  if (ts.isNamespaceImport(bindings)) return [...names, '*'];
  return [
    ...names,
    ...bindings.elements.map(({ name, propertyName }) => (propertyName ?? name).text),
  ];
}
