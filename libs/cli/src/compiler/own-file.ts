import type TS from 'typescript';
import type { Project } from './project.js';

/** Files whose classes serve nobody. */
const TESTS = /[.-](spec|test)\.[cm]?tsx?$/;

/** Whether a file is the application's own, and none of its tests. */
export function isOwnFile({ program }: Project, file: TS.SourceFile): boolean {
  const isForeign = file.isDeclarationFile || program.isSourceFileFromExternalLibrary(file);
  return !isForeign && !TESTS.test(file.fileName);
}
