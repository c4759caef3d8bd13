import type TS from 'typescript';
import type { Project } from '../compiler/project.js';

/**
 * The types of a union, put together where they make up one that has a name: `true` and `false`, or all
 * members of an enum.
 */
export function unionParts(project: Project, type: TS.UnionType): readonly TS.Type[] {
  const { ts, checker } = project;
  const parts = new Set(type.types);
  for (const part of type.types) {
    const whole = checker.getBaseTypeOfLiteralType(part);
    const isNamed = (whole.flags & (ts.TypeFlags.Boolean | ts.TypeFlags.EnumLike)) !== 0;
    if (!isNamed || whole === type || !whole.isUnion()) continue;
    if (!whole.types.every((one) => parts.has(one))) continue;
    whole.types.forEach((one) => parts.delete(one));
    parts.add(whole);
  }
  return [...parts];
}
