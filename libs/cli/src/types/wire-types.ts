import type TS from 'typescript';
import type { Project } from '../compiler/project.js';
import type { Codec } from './codec.js';
import { plainTypeOf } from './literals.js';
import { isReadonly, sentMembers } from './object-members.js';
import { inside, type Place } from './place.js';
import { refusalOf } from './refused-types.js';
import { namingSymbol, shapeName } from './shape-name.js';
import { unionParts } from './union-parts.js';
import {
  mayBeUndefined,
  NULL,
  plain,
  UNDEFINED,
  union,
  UNKNOWN,
  withoutUndefined,
  type IndexMember,
  type Shape,
  type WireType,
} from './wire-type.js';

/** How often a generic type may stand in itself: one that grows has no end. */
const MAX_WITHIN = 8;
/** Types in one another. */
const MAX_DEPTH = 200;

/** Wrappers that are written as what they hold. */
const UNWRAPPED: ReadonlyMap<string, string> = new Map([
  ['String', 'string'],
  ['Number', 'number'],
  ['Boolean', 'boolean'],
  ['Object', 'object'],
]);

/** Turns types of the sources into those of the wire. */
export class WireTypes {
  readonly #project: Project;
  readonly #codec: Codec;
  readonly #shapes = { in: new Map<TS.Type, Shape>(), out: new Map<TS.Type, Shape>() };

  constructor(project: Project, codec: Codec) {
    this.#project = project;
    this.#codec = codec;
  }

  /** Tells the project's problems what cannot be said; the type is `unknown` then. */
  of(type: TS.Type, place: Place): WireType {
    const { ts, checker } = this.#project;
    if (place.within.length > MAX_DEPTH) return this.#refuse(type, place, 'which has no end');
    const { flags } = type;
    // TypeScript calls this `any`, too; it is what an import that fails gives.
    const isBroken = (type as { intrinsicName?: string }).intrinsicName === 'error';
    if (isBroken) return this.#refuse(type, place, 'which TypeScript cannot find', 'not known');
    const known = plainTypeOf(this.#project, type);
    if (known !== undefined) return known;
    if (type.isUnion()) return this.#union(type, place);
    if ((flags & ts.TypeFlags.BigIntLike) !== 0) {
      return this.#refuse(
        type,
        place,
        'which the wire does not carry, expected a number or a text',
      );
    }
    if ((flags & ts.TypeFlags.ESSymbolLike) !== 0) {
      return this.#refuse(type, place, 'which the wire does not carry, expected a text');
    }
    if (type.isIntersection()) {
      // What marks a text as one of a kind is not there when the program runs.
      const value = type.types.map((one) => plainTypeOf(this.#project, one)).find(isValue);
      if (value !== undefined) return value;
    } else if ((flags & ts.TypeFlags.Object) === 0) {
      const bound = checker.getBaseConstraintOfType(type);
      return bound === undefined || bound === type ? UNKNOWN : this.of(bound, place);
    }
    return this.#object(type, place);
  }

  #union(type: TS.UnionType, place: Place): WireType {
    const { ts } = this.#project;
    const parts = unionParts(this.#project, type);
    const body = (next: Place): WireType => union(parts.map((part) => this.of(part, next)));
    // What may be left out is said where it stands.
    const nothing = ts.TypeFlags.Undefined | ts.TypeFlags.Void;
    const isOptional = parts.some(({ flags }) => (flags & nothing) !== 0);
    return isOptional ? body(place) : this.#named(type, place, body);
  }

  #object(type: TS.Type, place: Place): WireType {
    const { checker } = this.#project;
    if (this.#listOf(type) !== undefined) {
      // Only what was declared under a name can hold itself.
      const name = namingSymbol(this.#project, type)?.name ?? 'Array';
      return !/^(Readonly)?Array$/.test(name)
        ? this.#named(type, place, (next) => this.#list(type, next))
        : this.#list(type, place);
    }
    const name = type.getSymbol()?.name ?? '';
    const isBuiltIn = refusalOf(this.#project, type, this.#codec) !== undefined;
    if (isBuiltIn) {
      const unwrapped = UNWRAPPED.get(name);
      if (unwrapped !== undefined) return plain(unwrapped);
      if (this.#codec === 'msgpack' && name === 'Date') return plain('Date');
    }
    if (this.#codec === 'msgpack' && this.#isBytes(type)) return plain('Uint8Array');
    const own = this.#ownForm(type);
    if (own !== undefined) return this.of(own, place);
    if (type.getCallSignatures().length + type.getConstructSignatures().length > 0) {
      return this.#refuse(type, place, 'which the wire does not carry: it is a function');
    }
    const refusal = refusalOf(this.#project, type, this.#codec);
    if (refusal !== undefined) return this.#refuse(type, place, refusal);
    if (checker.getPropertyOfType(type, 'then') !== undefined) {
      return this.#refuse(type, place, 'which is not waited for, expected what it resolves to');
    }
    return this.#named(type, place, (next) => this.#members(type, next));
  }

  /** The array or tuple that a type is, or extends. */
  #listOf(type: TS.Type): TS.TypeReference | undefined {
    const { checker } = this.#project;
    const bases = type.isClassOrInterface() ? checker.getBaseTypes(type) : [];
    const list = [type, ...bases].find(
      (one) => checker.isArrayType(one) || checker.isTupleType(one),
    );
    return list as TS.TypeReference | undefined;
  }

  #list(type: TS.Type, place: Place): WireType {
    const { checker } = this.#project;
    const list = this.#listOf(type);
    if (list === undefined) return UNKNOWN;
    if (checker.isTupleType(list)) return this.#tuple(list as TS.TupleTypeReference, place);
    const [item = list] = checker.getTypeArguments(list);
    return {
      kind: 'list',
      item: nullForUndefined(this.of(item, inside(place, '[]'))),
      isReadonly: list.symbol.name === 'ReadonlyArray',
    };
  }

  #tuple(type: TS.TupleTypeReference, place: Place): WireType {
    const { ts, checker } = this.#project;
    const { elementFlags, labeledElementDeclarations: labels, readonly } = type.target;
    const items = checker.getTypeArguments(type).map((item, index) => {
      const flags = elementFlags[index] ?? ts.ElementFlags.Required;
      const isOptional = (flags & ts.ElementFlags.Optional) !== 0;
      const isRest = (flags & ts.ElementFlags.Variable) !== 0;
      const found = this.of(item, inside(place, `[${index}]`));
      const label = labels?.[index]?.name;
      return {
        label: label !== undefined && ts.isIdentifier(label) ? label.text : undefined,
        type: isOptional ? (withoutUndefined(found) ?? NULL) : nullForUndefined(found),
        isOptional,
        isRest,
      };
    });
    return { kind: 'tuple', items, isReadonly: readonly };
  }

  #members(type: TS.Type, place: Place): WireType {
    const { ts, checker } = this.#project;
    const sent = sentMembers(this.#project, type, place.direction);
    const members = sent.flatMap((member) => {
      const { name, symbol, declaration } = member;
      const found = this.of(
        checker.getTypeOfSymbol(symbol),
        inside(place, `.${name}`, declaration),
      );
      const rest = withoutUndefined(found);
      // A member that is never there.
      if (rest === undefined) return [];
      const isOptional =
        (symbol.flags & ts.SymbolFlags.Optional) !== 0 || (rest !== found && mayBeUndefined(found));
      return [{ name, type: rest, isOptional, isReadonly: isReadonly(this.#project, member) }];
    });
    return { kind: 'object', members, indexes: this.#indexes(type, place) };
  }

  #indexes(type: TS.Type, place: Place): IndexMember[] {
    const { ts, checker } = this.#project;
    return checker.getIndexInfosOfType(type).flatMap((info) => {
      if ((info.keyType.flags & ts.TypeFlags.ESSymbol) !== 0) return [];
      const key = checker.typeToString(info.keyType);
      const found = this.of(info.type, inside(place, `[${key}]`, info.declaration));
      return [{ key, type: withoutUndefined(found) ?? NULL, isReadonly: info.isReadonly }];
    });
  }

  /** What an object says itself is written of it: of a date and of a `Buffer`, for instance. */
  #ownForm(type: TS.Type): TS.Type | undefined {
    const { checker } = this.#project;
    const property = checker.getPropertyOfType(type, 'toJSON');
    const form = property && checker.getTypeOfSymbol(property).getCallSignatures()[0];
    const returned = form?.getReturnType();
    return returned === type ? undefined : returned;
  }

  #isBytes(type: TS.Type): boolean {
    const { checker } = this.#project;
    const names = [type, ...(type.isClassOrInterface() ? checker.getBaseTypes(type) : [])];
    return names.some((one) => /^(Buffer|Uint8Array)$/.test(one.getSymbol()?.name ?? ''));
  }

  /** Once for each type, so that one may hold itself. */
  #named(type: TS.Type, place: Place, body: (place: Place) => WireType): WireType {
    const shapes = this.#shapes[place.direction];
    const known = shapes.get(type);
    if (known !== undefined) return { kind: 'shape', shape: known };
    const symbol = namingSymbol(this.#project, type);
    const around = place.within.filter((one) => one === symbol).length;
    if (symbol !== undefined && around > MAX_WITHIN) {
      return this.#refuse(
        type,
        place,
        'which has no end: it stands in itself as another type each time',
      );
    }
    const shape: Shape = { name: shapeName(this.#project, type), body: UNKNOWN };
    shapes.set(type, shape);
    const marker = symbol ?? type.symbol;
    shape.body = body({ ...place, within: marker ? [...place.within, marker] : place.within });
    return { kind: 'shape', shape };
  }

  #refuse(type: TS.Type, place: Place, why: string, name?: string): WireType {
    const { checker, problems } = this.#project;
    const text = name ?? checker.typeToString(type);
    const where =
      place.trail === '' ? place.of : `${place.trail.replace(/^\./, '')} of ${place.of}`;
    problems.add(place.node, `Cannot write the contract: ${where} is ${text}, ${why}`);
    return UNKNOWN;
  }
}

function nullForUndefined(type: WireType): WireType {
  const rest = withoutUndefined(type);
  if (rest === type) return type;
  return rest === undefined ? NULL : union([rest, NULL]);
}

function isValue(type: WireType | undefined): type is WireType {
  return type?.kind === 'plain' && type.text !== 'object' && type !== UNDEFINED;
}
