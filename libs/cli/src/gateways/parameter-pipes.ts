import type TS from 'typescript';
import type { Project } from '../compiler/project.js';
import { bare, declarationOf } from '../decorators/constants.js';

/** What the pipes of a parameter let clients send in the place of its own type. */
interface Piped {
  /** What the first of them takes, where that is one of the application's and says so. */
  readonly takes: TS.Type | undefined;
  /** Whether one of them fills in what is missing. */
  readonly fillsIn: boolean;
}

export function readPipes(project: Project, pipes: readonly TS.Expression[]): Piped {
  const fillsIn = pipes.some((pipe) => nameOf(project, pipe) === 'DefaultValuePipe');
  const [first] = pipes;
  return { takes: first && takenBy(project, first), fillsIn };
}

/** Those of Nest take numbers as numbers, and texts: what they make is what a client may send. */
function takenBy({ ts, checker, packages }: Project, pipe: TS.Expression): TS.Type | undefined {
  const type = checker.getTypeAtLocation(pipe);
  const instance = type.getConstructSignatures()[0]?.getReturnType() ?? type;
  const transform = checker.getPropertyOfType(instance, 'transform');
  if (transform?.declarations === undefined) return undefined;
  if (transform.declarations.some((one) => packages.of(one)?.startsWith('@nestjs/'))) {
    return undefined;
  }
  const [signature] = checker.getTypeOfSymbol(transform).getCallSignatures();
  const value = signature?.parameters[0];
  const taken = value && checker.getTypeOfSymbol(value);
  const says = ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.TypeParameter;
  return taken !== undefined && (taken.flags & says) === 0 ? taken : undefined;
}

/** `DefaultValuePipe` of `new DefaultValuePipe(1)`. */
function nameOf(project: Project, pipe: TS.Expression): string | undefined {
  const { ts } = project;
  const expression = bare(project, pipe);
  const made = ts.isNewExpression(expression) ? expression.expression : expression;
  const declaration = declarationOf(project, made);
  return declaration && ts.getNameOfDeclaration(declaration)?.getText();
}
