import { createRequire } from 'node:module';
import { join } from 'node:path';
import { isRecord } from './is-record.js';

const MISSING: ReadonlySet<unknown> = new Set([
  'MODULE_NOT_FOUND',
  'ERR_MODULE_NOT_FOUND',
  'ERR_PACKAGE_PATH_NOT_EXPORTED',
]);

/** Where a package is looked for: beside this one, then where the application runs. */
function places(): NodeJS.Require[] {
  return [import.meta.url, join(process.cwd(), 'package.json')].map((from) => createRequire(from));
}

/**
 * A package that the application may have installed, or not.
 * @returns undefined when it is not there
 */
export function optionalPackage(name: string): unknown {
  return tryPlaces((require) => require(name) as unknown);
}

/** The path of one of its files. */
export function optionalFile(name: string): string | undefined {
  return tryPlaces((require) => require.resolve(name));
}

function tryPlaces<Found>(look: (require: NodeJS.Require) => Found): Found | undefined {
  for (const require of places()) {
    try {
      return look(require);
    } catch (error) {
      if (!isRecord(error) || !MISSING.has(error['code'])) throw error;
    }
  }
  return undefined;
}
