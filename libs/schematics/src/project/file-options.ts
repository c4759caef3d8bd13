import { join, normalize, strings, type Path } from '@angular-devkit/core';
import { SchematicsException, type Tree } from '@angular-devkit/schematics';
import { isEsmProject, NameParser } from '@nestjs/schematics';

/** What `nest g` gives to a generator that makes files. */
export interface FileOptions {
  name: string;
  path?: string | undefined;
  sourceRoot?: string | undefined;
  flat?: boolean | undefined;
  spec?: boolean | undefined;
  skipImport?: boolean | undefined;
  language?: string | undefined;
  specFileSuffix?: string | undefined;
}

/** Where files go, and what things in them are called. */
export interface FilePlace {
  /** In kebab-case, as of files and paths. */
  readonly name: string;
  /** In PascalCase, as of classes. */
  readonly className: string;
  readonly folder: Path;
  /** What the path of an import of a file of one's own ends with. */
  readonly extension: '' | '.js';
}

/** What may be the name of a file and of a class at once. */
const NAME = /^[a-z][a-z\d]*(?:-[a-z\d]+)*$/;

/** @throws {SchematicsException} for a name that no class can have, and for another language */
export function placeOf(tree: Tree, options: FileOptions): FilePlace {
  const { language = 'ts', sourceRoot = 'src', flat = false, path } = options;
  if (language !== 'ts') {
    throw new SchematicsException(
      `Cannot generate ${options.name}: ts is expected as language, current value is ${language}`,
    );
  }
  const parsed = new NameParser().parse({
    name: options.name.trim(),
    path: join(normalize(sourceRoot), path ?? ''),
  });
  const name = strings.dasherize(parsed.name);
  if (!NAME.test(name)) {
    throw new SchematicsException(
      `Cannot generate ${options.name}: a name of letters, digits and hyphens is expected, that begins with a letter`,
    );
  }
  return {
    name,
    className: strings.classify(name),
    folder: flat ? parsed.path : join(parsed.path, name),
    extension: isEsmProject(tree) ? '.js' : '',
  };
}

/** @throws {SchematicsException} where a file is there already: nothing is written over */
export function create(tree: Tree, folder: Path, name: string, text: string): void {
  const path = join(folder, name);
  if (tree.exists(path)) {
    throw new SchematicsException(`Cannot generate ${path.slice(1)}: it is there already`);
  }
  tree.create(path, text);
}
