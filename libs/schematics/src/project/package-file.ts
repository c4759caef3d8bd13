import type { Tree } from '@angular-devkit/schematics';

type Versions = Record<string, unknown>;

/** What is looked at of it; it is the application's, and may hold anything. */
interface PackageFile {
  dependencies?: Versions;
  devDependencies?: Versions;
}

const PATH = '/package.json';

function read(tree: Tree): PackageFile {
  const file: unknown = tree.exists(PATH) ? JSON.parse(tree.readText(PATH)) : null;
  return typeof file === 'object' && file !== null ? file : {};
}

/** Adds what generated files import. @returns the names of what was not there */
export function addDependencies(tree: Tree, wanted: Readonly<Record<string, string>>): string[] {
  const file = read(tree);
  const missing = Object.keys(wanted).filter(
    (name) => file.dependencies?.[name] === undefined && file.devDependencies?.[name] === undefined,
  );
  if (missing.length === 0 || !tree.exists(PATH)) return [];
  const dependencies = { ...file.dependencies };
  for (const name of missing) dependencies[name] = wanted[name]!;
  const sorted = Object.entries(dependencies).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const text = JSON.stringify({ ...file, dependencies: Object.fromEntries(sorted) }, null, 2);
  tree.overwrite(PATH, `${text}\n`);
  return missing;
}

/** Whether tests run on Vitest, which has to be imported, or on Jest, whose names are global. */
export function usesVitest(tree: Tree): boolean {
  return read(tree).devDependencies?.['vitest'] !== undefined;
}
