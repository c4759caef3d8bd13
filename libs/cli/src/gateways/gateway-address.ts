import type TS from 'typescript';
import type { Project } from '../compiler/project.js';
import type { AppliedDecorator } from '../decorators/applied-decorators.js';
import { bare, constantText, initializerOf } from '../decorators/constants.js';
import type { Scope } from '../decorators/scope.js';
import type { Address } from './gateway-source.js';

/** Where `@WsGateway` says a gateway is served: each path with each version. */
export function addressesOf(
  project: Project,
  { args: [given], scope }: AppliedDecorator,
): readonly Address[] {
  const options = given === undefined ? undefined : objectOf(project, given);
  const paths = readPaths(project, given, options, scope);
  const version = options && propertyOf(project, options, 'version');
  // Other versions than texts are `VERSION_NEUTRAL`.
  const versions = version === undefined ? [''] : textsOf(project, version, scope);
  return paths.flatMap((path) =>
    [...new Set(versions)].map((one) => ({ path, version: one ?? '' })),
  );
}

function readPaths(
  project: Project,
  given: TS.Expression | undefined,
  options: TS.ObjectLiteralExpression | undefined,
  scope: Scope,
): readonly (string | undefined)[] {
  if (given === undefined) return ['/'];
  if (options === undefined) return [normalise(constantText(project, given, scope))];
  // What a factory returns is put over the rest, and a spread may hold a path.
  const isFixed = options.properties.every(
    (property) =>
      !project.ts.isSpreadAssignment(property) && property.name?.getText() !== 'useFactory',
  );
  if (!isFixed) return [undefined];
  const path = propertyOf(project, options, 'path');
  if (path === undefined) return ['/'];
  const texts = textsOf(project, path, scope);
  return texts.every((text) => text !== undefined)
    ? [...new Set(texts.map(normalise))]
    : [undefined];
}

/** As the router writes it: one slash at the beginning, none doubled and none at the end. */
export function joinPath(path: string): string {
  return `/${path.split('/').filter(Boolean).join('/')}`;
}

function normalise(path: string | undefined): string | undefined {
  return path === undefined ? undefined : joinPath(path);
}

/** A text, or a list of them; `undefined` in the place of what cannot be told. */
function textsOf(project: Project, given: TS.Expression, scope: Scope): (string | undefined)[] {
  const expression = bare(project, given);
  const list = project.ts.isArrayLiteralExpression(expression)
    ? expression
    : bareInitializer(project, expression);
  return list !== undefined && project.ts.isArrayLiteralExpression(list)
    ? list.elements.map((element) => constantText(project, element, scope))
    : [constantText(project, expression, scope)];
}

function objectOf(project: Project, given: TS.Expression): TS.ObjectLiteralExpression | undefined {
  const { ts } = project;
  const expression = bare(project, given);
  const object = ts.isObjectLiteralExpression(expression)
    ? expression
    : bareInitializer(project, expression);
  return object !== undefined && ts.isObjectLiteralExpression(object) ? object : undefined;
}

function bareInitializer(project: Project, expression: TS.Expression): TS.Expression | undefined {
  const initializer = initializerOf(project, expression);
  return initializer === undefined ? undefined : bare(project, initializer);
}

function propertyOf(
  { ts }: Project,
  object: TS.ObjectLiteralExpression,
  name: string,
): TS.Expression | undefined {
  for (const property of object.properties) {
    if (property.name?.getText().replaceAll(/['"]/g, '') !== name) continue;
    if (ts.isPropertyAssignment(property)) return property.initializer;
    if (ts.isShorthandPropertyAssignment(property)) return property.name;
  }
  return undefined;
}
