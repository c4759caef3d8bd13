import { expect, it } from '@jest/globals';
import { assert, property, string } from 'fast-check';
import ts from 'typescript';
import { quoted } from './literals.js';

it('writes a text so that TypeScript reads the same, on one line', () => {
  assert(
    property(string({ unit: 'binary' }), (text) => {
      const { statements } = ts.createSourceFile(
        '',
        `(${quoted(text)})`,
        ts.ScriptTarget.Latest,
        true,
      );
      const [statement] = statements;
      const literals: string[] = [];
      const visit = (node: ts.Node): void => {
        if (ts.isStringLiteral(node)) literals.push(node.text);
        ts.forEachChild(node, visit);
      };
      if (statement !== undefined) visit(statement);
      expect(literals).toEqual([text]);
      expect(quoted(text)).not.toMatch(/[\n\r\u2028\u2029]/);
    }),
  );
});

it('takes the quotes that need no sign before them', () => {
  expect([quoted('a'), quoted("it's"), quoted('say "a"'), quoted(`"it's"`)]).toEqual([
    "'a'",
    `"it's"`,
    `'say "a"'`,
    String.raw`'"it\'s"'`,
  ]);
});
