/** A type as it is written into a contract: what the wire makes of one of the sources. */
export type WireType =
  | { readonly kind: 'plain'; readonly text: string }
  | { readonly kind: 'list'; readonly item: WireType; readonly isReadonly: boolean }
  | { readonly kind: 'tuple'; readonly items: readonly TupleItem[]; readonly isReadonly: boolean }
  | {
      readonly kind: 'object';
      readonly members: readonly Member[];
      readonly indexes: readonly IndexMember[];
    }
  | { readonly kind: 'union'; readonly types: readonly WireType[] }
  | { readonly kind: 'intersection'; readonly types: readonly WireType[] }
  | { readonly kind: 'shape'; readonly shape: Shape };

export interface TupleItem {
  readonly label: string | undefined;
  readonly type: WireType;
  readonly isOptional: boolean;
  readonly isRest: boolean;
}

export interface Member {
  readonly name: string;
  readonly type: WireType;
  readonly isOptional: boolean;
  readonly isReadonly: boolean;
}

export interface IndexMember {
  /** `string`, `number` or a template of texts. */
  readonly key: string;
  readonly type: WireType;
  readonly isReadonly: boolean;
}

/** A type that may stand by itself under a name, and may hold itself. */
export interface Shape {
  /** What it is called in the sources; `undefined` for one without a name. */
  readonly name: string | undefined;
  body: WireType;
}

export const UNDEFINED: WireType = { kind: 'plain', text: 'undefined' };
export const NULL: WireType = { kind: 'plain', text: 'null' };
export const UNKNOWN: WireType = { kind: 'plain', text: 'unknown' };

export function plain(text: string): WireType {
  return { kind: 'plain', text };
}

/** A union of types that are different, flat; of one it is that one. */
export function union(types: readonly WireType[]): WireType {
  const flat = types.flatMap((type) => (type.kind === 'union' ? type.types : [type]));
  const different = flat.filter(
    (type, index) => flat.findIndex((one) => same(one, type)) === index,
  );
  const [only, more] = different;
  return only !== undefined && more === undefined ? only : { kind: 'union', types: different };
}

function same(a: WireType, b: WireType): boolean {
  if (a === b) return true;
  if (a.kind === 'plain' && b.kind === 'plain') return a.text === b.text;
  return a.kind === 'shape' && b.kind === 'shape' && a.shape === b.shape;
}

/** The type without `undefined`; `undefined` itself where it is nothing else. */
export function withoutUndefined(type: WireType): WireType | undefined {
  if (type.kind !== 'union') return isUndefined(type) ? undefined : type;
  return type.types.some(isUndefined) ? union(type.types.filter((one) => !isUndefined(one))) : type;
}

/** Whether a value may be left out. Anything may be. */
export function mayBeUndefined(type: WireType): boolean {
  if (type.kind === 'union') return type.types.some(mayBeUndefined);
  return isUndefined(type) || (type.kind === 'plain' && /^(any|unknown)$/.test(type.text));
}

function isUndefined(type: WireType): boolean {
  return type.kind === 'plain' && type.text === 'undefined';
}
