import type TS from 'typescript';
import type { Project } from '../compiler/project.js';
import { decoratorsOf } from '../decorators/applied-decorators.js';
import type { Direction } from './place.js';

/** A member of an object that goes over the wire. */
interface SentMember {
  readonly name: string;
  readonly symbol: TS.Symbol;
  readonly declaration: TS.Declaration | undefined;
}

/** `CheckFlags.Readonly`: what `Readonly<T>` makes of members, which TypeScript tells in no other way. */
const CHECK_READONLY = 8;

/**
 * The members that JSON writes: not those that stand on the prototype, as methods and accessors of classes
 * do, nor what others must not see, nor what `class-transformer` is told to leave out on this way.
 */
export function sentMembers(project: Project, type: TS.Type, direction: Direction): SentMember[] {
  const { ts, checker } = project;
  return checker.getPropertiesOfType(type).flatMap((symbol): SentMember[] => {
    // `__@iterator` and `__#private`: nothing else begins so, for names with `__` have a third one.
    if (/^__[@#]/.test(String(symbol.escapedName))) return [];
    const declaration = symbol.valueDeclaration ?? symbol.declarations?.[0];
    const name = ts.unescapeLeadingUnderscores(symbol.escapedName);
    if (declaration === undefined) return [{ name, symbol, declaration }];
    const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
    if ((ts.getCombinedModifierFlags(declaration) & hidden) !== 0) return [];
    const exposed = transformed(project, declaration, 'Expose', direction);
    const isOnPrototype =
      ts.isClassLike(declaration.parent) &&
      (ts.isMethodDeclaration(declaration) || ts.isAccessor(declaration));
    if (isOnPrototype && (exposed === undefined || direction === 'in')) return [];
    if (transformed(project, declaration, 'Exclude', direction) !== undefined) return [];
    return [{ name: exposed ?? name, symbol, declaration }];
  });
}

export function isReadonly({ ts }: Project, { symbol, declaration }: SentMember): boolean {
  const { links } = symbol as { links?: { checkFlags?: number } };
  if (((links?.checkFlags ?? 0) & CHECK_READONLY) !== 0) return true;
  if (declaration === undefined) return false;
  return (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Readonly) !== 0;
}

/**
 * Whether a decorator of `class-transformer` is at work on this way.
 * @returns the name it gives the member; its own where it gives none
 */
function transformed(
  project: Project,
  declaration: TS.Declaration,
  name: 'Exclude' | 'Expose',
  direction: Direction,
): string | undefined {
  const { ts } = project;
  const decorator = decoratorsOf(project, declaration).find((one) => one.name === name);
  if (decorator === undefined) return undefined;
  const [options] = decorator.args;
  const own = ts.getNameOfDeclaration(declaration)?.getText() ?? '';
  if (options === undefined || !ts.isObjectLiteralExpression(options)) return own;
  const otherWay = direction === 'in' ? 'toPlainOnly' : 'toClassOnly';
  let given = own;
  for (const property of options.properties) {
    if (!ts.isPropertyAssignment(property)) continue;
    const { initializer } = property;
    const key = property.name.getText();
    if (key === otherWay && initializer.kind === ts.SyntaxKind.TrueKeyword) return undefined;
    if (key === 'name' && ts.isStringLiteralLike(initializer)) given = initializer.text;
  }
  return given;
}
