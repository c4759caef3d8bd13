// Programs that were written for `@types/ws`: they compile with it, as part of the type check, and here
// with the types of `nestwire/ws` in its place.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { ROOT } from '../../support/sources.js';

const PROGRAMS = join(ROOT, 'test/types/ws/programs');

/** What TypeScript says of `files` where `ws` and `nestwire/ws` have the types of ours. */
function errorsOf(files: readonly string[], entry: string): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile.bind(ts.sys));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const types = [join(ROOT, 'libs/ws/package', entry)];
  const program = ts.createProgram([...files, ...types], {
    ...options,
    incremental: false,
    tsBuildInfoFile: undefined,
    // Their own faults must show, too.
    skipLibCheck: false,
    paths: { ws: types, 'nestwire/ws': types },
  });
  return [...files, ...types]
    .map((path) => program.getSourceFile(path))
    .flatMap((file) => [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ])
    .map(({ file, start = 0, messageText }) => {
      const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
      return `${file?.fileName}:${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
}

function programs(end: string): string[] {
  const names = readdirSync(PROGRAMS).filter((name) => name.endsWith(end));
  return names.map((name) => join(PROGRAMS, name));
}

describe('programs written for @types/ws', () => {
  it('compile with ours as CommonJS', () => {
    const files = programs('.cts');
    expect(files.length).toBeGreaterThan(1);
    expect(errorsOf(files, 'index.d.cts')).toEqual([]);
  }, 120_000);

  it('compile with ours as ES modules, where the options are those of the classes', () => {
    const files = [...programs('.mts'), join(ROOT, 'test/types/ws/own-options.ts')];
    expect(errorsOf(files, 'index.d.mts')).toEqual([]);
  }, 120_000);
});
