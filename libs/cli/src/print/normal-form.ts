import type TS from 'typescript';
import type { TypeScript } from '../compiler/typescript.js';

/**
 * A file without what formatters may change: comments, lines, signs between members, quotes. Two files that
 * are the same but for that have the same normal form.
 */
export function normalForm(ts: TypeScript, text: string): string {
  const file = ts.createSourceFile('contract.ts', text, ts.ScriptTarget.Latest);
  const { transformed } = ts.transform(file, [
    (context) => (root) => visit(root, context) as TS.SourceFile,
  ]);
  const printer = ts.createPrinter({ removeComments: true });
  return transformed.map((one) => printer.printFile(one)).join('');

  function visit(node: TS.Node, context: TS.TransformationContext): TS.Node {
    // Made anew, a text has the printer's quotes.
    if (ts.isStringLiteral(node)) return ts.factory.createStringLiteral(node.text);
    if (ts.isPropertyName(node)) return ts.factory.createStringLiteral(node.getText(file));
    return ts.visitEachChild(node, (child) => visit(child, context), context);
  }
}
