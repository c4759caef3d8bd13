import type { Shape, WireType } from '../types/wire-type.js';
import { typeText, type ShapeNames } from './type-text.js';
import { uniqueName } from '../contract/unique-name.js';

/** A shape that is declared under a name of its own. */
export interface Declared {
  readonly name: string;
  readonly body: WireType;
}

interface SharedShapes {
  readonly names: ShapeNames;
  readonly declared: readonly Declared[];
}

/** Names that mean something else in a contract. */
const RESERVED =
  'any unknown never undefined null string number boolean object bigint symbol void Date Uint8Array'.split(
    ' ',
  );

/** What a shape without a name is called when it needs one. */
const NAMELESS = 'Shape';

/**
 * Finds the shapes that need names: those that are used several times, or hold themselves. Others are
 * written where they are used. Shapes of one name that are the same are one, wherever they came from.
 *
 * @param roots the types of all contracts
 * @param taken names that are given already
 */
export function shareShapes(roots: readonly WireType[], taken: Iterable<string>): SharedShapes {
  const shapes = collect(roots);
  const classes = alike(shapes);
  const classOf = (shape: Shape): Shape => classes.get(shape) ?? shape;
  const distinct = [...new Set(shapes.map(classOf))];

  const uses = new Map<Shape, number>();
  const count = (type: WireType): void => {
    for (const shape of directShapes(type)) {
      const known = classOf(shape);
      uses.set(known, (uses.get(known) ?? 0) + 1);
    }
  };
  roots.forEach(count);
  for (const { body } of distinct) count(body);

  const names = new Map<Shape, string>();
  const used = new Set([...taken, ...RESERVED]);
  // Those that have no name get one only where no named one stands between them and themselves.
  const [named, nameless] = [true, false].map((is) =>
    distinct.filter(({ name }) => (name !== undefined) === is),
  );
  for (const shape of [...(named ?? []), ...(nameless ?? [])]) {
    const isShared = shape.name !== undefined && (uses.get(shape) ?? 0) > 1;
    const isEnd = (one: Shape): boolean => shape.name === undefined && names.has(one);
    if (!isShared && !holdsItself(shape, classOf, isEnd)) continue;
    names.set(shape, uniqueName(shape.name ?? NAMELESS, used));
  }
  const declared = [...names].map(([shape, name]) => ({ name, body: shape.body }));
  return {
    names: (shape) => names.get(classOf(shape)),
    declared: declared.sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** All shapes behind the types, in the order in which they are met. */
function collect(roots: readonly WireType[]): Shape[] {
  const found = new Set<Shape>();
  const waiting = roots.flatMap(directShapes);
  for (const shape of waiting) {
    if (found.has(shape)) continue;
    found.add(shape);
    waiting.push(...directShapes(shape.body));
  }
  return [...found];
}

/** The shapes that a type names itself, not those behind them; as often as it does. */
function directShapes(type: WireType): Shape[] {
  switch (type.kind) {
    case 'plain':
      return [];
    case 'shape':
      return [type.shape];
    case 'list':
      return directShapes(type.item);
    case 'tuple':
      return type.items.flatMap((item) => directShapes(item.type));
    case 'object':
      return [...type.members, ...type.indexes].flatMap((member) => directShapes(member.type));
    default:
      return type.types.flatMap(directShapes);
  }
}

/**
 * One shape for all that are called alike and hold the same. They are taken for the same as long as
 * nothing tells them apart, so that those which hold each other are found, too.
 */
function alike(shapes: readonly Shape[]): Map<Shape, Shape> {
  let classes = new Map<Shape, number>();
  let count = 0;
  for (;;) {
    const known = classes;
    const numbers = new Map<string, number>();
    const next = new Map<Shape, number>();
    for (const shape of shapes) {
      const inner = typeText(shape.body, (one) => `#${known.get(one) ?? `${one.name}`}`);
      const key = `${shape.name}\n${known.get(shape) ?? ''}\n${inner}`;
      const number = numbers.get(key) ?? numbers.size;
      numbers.set(key, number);
      next.set(shape, number);
    }
    classes = next;
    if (numbers.size === count) break;
    count = numbers.size;
  }
  const first = new Map<number, Shape>();
  return new Map(
    shapes.map((shape) => {
      const number = classes.get(shape) ?? -1;
      const one = first.get(number) ?? shape;
      first.set(number, one);
      return [shape, one];
    }),
  );
}

/** @param isEnd whether a shape is not looked into */
function holdsItself(
  shape: Shape,
  classOf: (shape: Shape) => Shape,
  isEnd: (shape: Shape) => boolean,
): boolean {
  const seen = new Set<Shape>();
  const waiting = directShapes(shape.body).map(classOf);
  for (const one of waiting) {
    if (one === shape) return true;
    if (seen.has(one) || isEnd(one)) continue;
    seen.add(one);
    waiting.push(...directShapes(one.body).map(classOf));
  }
  return false;
}
