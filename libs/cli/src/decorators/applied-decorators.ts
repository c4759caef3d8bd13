import type TS from 'typescript';
import type { Project } from '../compiler/project.js';
import { bare, declarationOf } from './constants.js';
import { isKnown } from './known-decorators.js';
import { NO_SCOPE, type Argument, type Scope } from './scope.js';

/** A decorator that says something about a contract, as it was called. */
export interface AppliedDecorator {
  readonly name: string;
  readonly args: readonly TS.Expression[];
  /** What the parameters of functions around it stand for. */
  readonly scope: Scope;
  /** Where it stands, at a class or one of its members. */
  readonly node: TS.Decorator;
}

/** How many functions may stand around a decorator. */
const MAX_DEPTH = 8;

/**
 * The decorators of a declaration that are known, from above. Functions that are made of them, with
 * `applyDecorators` or by returning one, are looked into.
 */
export function decoratorsOf(project: Project, node: TS.Node): AppliedDecorator[] {
  const { ts } = project;
  const decorators = ts.canHaveDecorators(node) ? (ts.getDecorators(node) ?? []) : [];
  return decorators.flatMap((decorator) =>
    applied(project, decorator, { expression: decorator.expression, scope: NO_SCOPE }, 0),
  );
}

/** Whether any decorator stands there at all. */
export function isDecorated({ ts }: Project, node: TS.Node): boolean {
  return ts.canHaveDecorators(node) && (ts.getDecorators(node) ?? []).length > 0;
}

function applied(
  project: Project,
  node: TS.Decorator,
  { expression, scope }: Argument,
  depth: number,
): AppliedDecorator[] {
  const { ts, packages } = project;
  const call = bare(project, expression);
  const isCall = ts.isCallExpression(call);
  const callee = isCall ? call.expression : call;
  const args = isCall ? call.arguments : [];
  const again = (next: TS.Expression, where: Scope): AppliedDecorator[] =>
    depth < MAX_DEPTH ? applied(project, node, { expression: next, scope: where }, depth + 1) : [];

  const declaration = originOf(project, callee);
  if (declaration === undefined) return [];
  const name = ts.getNameOfDeclaration(declaration)?.getText() ?? '';
  const from = packages.of(declaration);
  if (isKnown(name, from)) return [{ name, args, scope, node }];
  if (name === 'applyDecorators' && from === '@nestjs/common') {
    return args.flatMap((one) => again(one, scope));
  }
  const made = functionOf(project, declaration);
  if (made === undefined) return [];
  const returned = returnedBy(project, made);
  if (returned !== undefined) return again(returned, scopeOf(project, made, args, scope));
  reportHidden(project, made, node);
  return [];
}

/** A function that does more than to return decorators is not looked through, and may hide some. */
function reportHidden(
  project: Project,
  { body }: TS.FunctionLikeDeclaration,
  node: TS.Decorator,
): void {
  const { ts, packages, problems } = project;
  const visit = (inner: TS.Node): void => {
    if (ts.isCallExpression(inner)) {
      const origin = originOf(project, inner.expression);
      const name = origin && ts.getNameOfDeclaration(origin)?.getText();
      if (origin !== undefined && name !== undefined && isKnown(name, packages.of(origin))) {
        problems.add(
          node,
          `Cannot read @${name} behind ${node.expression.getText()}: expected a function that does nothing but return applyDecorators(...) or a decorator`,
        );
      }
    }
    ts.forEachChild(inner, visit);
  };
  if (body !== undefined) visit(body);
}

/** What declares a decorator: behind constants that are another name for it, and parts of an object. */
function originOf(project: Project, callee: TS.Expression): TS.Declaration | undefined {
  const { ts, checker } = project;
  let declaration = declarationOf(project, callee);
  for (let depth = 0; depth < MAX_DEPTH && declaration !== undefined; depth++) {
    if (ts.isBindingElement(declaration)) {
      // `const { OnMessage } = contract<Board>()`
      const { initializer } = declaration.parent.parent;
      const name = (declaration.propertyName ?? declaration.name).getText();
      const from = initializer && checker.getTypeAtLocation(initializer);
      const property = from && checker.getPropertyOfType(from, name);
      return property?.valueDeclaration ?? property?.declarations?.[0];
    }
    const value = ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
    const isOtherName =
      value !== undefined && (ts.isIdentifier(value) || ts.isPropertyAccessExpression(value));
    if (!isOtherName) return declaration;
    declaration = declarationOf(project, value);
  }
  return declaration;
}

function functionOf(
  { ts }: Project,
  declaration: TS.Declaration,
): TS.FunctionLikeDeclaration | undefined {
  if (ts.isFunctionDeclaration(declaration)) return declaration;
  const value = ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
  return value !== undefined && (ts.isArrowFunction(value) || ts.isFunctionExpression(value))
    ? value
    : undefined;
}

/** What a function returns that does nothing else. */
function returnedBy(
  { ts }: Project,
  { body }: TS.FunctionLikeDeclaration,
): TS.Expression | undefined {
  if (body === undefined) return undefined;
  if (!ts.isBlock(body)) return body;
  const [only, more] = body.statements;
  return only !== undefined && more === undefined && ts.isReturnStatement(only)
    ? only.expression
    : undefined;
}

function scopeOf(
  { checker }: Project,
  { parameters }: TS.FunctionLikeDeclaration,
  args: readonly TS.Expression[],
  scope: Scope,
): Scope {
  const values = new Map<TS.Symbol, Argument>();
  parameters.forEach(({ name, initializer }, index) => {
    const symbol = checker.getSymbolAtLocation(name);
    const expression = args[index] ?? initializer;
    if (symbol !== undefined && expression !== undefined) values.set(symbol, { expression, scope });
  });
  return values;
}
