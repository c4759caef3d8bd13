import type TS from 'typescript';
import type { Project } from '../compiler/project.js';
import type { Scope } from './scope.js';

/** How many constants may be made of one another. */
const MAX_DEPTH = 32;

/** The text that an expression is bound to be, if TypeScript or this can tell. */
export function constantText(
  project: Project,
  given: TS.Expression,
  scope: Scope,
  depth = 0,
): string | undefined {
  const { ts, checker } = project;
  if (depth > MAX_DEPTH) return undefined;
  const expression = bare(project, given);
  const again = (next: TS.Expression, where = scope): string | undefined =>
    constantText(project, next, where, depth + 1);
  const symbol = checker.getSymbolAtLocation(nameOf(project, expression));
  const argument = symbol === undefined ? undefined : scope.get(symbol);
  if (argument !== undefined) return again(argument.expression, argument.scope);

  const type = checker.getTypeAtLocation(expression);
  if (type.isStringLiteral() || type.isNumberLiteral()) return String(type.value);
  if (ts.isTemplateExpression(expression)) {
    const parts = expression.templateSpans.map(({ expression: part, literal }) => {
      const text = again(part);
      return text === undefined ? undefined : text + literal.text;
    });
    if (!parts.every((part) => part !== undefined)) return undefined;
    return expression.head.text + parts.join('');
  }
  if (
    ts.isBinaryExpression(expression) &&
    expression.operatorToken.kind === ts.SyntaxKind.PlusToken
  ) {
    const left = again(expression.left);
    const right = again(expression.right);
    return left === undefined || right === undefined ? undefined : left + right;
  }
  const initializer = initializerOf(project, expression);
  return initializer === undefined ? undefined : again(initializer);
}

/** An expression without what only TypeScript sees around it. */
export function bare({ ts }: Project, expression: TS.Expression): TS.Expression {
  let at = expression;
  while (
    ts.isParenthesizedExpression(at) ||
    ts.isAsExpression(at) ||
    ts.isSatisfiesExpression(at) ||
    ts.isNonNullExpression(at) ||
    ts.isTypeAssertionExpression(at)
  ) {
    at = at.expression;
  }
  return at;
}

/** What a constant that the expression names is set to: of `const NAME = ...`, or a readonly field. */
export function initializerOf(
  project: Project,
  expression: TS.Expression,
): TS.Expression | undefined {
  const { ts } = project;
  const declaration = declarationOf(project, expression);
  if (declaration === undefined) return undefined;
  if (ts.isVariableDeclaration(declaration)) {
    const isConst = (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0;
    return isConst ? declaration.initializer : undefined;
  }
  if (!ts.isPropertyDeclaration(declaration)) return undefined;
  const isReadonly = (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Readonly) !== 0;
  return isReadonly ? declaration.initializer : undefined;
}

/** What declares the value that an expression names, whatever modules it came through. */
export function declarationOf(
  project: Project,
  expression: TS.Expression,
): TS.Declaration | undefined {
  const { ts, checker } = project;
  const symbol = checker.getSymbolAtLocation(nameOf(project, bare(project, expression)));
  if (symbol === undefined) return undefined;
  const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
  const target = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
  return target.valueDeclaration ?? target.declarations?.[0];
}

function nameOf({ ts }: Project, expression: TS.Expression): TS.Node {
  return ts.isPropertyAccessExpression(expression) ? expression.name : expression;
}
