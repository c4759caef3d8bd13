import type TS from 'typescript';
import type { Project } from '../compiler/project.js';

/** The classes that an instance is made of: its own, then those that it extends, mixins among them. */
export function classChain(project: Project, type: TS.Type): TS.ClassLikeDeclaration[] {
  const { ts, checker } = project;
  const found = new Set<TS.ClassLikeDeclaration>();
  const visit = (at: TS.Type): void => {
    if (at.isIntersection()) return at.types.forEach(visit);
    const declaration = at.getSymbol()?.declarations?.find(ts.isClassLike);
    if (declaration === undefined || found.has(declaration)) return;
    found.add(declaration);
    if (at.isClassOrInterface()) checker.getBaseTypes(at).forEach(visit);
    else visitBases(at);
  };
  /** Of a generic class with its arguments: what it extends is asked of the class without them. */
  const visitBases = (at: TS.Type): void => {
    const { target } = at as Partial<TS.TypeReference>;
    if (target?.isClassOrInterface() === true) checker.getBaseTypes(target).forEach(visit);
  };
  visit(type);
  return [...found];
}

/** The methods of that name along the chain, the one that is called first. */
export function methodsNamed(
  { ts }: Project,
  chain: readonly TS.ClassLikeDeclaration[],
  name: string,
): TS.MethodDeclaration[] {
  return chain.flatMap(({ members }) =>
    members.filter(
      (member): member is TS.MethodDeclaration =>
        ts.isMethodDeclaration(member) &&
        member.body !== undefined &&
        memberName(ts, member) === name &&
        (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Static) === 0,
    ),
  );
}

/** Names of all methods along the chain, those of base classes last. */
export function methodNames(
  { ts }: Project,
  chain: readonly TS.ClassLikeDeclaration[],
): readonly string[] {
  const names = chain.flatMap(({ members }) =>
    members.flatMap((member) => (ts.isMethodDeclaration(member) ? memberName(ts, member) : [])),
  );
  return [...new Set(names.filter((name) => name !== undefined))];
}

/** `undefined` for one that is computed: decorators refuse symbols, and texts are seldom computed. */
function memberName(ts: Project['ts'], { name }: TS.MethodDeclaration): string | undefined {
  return ts.isIdentifier(name) || ts.isStringLiteralLike(name) || ts.isNumericLiteral(name)
    ? name.text
    : undefined;
}
