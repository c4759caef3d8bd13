import { quoted } from '../types/literals.js';
import type { IndexMember, Member, Shape, TupleItem, WireType } from '../types/wire-type.js';
import { fits, indented } from './layout.js';

/** What a shape is called where it is used; `undefined` for one that stands where it is used. */
export type ShapeNames = (shape: Shape) => string | undefined;

/** A column from which everything stands on one line. */
const ONE_LINE = -Infinity;

/** What a name may be without quotes. */
const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** A type as TypeScript. @param column where it begins, so that it breaks into lines */
export function typeText(type: WireType, names: ShapeNames, column = 0): string {
  switch (type.kind) {
    case 'plain':
      return type.text;
    case 'shape':
      return names(type.shape) ?? typeText(type.shape.body, names, column);
    case 'list': {
      const text = `${partText(type.item, names, column)}[]`;
      return type.isReadonly ? `readonly ${text}` : text;
    }
    case 'tuple': {
      const text = `[${type.items.map((item) => itemText(item, names)).join(', ')}]`;
      return type.isReadonly ? `readonly ${text}` : text;
    }
    case 'object':
      return objectText(type.members, type.indexes, names, column);
    case 'union':
      return unionText(type.types, names, column);
    default:
      return type.types.map((one) => partText(one, names, column)).join(' & ');
  }
}

export function propertyName(name: string): string {
  return NAME.test(name) ? name : quoted(name);
}

/** A text that begins on a line of its own leaves no blank behind what is before it. */
export function joined(head: string, text: string): string {
  return text.startsWith('\n') ? head.trimEnd() + text : head + text;
}

/** In parentheses where something else would be made of it. */
function partText(type: WireType, names: ShapeNames, column: number): string {
  const text = typeText(type, names, column);
  const { kind } = bodyOf(type, names);
  return kind === 'union' || kind === 'intersection' || text.startsWith('readonly ')
    ? `(${text})`
    : text;
}

/** A type as it is written: what stands behind a name that is not used. */
function bodyOf(type: WireType, names: ShapeNames): WireType {
  return type.kind === 'shape' && names(type.shape) === undefined
    ? bodyOf(type.shape.body, names)
    : type;
}

function itemText(item: TupleItem, names: ShapeNames): string {
  const { label, isOptional, isRest } = item;
  const rest = isRest ? '...' : '';
  const list: WireType = { kind: 'list', item: item.type, isReadonly: false };
  const text = typeText(isRest ? list : item.type, names);
  if (label !== undefined) return `${rest}${label}${isOptional ? '?' : ''}: ${text}`;
  return isOptional ? `${partText(item.type, names, 0)}?` : `${rest}${text}`;
}

function objectText(
  members: readonly Member[],
  indexes: readonly IndexMember[],
  names: ShapeNames,
  column: number,
): string {
  // `Record<string, ...>` would not do: an alias may not stand in itself there.
  if (members.length + indexes.length === 0) return 'object';
  const flat = `{ ${memberLines(members, indexes, names, ONE_LINE).join(' ')} }`;
  if (fits(flat, column)) return flat.replace(/; \}$/, ' }');
  return `{\n${indented(memberLines(members, indexes, names, 4).join('\n'))}\n}`;
}

/** Lines of the members of an object. */
export function memberLines(
  members: readonly Member[],
  indexes: readonly IndexMember[],
  names: ShapeNames,
  column: number,
): string[] {
  return [
    ...indexes.map(
      ({ key, type, isReadonly }) =>
        `${readonlyMark(isReadonly)}[key: ${key}]: ${typeText(type, names, column)};`,
    ),
    ...members.map(({ name, type, isOptional, isReadonly }) => {
      const head = `${readonlyMark(isReadonly)}${propertyName(name)}${isOptional ? '?' : ''}: `;
      return `${joined(head, typeText(type, names, column + head.length))};`;
    }),
  ];
}

function readonlyMark(isReadonly: boolean): string {
  return isReadonly ? 'readonly ' : '';
}

/** Sorted, for TypeScript's own order depends on what it has seen before. */
function unionText(types: readonly WireType[], names: ShapeNames, column: number): string {
  const texts = types
    .map((type) => ({ type, text: partOfUnion(type, names, column) }))
    .sort((a, b) => rank(a.text) - rank(b.text) || (a.text < b.text ? -1 : 1))
    .map(({ text }) => text);
  const different = [...new Set(texts)];
  if (different.length === 0) return 'never';
  const flat = different.join(' | ');
  if (fits(flat, column) || different.length === 1) return flat;
  return different.map((text) => `\n  | ${indented(indented(text)).trimStart()}`).join('');
}

function partOfUnion(type: WireType, names: ShapeNames, column: number): string {
  const text = typeText(type, names, column);
  return bodyOf(type, names).kind === 'intersection' ? `(${text})` : text;
}

/** Nothing stands last; numbers stand in their own order. */
function rank(text: string): number {
  if (text === 'null') return Number.MAX_VALUE;
  if (text === 'undefined') return Infinity;
  const value = Number(text);
  return Number.isNaN(value) ? 0 : value;
}
