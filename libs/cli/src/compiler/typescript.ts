import { createRequire } from 'node:module';
import { join } from 'node:path';
import type TS from 'typescript';
import { ContractError } from '../support/contract-error.js';

/** The compiler as a program uses it. */
export type TypeScript = typeof TS;

/** Packages with the compiler's API: the second is what Microsoft publishes to stand beside TypeScript 7. */
const PACKAGES = ['typescript', '@typescript/typescript6'];

const INSTALL = 'npm install --save-dev typescript@6';
const BESIDE_7 = 'npm install --save-dev @typescript/typescript6';

/**
 * The TypeScript of an application, else that of this package.
 * @throws {ContractError} when there is none, or only one without an API
 */
export function loadTypeScript(folder: string): TypeScript {
  let without: string | undefined;
  for (const from of [join(folder, 'package.json'), import.meta.url]) {
    for (const name of PACKAGES) {
      const found = tryToLoad(createRequire(from), name);
      if (isCompiler(found)) return found;
      without ??= versionOf(found);
    }
  }
  throw new ContractError(
    without === undefined
      ? `Cannot find TypeScript, which reads the gateways: expected the package typescript 5 or 6 beside the application, install it with: ${INSTALL}`
      : `Cannot use TypeScript ${without}: it has no compiler API, expected TypeScript 5 or 6; install it beside it with: ${BESIDE_7}`,
  );
}

function tryToLoad(require: NodeJS.Require, name: string): unknown {
  try {
    return require(name);
  } catch {
    return undefined;
  }
}

function isCompiler(found: unknown): found is TypeScript {
  return isObject(found) && typeof found['createProgram'] === 'function';
}

function versionOf(found: unknown): string | undefined {
  return isObject(found) && typeof found['version'] === 'string' ? found['version'] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
