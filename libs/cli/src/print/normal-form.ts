import type TS from 'typescript';
import type { TypeScript } from '../compiler/typescript.js';

const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/**
 * A file without what formatters may change: comments, lines, signs between members, quotes. Two files that
 * are the same but for that have the same normal form.
 */
export function normalForm(ts: TypeScript, text: string): string {
  const file = ts.createSourceFile('contract.ts', text, ts.ScriptTarget.Latest, true);
  const { transformed } = ts.transform(file, [
    (context) => (root) => ts.visitEachChild(root, (node) => visit(ts, node, context), context),
  ]);
  const printer = ts.createPrinter({ removeComments: true });
  return transformed.map((one) => printer.printFile(one)).join('');
}

function visit(ts: TypeScript, node: TS.Node, context: TS.TransformationContext): TS.Node {
  if (!ts.isStringLiteral(node)) {
    return ts.visitEachChild(node, (child) => visit(ts, child, context), context);
  }
  const { parent, text } = node;
  const isName =
    (ts.isPropertySignature(parent) || ts.isMethodSignature(parent)) && parent.name === node;
  return isName && NAME.test(text)
    ? ts.factory.createIdentifier(text)
    : ts.factory.createStringLiteral(text, true);
}
