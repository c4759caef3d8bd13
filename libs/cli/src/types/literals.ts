import type TS from 'typescript';
import type { Project } from '../compiler/project.js';
import { plain, type WireType } from './wire-type.js';

/** A text as a literal type, on one line: in single quotes, but for one that holds some and no others. */
export function quoted(text: string): string {
  const inDouble = JSON.stringify(text).replaceAll(/[\u2028\u2029]/g, escaped);
  if (text.includes("'") && !text.includes('"')) return inDouble;
  const inner = inDouble.slice(1, -1).replaceAll(String.raw`\"`, '"');
  return `'${inner.replaceAll("'", String.raw`\'`)}'`;
}

function escaped(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16)}`;
}

/** Types whose names are the same everywhere, and values. */
export function plainTypeOf({ ts, checker }: Project, type: TS.Type): WireType | undefined {
  const { TypeFlags: Flags } = ts;
  const is = (flags: TS.TypeFlags): boolean => (type.flags & flags) !== 0;
  if (is(Flags.Boolean)) return plain('boolean');
  if (type.isUnion()) return undefined;
  if (type.isStringLiteral()) return plain(quoted(type.value));
  if (type.isNumberLiteral()) {
    return plain(Number.isFinite(type.value) ? String(type.value) : 'number');
  }
  if (is(Flags.BooleanLiteral | Flags.TemplateLiteral | Flags.StringMapping)) {
    return plain(checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation));
  }
  const named: readonly (readonly [TS.TypeFlags, string])[] = [
    [Flags.Any, 'any'],
    [Flags.Unknown, 'unknown'],
    [Flags.Never, 'never'],
    [Flags.Undefined | Flags.Void, 'undefined'],
    [Flags.Null, 'null'],
    [Flags.String, 'string'],
    // `Enum` is a member whose value is computed.
    [Flags.Number | Flags.Enum, 'number'],
    [Flags.NonPrimitive, 'object'],
  ];
  const found = named.find(([flags]) => is(flags));
  return found === undefined ? undefined : plain(found[1]);
}
