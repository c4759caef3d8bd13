import type TS from 'typescript';
import { isOwnFile } from '../compiler/own-file.js';
import type { Project } from '../compiler/project.js';

/** What this package sends by itself is the wire's, and not looked into. */
const PACKAGE = 'nestwire';

/** Which classes, functions and values of an application name which others. */
export class UsedDeclarations {
  readonly #project: Project;
  readonly #named = new Map<TS.Declaration, ReadonlySet<TS.Declaration>>();

  constructor(project: Project) {
    this.#project = project;
  }

  /**
   * What a class is made of, itself among it: what it extends, injects, calls or names otherwise, and what that
   * names in turn.
   * @param others classes that stand for themselves, and are left out
   */
  from(start: TS.Declaration, others: ReadonlySet<TS.Node>): ReadonlySet<TS.Declaration> {
    const used = new Set([start]);
    // What is added while it is gone through is gone through as well.
    for (const declaration of used) {
      for (const named of this.#namedBy(declaration)) if (!others.has(named)) used.add(named);
    }
    return used;
  }

  #namedBy(declaration: TS.Declaration): ReadonlySet<TS.Declaration> {
    const known = this.#named.get(declaration);
    if (known !== undefined) return known;
    const { ts } = this.#project;
    const named = new Set<TS.Declaration>();
    const visit = (node: TS.Node): void => {
      if (ts.isIdentifier(node)) for (const one of this.#declarationsOf(node)) named.add(one);
      ts.forEachChild(node, visit);
    };
    ts.forEachChild(declaration, visit);
    this.#named.set(declaration, named);
    return named;
  }

  #declarationsOf(name: TS.Identifier): readonly TS.Declaration[] {
    const { ts, checker } = this.#project;
    const symbol = checker.getSymbolAtLocation(name);
    if (symbol === undefined || this.#isOfPackage(symbol)) return [];
    const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
    const { declarations = [] } = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
    return declarations.filter(
      (one) =>
        (ts.isClassLike(one) || ts.isFunctionDeclaration(one) || ts.isVariableDeclaration(one)) &&
        isOwnFile(this.#project, one.getSourceFile()),
    );
  }

  #isOfPackage({ declarations = [] }: TS.Symbol): boolean {
    const { ts } = this.#project;
    return declarations.some((declaration) => {
      if (!ts.isImportSpecifier(declaration)) return false;
      const { moduleSpecifier } = declaration.parent.parent.parent;
      return ts.isStringLiteral(moduleSpecifier) && moduleSpecifier.text.split('/')[0] === PACKAGE;
    });
  }
}
