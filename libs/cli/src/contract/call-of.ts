import type { DataPart, HandlerSource } from '../gateways/handler-source.js';
import { quoted } from '../types/literals.js';
import type { Direction, Place } from '../types/place.js';
import type { WireTypes } from '../types/wire-types.js';
import {
  mayBeUndefined,
  union,
  UNDEFINED,
  withoutUndefined,
  UNKNOWN,
  type Member,
  type WireType,
} from '../types/wire-type.js';
import type { Call, Given } from './contract.js';

/** A handler as clients see it. */
export function callOf(types: WireTypes, { event, node, data, answer }: HandlerSource): Call {
  const place = (of: string, direction: Direction): Place => ({
    node,
    of: `the ${of} of ${quoted(event)}`,
    trail: '',
    direction,
    within: [],
  });
  const given = data.map((part) => ({
    part,
    type: types.of(part.type, { ...place('data', 'in'), node: part.node }),
  }));
  const answers = answer.types.map((type) =>
    types.of(type, place(answer.isStream ? 'items' : 'answer', 'out')),
  );
  return {
    name: event,
    data: dataOf(given),
    answer: answers.length === 0 ? UNDEFINED : union(answers),
  };
}

interface TypedPart {
  readonly part: DataPart;
  readonly type: WireType;
}

/** The data that all parameters together take. */
function dataOf(parts: readonly TypedPart[]): Given | undefined {
  const whole = parts.filter(({ part }) => part.property === undefined);
  const members = membersOf(parts).filter(
    ({ name }) => !whole.some(({ type }) => hasMember(type, name)),
  );
  const object: WireType = { kind: 'object', members, indexes: [] };
  const types = [...whole.map(({ type }) => type), ...(members.length === 0 ? [] : [object])];
  const [only, more] = types;
  if (only === undefined) return undefined;
  const isOptional =
    members.every((member) => member.isOptional) &&
    whole.every(({ part, type }) => part.isOptional || mayBeUndefined(type));
  const defined = types.flatMap((type) => withoutUndefined(type) ?? []);
  if (defined.length === 0) return undefined;
  return {
    type: more === undefined ? (defined[0] ?? UNKNOWN) : { kind: 'intersection', types: defined },
    isOptional,
  };
}

function membersOf(parts: readonly TypedPart[]): Member[] {
  const members = new Map<string, Member>();
  for (const { part, type } of parts) {
    const { property } = part;
    if (property === undefined || members.has(property)) continue;
    const isOptional = part.isOptional || mayBeUndefined(type);
    members.set(property, {
      name: property,
      type: withoutUndefined(type) ?? UNKNOWN,
      isOptional,
      isReadonly: false,
    });
  }
  return [...members.values()];
}

function hasMember(type: WireType, name: string): boolean {
  if (type.kind === 'shape') return hasMember(type.shape.body, name);
  return type.kind === 'object' && type.members.some((member) => member.name === name);
}
