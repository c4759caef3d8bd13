import type { Path } from '@angular-devkit/core';
import { SchematicsException, type Tree } from '@angular-devkit/schematics';
import { MetadataManager, ModuleDeclarator, ModuleFinder } from '@nestjs/schematics';
import type { FilePlace } from './file-options.js';

const IMPORT = /^import [^;]*;\n/gm;

/** The nearest module, looking upwards from `folder`. */
export function moduleFor(tree: Tree, folder: Path): Path | undefined {
  // Its folder may be one that is still to be made: then it is looked for from the next one that is there.
  return new ModuleFinder(tree).find({ name: '', path: folder }) ?? undefined;
}

/** Adds a class that is generated to the `providers` of a module. */
export function addProvider(
  tree: Tree,
  module: Path,
  { name, folder, extension }: FilePlace,
  type: string,
): void {
  const content = tree.readText(module);
  const changed = new ModuleDeclarator().declare(content, {
    metadata: 'providers',
    type,
    name,
    path: folder,
    module,
    isEsm: extension !== '',
  });
  tree.overwrite(module, changed);
}

/**
 * Adds `symbol` of a package to the `imports` of a module, as `expression`; nothing where it is mentioned already.
 * @throws {SchematicsException} where the file has no `@Module({…})`
 */
export function addImport(
  tree: Tree,
  module: Path,
  packageName: string,
  symbol: string,
  expression: string,
): boolean {
  const content = tree.readText(module);
  if (content.includes(symbol)) return false;
  const declared = new MetadataManager(content).insert('imports', expression);
  if (declared === undefined) {
    throw new SchematicsException(
      `Cannot add ${symbol}: ${module.slice(1)} has no @Module({ … }) with an object`,
    );
  }
  const last = [...declared.matchAll(IMPORT)].at(-1);
  const at = last === undefined ? 0 : last.index + last[0].length;
  const line = `import { ${symbol} } from '${packageName}';\n`;
  tree.overwrite(module, `${declared.slice(0, at)}${line}${declared.slice(at)}`);
  return true;
}
