import type TS from 'typescript';
import type { Project } from '../compiler/project.js';

/** The declared name of a type: of its alias, else of its interface, class or enum. */
export function namingSymbol({ ts, program }: Project, type: TS.Type): TS.Symbol | undefined {
  const { aliasSymbol } = type;
  if (aliasSymbol !== undefined) {
    // `Record` and `Partial` say how a type is made, and name nothing.
    const isTool = aliasSymbol.declarations?.some((one) =>
      program.isSourceFileDefaultLibrary(one.getSourceFile()),
    );
    return isTool === true ? undefined : aliasSymbol;
  }
  const symbol = type.getSymbol();
  const named =
    ts.SymbolFlags.Interface |
    ts.SymbolFlags.Class |
    ts.SymbolFlags.RegularEnum |
    ts.SymbolFlags.ConstEnum;
  return symbol !== undefined && (symbol.flags & named) !== 0 ? symbol : undefined;
}

/** What a type is called: `Page`, and of a `Page<Card>` also what is on it, `PageOfCard`. */
export function shapeName(project: Project, type: TS.Type): string | undefined {
  const name = namingSymbol(project, type)?.name;
  // TypeScript's own names for what has none: `__type`, `default`, and texts that are no names.
  if (name === undefined || name === 'default' || !/^(?!__)[\p{L}$_][\p{L}\p{N}$_]*$/u.test(name)) {
    return undefined;
  }
  const args =
    type.aliasSymbol === undefined ? typeArguments(project, type) : type.aliasTypeArguments;
  const names = (args ?? []).flatMap((arg) => namingSymbol(project, arg)?.name ?? []);
  return names.length === 0 ? name : `${name}Of${names.join('And')}`;
}

function typeArguments({ ts, checker }: Project, type: TS.Type): readonly TS.Type[] {
  const { objectFlags, target } = type as Partial<TS.TypeReference>;
  const isReference = ((objectFlags ?? 0) & ts.ObjectFlags.Reference) !== 0;
  // A class is a reference to itself; its last argument is `this`.
  return isReference && target !== type
    ? checker.getTypeArguments(type as TS.TypeReference).slice(0, target?.typeParameters?.length)
    : [];
}
