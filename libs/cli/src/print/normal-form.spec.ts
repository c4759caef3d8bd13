import { expect, it } from '@jest/globals';
import ts from 'typescript';
import { normalForm } from './normal-form.js';

const form = (text: string): string => normalForm(ts, text);

it('is the same for what formatters change', () => {
  const text = "export interface A { 'b': 'c' | 'd'; 'e-f'(data: string): void }";
  const other = `// of another make
export interface A {
    b:
      | "c"
      | "d",
    "e-f"(
      data: string,
    ): void;
}`;
  expect(form(other)).toBe(form(text));
});

it.each([
  ['type A = Card', "type A = 'Card'"],
  ['interface A { b: string }', 'interface A { b?: string }'],
  ['interface A { b: (string | number)[] }', 'interface A { b: string | number[] }'],
  ["interface A { 'b c': 1 }", "interface A { 'b  c': 1 }"],
])('is another one where the types differ: %s and %s', (one, other) => {
  expect(form(one)).not.toBe(form(other));
});
