// Programs that break their contract, each beside what TypeScript says about it: a change of the types
// that lets one through, or that makes a message unreadable, shows here.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { ROOT } from '../support/sources.js';

const FOLDER = join(ROOT, 'test/types');

/** The compiler options of this package, whose entries are found by their sources. */
function options(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile.bind(ts.sys));
  const parsed = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  return { ...parsed.options, incremental: false, tsBuildInfoFile: undefined };
}

function programsIn(end: string): string[] {
  const folder = join(FOLDER, end, 'wrong');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

/** `line: TScode: message` for every error, as tsc prints it without colours. */
function errorsOf(program: ts.Program, path: string): string {
  const file = program.getSourceFile(path);
  const lines = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
  return lines
    .map(({ code, messageText, start = 0 }) => {
      const line = (file?.getLineAndCharacterOfPosition(start).line ?? 0) + 1;
      return `${line}: TS${code}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}\n`;
    })
    .join('');
}

describe.each(['server', 'client'])('programs of the %s that break their contract', (end) => {
  const paths = programsIn(end);
  const program = ts.createProgram(paths, options());

  it.each(paths.map((path) => [relative(FOLDER, path), path]))('refuses %s', (_name, path) => {
    const expected = readFileSync(path.replace(/\.ts$/, '.txt'), 'utf8');
    expect(errorsOf(program, path)).toBe(expected);
  });
});
