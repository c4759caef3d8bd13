import ts from 'typescript';

/** What TypeScript says of a file in a folder of its own, as strict as it can be; nothing when all is well. */
export function compileAlone(text: string): string[] {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ['lib.es2023.d.ts'],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    isolatedModules: true,
    verbatimModuleSyntax: false,
    erasableSyntaxOnly: true,
    noEmit: true,
  };
  const name = '/alone/contract.ts';
  const host = ts.createCompilerHost(options);
  const own: Partial<ts.CompilerHost> = {
    fileExists: (path) => path === name || host.fileExists(path),
    readFile: (path) => (path === name ? text : host.readFile(path)),
    getSourceFile: (path, target) =>
      path === name ? ts.createSourceFile(path, text, target) : host.getSourceFile(path, target),
  };
  const program = ts.createProgram([name], options, { ...host, ...own });
  return ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ code, messageText }) => `TS${code}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
}
