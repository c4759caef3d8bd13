import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ContractError } from '../support/contract-error.js';
import { unknownName } from '../support/unknown-name.js';

/** Where the root module of a built application is looked for. */
const USUAL = ['dist/app.module.js', 'dist/src/app.module.js', 'build/app.module.js'];
const DEFAULT_EXPORT = 'AppModule';

/** An export of a file, as `dist/app.module.js#AppModule` names it. */
interface Named {
  readonly file: string;
  readonly value: unknown;
}

/** The root module of an application that was built. @throws {ContractError} when it is not there */
export async function findModule(cwd: string, given: string | undefined): Promise<Named> {
  if (given !== undefined) return load(cwd, given, DEFAULT_EXPORT, 'a module');
  const found = USUAL.find((file) => existsSync(join(cwd, file)));
  if (found === undefined) {
    throw new ContractError(
      `Cannot find the module of the application: expected ${USUAL.join(' or ')}, or its file as an argument, such as dist/app.module.js#AppModule; current value is none (was the application built?)`,
    );
  }
  return load(cwd, found, DEFAULT_EXPORT, 'a module');
}

/** @param what is exported there, for messages @throws {ContractError} when it is not */
export async function load(
  cwd: string,
  given: string,
  fallback: string,
  what: string,
): Promise<Named> {
  const [path = '', name = fallback] = given.split('#', 2);
  const file = resolve(cwd, path);
  if (!existsSync(file)) {
    throw new ContractError(`Cannot find ${what}: expected a file, current value is ${path}`);
  }
  if (/\.[cm]?tsx?$/.test(file)) {
    throw new ContractError(
      `Cannot load ${what}: expected JavaScript that was built, current value is ${path}`,
    );
  }
  const exported = exportsOf(await import(pathToFileURL(file).href));
  const value = exported[name];
  if (typeof value !== 'function') {
    const known = Object.keys(exported).filter((one) => typeof exported[one] === 'function');
    throw new ContractError(`Cannot find ${what} in ${path}: ${unknownName(name, known)}`);
  }
  return { file, value };
}

/** What the command needs of Nest and of this package: those the application itself has. */
export interface ApplicationPackages {
  readonly NestFactory: {
    create(module: unknown, ...options: object[]): Promise<Application>;
  };
  /** Where Express, which Nest takes by itself, is not installed. */
  readonly FastifyAdapter?: new () => object;
  readonly AsyncApiModule: {
    createDocument(app: Application, options: object): Promise<object>;
    toYaml(document: object): string;
  };
}

/** As far as it is used here. */
export interface Application {
  close(): Promise<void>;
}

/** Packages as they are found from a file: another copy would not know the decorators of the application. */
export async function packagesOf(file: string): Promise<ApplicationPackages> {
  const require = createRequire(file);
  const find = async (name: string): Promise<Record<string, unknown>> => {
    let path: string;
    try {
      path = require.resolve(name);
    } catch {
      throw new ContractError(
        `Cannot find the package ${name} from ${file}: expected it installed`,
      );
    }
    return exportsOf(await import(pathToFileURL(path).href));
  };
  const [core, asyncapi] = [await find('@nestjs/core'), await find('nestwire/asyncapi')];
  const platform = isThere(require, '@nestjs/platform-express')
    ? {}
    : await find('@nestjs/platform-fastify');
  return { ...core, ...asyncapi, ...platform } as unknown as ApplicationPackages;
}

function isThere(require: NodeJS.Require, name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** Of a CommonJS module the names may stand in its default export alone. */
function exportsOf(module: Record<string, unknown>): Record<string, unknown> {
  const { default: whole } = module;
  return { ...(typeof whole === 'object' ? whole : {}), ...module };
}
