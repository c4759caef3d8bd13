import { dirname, join, resolve } from 'node:path';
import type TS from 'typescript';
import { ContractError } from '../support/contract-error.js';
import { Packages } from './packages.js';
import { Problems } from './problems.js';
import { loadTypeScript, type TypeScript } from './typescript.js';

/** The sources of an application, read by TypeScript. */
export interface Project {
  readonly ts: TypeScript;
  readonly program: TS.Program;
  readonly checker: TS.TypeChecker;
  readonly packages: Packages;
  readonly problems: Problems;
  /** What stands in nobody's way, and is told. */
  readonly notes: Problems;
  /** Where relative paths begin. */
  readonly folder: string;
}

/** Where an application made by Nest's schematics says what it is built from: without its tests. */
const CONFIGS = ['tsconfig.build.json', 'tsconfig.json'];

/**
 * @param folder where relative paths begin
 * @param config a tsconfig file or the folder of one; default `tsconfig.build.json`, else `tsconfig.json`
 * @throws {ContractError} when there is none, it has errors or names no files; and without TypeScript
 */
export function openProject(folder: string, config?: string): Project {
  const ts = loadTypeScript(folder);
  const path = findConfig(ts, folder, config);
  const problems = new Problems(folder);
  const { fileNames, options } = readConfig(ts, path, problems);
  const program = ts.createProgram(fileNames, {
    ...options,
    // What may be undefined is a part of a contract, whether or not the application looks.
    strictNullChecks: true,
    skipLibCheck: true,
    noEmit: true,
    composite: false,
    incremental: false,
    tsBuildInfoFile: undefined,
  });
  const packages = new Packages(ts);
  const notes = new Problems(folder);
  return { ts, program, checker: program.getTypeChecker(), packages, problems, notes, folder };
}

function findConfig(ts: TypeScript, folder: string, config: string | undefined): string {
  if (config === undefined) {
    const found = configIn(ts, folder);
    if (found !== undefined) return found;
    throw new ContractError(
      `Cannot find the project: expected ${CONFIGS.join(' or ')} in ${folder}, or --project with its path`,
    );
  }
  const path = resolve(folder, config);
  if (ts.sys.fileExists(path)) return path;
  const inside = configIn(ts, path);
  if (inside !== undefined) return inside;
  throw new ContractError(
    `Cannot find the project: expected a tsconfig file or a folder that has one, current value is ${config}`,
  );
}

function configIn(ts: TypeScript, folder: string): string | undefined {
  return CONFIGS.map((name) => join(folder, name)).find((path) => ts.sys.fileExists(path));
}

function readConfig(ts: TypeScript, path: string, problems: Problems): TS.ParsedCommandLine {
  const file = ts.readJsonConfigFile(path, (name) => ts.sys.readFile(name));
  const parsed = ts.parseJsonSourceFileConfigFileContent(
    file,
    ts.sys,
    dirname(path),
    undefined,
    path,
  );
  for (const error of parsed.errors) {
    problems.addDiagnostic(error, ts.flattenDiagnosticMessageText(error.messageText, ' '));
  }
  problems.throwIfAny();
  if (parsed.fileNames.length > 0) return parsed;
  throw new ContractError(
    `Cannot read the project: ${path} names no files, expected the tsconfig of the sources of the gateways`,
  );
}
