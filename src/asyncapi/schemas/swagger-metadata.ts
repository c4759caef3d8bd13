import {
  SWAGGER_EXTRA_MODELS,
  SWAGGER_METADATA_FACTORY,
  SWAGGER_PROPERTIES,
  SWAGGER_PROPERTY,
  SWAGGER_SCHEMA,
} from '../../support/nest-metadata.js';
import { isRecord } from '../../support/is-record.js';

/** What `@ApiProperty` says of a property, as it was written. */
export type SwaggerProperty = Readonly<Record<string, unknown>>;

/** The properties of a class with `@ApiProperty`, its own or by the compiler plugin, inherited ones too. */
export function swaggerProperties(type: {
  readonly prototype: object;
}): Map<string, SwaggerProperty> {
  const { prototype } = type;
  const found = new Map<string, SwaggerProperty>();
  const names: unknown = Reflect.getMetadata(SWAGGER_PROPERTIES, prototype);
  for (const marked of Array.isArray(names) ? names : []) {
    // A symbol stands there as it is; names begin with a colon.
    if (typeof marked !== 'string') continue;
    const name = marked.slice(1);
    if (name.startsWith('Symbol(') || isMethod(prototype, name)) continue;
    const property: unknown = Reflect.getMetadata(SWAGGER_PROPERTY, prototype, name);
    if (isRecord(property)) found.set(name, property);
  }
  for (const [name, property] of pluginProperties(type)) {
    found.set(name, { ...property, ...found.get(name) });
  }
  return found;
}

/** The name `@ApiSchema` gives to a class, and what it says beside that. */
export function swaggerSchema(type: object): {
  readonly name: string | undefined;
  readonly keywords: Readonly<Record<string, unknown>>;
} {
  const all: unknown = Reflect.getOwnMetadata(SWAGGER_SCHEMA, type);
  const last: unknown = Array.isArray(all) ? all.at(-1) : undefined;
  const { name, ...keywords }: Record<string, unknown> = isRecord(last) ? last : {};
  return { name: typeof name === 'string' ? name : undefined, keywords };
}

/** The classes that `@ApiExtraModels` names on a class or a method. */
export function swaggerModels(target: object): readonly object[] {
  const found: unknown = Reflect.getMetadata(SWAGGER_EXTRA_MODELS, target);
  return Array.isArray(found) ? found.filter((one) => typeof one === 'function') : [];
}

function pluginProperties(type: object): [string, SwaggerProperty][] {
  const found: [string, SwaggerProperty][] = [];
  for (let at: object | null = type; at !== null; at = Reflect.getPrototypeOf(at)) {
    const factory: unknown = Reflect.getOwnPropertyDescriptor(at, SWAGGER_METADATA_FACTORY)?.value;
    const made: unknown = typeof factory === 'function' ? Reflect.apply(factory, at, []) : {};
    const own = isRecord(made) ? Object.entries(made) : [];
    // Those of base classes come first, and hold where nothing nearer does.
    found.unshift(...own.filter((entry): entry is [string, SwaggerProperty] => isRecord(entry[1])));
  }
  return found;
}

function isMethod(prototype: object, name: string): boolean {
  for (let at: object | null = prototype; at !== null; at = Reflect.getPrototypeOf(at)) {
    const own = Reflect.getOwnPropertyDescriptor(at, name);
    if (own !== undefined) return typeof own.value === 'function';
  }
  return false;
}
