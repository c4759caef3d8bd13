import { isRecord } from '../../support/is-record.js';
import { isClass } from './api-type.js';
import { ClassMetadata } from './class-metadata.js';
import type { Gaps } from './gaps.js';
import {
  ANYTHING,
  isAnything,
  objectSchema,
  refTo,
  SCHEMAS,
  withKeywords,
  type JsonSchema,
} from './json-schema.js';
import { isVague, ruledSchema, transformedSchema } from './property-schema.js';
import {
  isStandardSchema,
  readStandardSchema,
  type Direction,
  type StandardSchema,
} from './standard-schema.js';
import {
  swaggerModels,
  swaggerProperties,
  swaggerSchema,
  type SwaggerProperty,
} from './swagger-metadata.js';
import { swaggerSchemaOf, type Resolver } from './swagger-schema.js';
import { UniqueNames } from './unique-names.js';

type AnyClass = { readonly name: string; readonly prototype: object };

/** Types of JavaScript, as they look in JSON. */
const BUILT_IN: ReadonlyMap<unknown, JsonSchema> = new Map<unknown, JsonSchema>([
  [String, { type: 'string' }],
  [Number, { type: 'number' }],
  [Boolean, { type: 'boolean' }],
  [Date, { type: 'string', format: 'date-time' }],
  [Array, { type: 'array' }],
  [Set, { type: 'array' }],
  ...[Object, Map, Promise, Buffer, Uint8Array, BigInt, Symbol, Function].map(
    (type) => [type, ANYTHING] as const,
  ),
]);

/** The schemas of a document: each class is written once, under a name of its own. */
export class Schemas {
  /** What stands under `components.schemas`. */
  readonly components = new Map<string, JsonSchema>();
  readonly #metadata = new ClassMetadata();
  readonly #names = new UniqueNames();
  readonly #written = new Map<object, JsonSchema>();
  readonly #standards = {
    input: new Map<object, JsonSchema>(),
    output: new Map<object, JsonSchema>(),
  };
  readonly #shared = new Map<string, JsonSchema>();
  /** By the names that references of `@ApiProperty` use. */
  readonly #models = new Map<string, AnyClass>();
  readonly #gaps: Gaps;

  constructor(gaps: Gaps) {
    this.#gaps = gaps;
  }

  /** Puts a schema of our own under a name; the same one may come several times. */
  share(name: string, make: () => JsonSchema): JsonSchema {
    const shared = this.#shared.get(name) ?? this.#put(name, make());
    this.#shared.set(name, shared);
    return shared;
  }

  /** Classes that are named by references: those of `@ApiExtraModels` on a gateway or a method. */
  knowModels(target: object): void {
    for (const model of swaggerModels(target)) {
      if (isClass(model)) this.#models.set(swaggerSchema(model).name ?? model.name, model);
    }
  }

  /**
   * @param type as `ApiType` says; anything else says nothing
   * @param name what a schema is called that has to have a name
   */
  of(type: unknown, name: string, direction: Direction = 'input'): JsonSchema {
    if (Array.isArray(type)) {
      return { type: 'array', items: this.of(type[0], name, direction) };
    }
    if (isStandardSchema(type)) return this.#standard(type, name, direction);
    const builtIn = BUILT_IN.get(type);
    if (builtIn !== undefined) return builtIn;
    if (isClass(type)) return this.#class(type, direction);
    if (typeof type === 'function')
      return this.of(Reflect.apply(type, undefined, []), name, direction);
    return isRecord(type) ? (this.#written.get(type) ?? this.#given(type, name)) : ANYTHING;
  }

  #class(type: AnyClass, direction: Direction): JsonSchema {
    const written = this.#written.get(type);
    if (written !== undefined) return written;
    // Classes that libraries make of a schema have it as a static property.
    const made: unknown = Reflect.get(type, 'schema');
    if (isStandardSchema(made)) {
      const schema = this.#standard(made, type.name, direction);
      return this.#keep(type, '$ref' in schema ? schema : this.#put(type.name, schema));
    }
    this.knowModels(type);
    const { name = type.name, keywords } = swaggerSchema(type);
    this.#models.set(name, type);
    const properties = swaggerProperties(type);
    const rules = this.#metadata.rulesOf(type);
    const exposed = this.#metadata.exposedBy(type);
    const names = new Set([...properties.keys(), ...rules.keys(), ...exposed]);
    // No message has it: the codecs leave it out, and readers of documents take it for something else.
    names.delete('__proto__');
    if (names.size === 0) return this.#keep(type, ANYTHING);
    const unique = this.#names.take(name);
    // Before its properties, for one of them may be of this class.
    const reference = this.#keep(type, refTo(unique));
    this.components.set(unique, ANYTHING);
    const required: string[] = [];
    const members = new Map<string, JsonSchema>();
    for (const property of names) {
      const said = properties.get(property);
      const exposedAs = this.#metadata.wireName(type, property);
      if (exposedAs === undefined) continue;
      const wireName = typeof said?.['name'] === 'string' ? said['name'] : exposedAs;
      const { schema, isOptional = said === undefined } = this.#property(
        type,
        property,
        said,
        rules.get(property) ?? [],
      );
      members.set(wireName, schema);
      const isLeftOut = said?.['required'] === false || said?.['selfRequired'] === false;
      if (!isOptional && !isLeftOut) required.push(wireName);
    }
    this.components.set(unique, {
      title: name,
      ...withKeywords(objectSchema({ properties: members, required }), keywords),
    });
    return reference;
  }

  #property(
    type: AnyClass,
    property: string,
    said: SwaggerProperty | undefined,
    rules: Parameters<typeof ruledSchema>[1],
  ): ReturnType<typeof ruledSchema> {
    const place = `${type.name}.${property}`;
    const ofType = (inner: unknown): JsonSchema => this.of(inner, place);
    const design: unknown = Reflect.getMetadata('design:type', type.prototype, property);
    let schema = said === undefined ? ofType(design) : swaggerSchemaOf(said, this.#resolver(place));
    const transform = this.#metadata.transformOf(type, property);
    const isOneOfSeveral = transform?.discriminator !== undefined && said === undefined;
    if (transform !== undefined && (isOneOfSeveral || isVagueBeside(schema))) {
      schema = withKeywords(
        transformedSchema(transform, design, rules, ofType),
        keywordsOf(schema),
      );
    }
    const ruled = ruledSchema(schema, rules);
    if (isVague(ruled.schema)) {
      const what = isAnything(ruled.schema) ? 'its type' : 'the type of its items';
      this.#gaps.add({ place, what, expected: '@ApiProperty({ type }) or @Type(() => Class)' });
    }
    return ruled;
  }

  #resolver(place: string): Resolver {
    return {
      ofType: (type) => this.of(type, place),
      ofName: (name) => {
        const model = this.#models.get(name);
        if (model !== undefined) return this.of(model, place);
        const expected = `@ApiExtraModels(${name}) on the class`;
        this.#gaps.add({ place, what: `the model ${name}`, expected });
        return ANYTHING;
      },
    };
  }

  #standard(schema: StandardSchema, name: string, direction: Direction): JsonSchema {
    const written = this.#standards[direction].get(schema);
    if (written !== undefined) return written;
    const read = readStandardSchema(schema, direction);
    const made = read === undefined ? ANYTHING : this.#hoisted(read, name);
    this.#standards[direction].set(schema, made);
    return made;
  }

  #given(schema: object, name: string): JsonSchema {
    return this.#keep(schema, this.#hoisted({ ...schema }, name));
  }

  /** References inside of a schema are to the schema itself: it gets a place of its own where it has any. */
  #hoisted(schema: JsonSchema, name: string): JsonSchema {
    if (!/"\$ref":\s*"#(?!\/components\/)/.test(JSON.stringify(schema))) return schema;
    const { title } = schema;
    const unique = this.#names.take(typeof title === 'string' ? title : name);
    this.components.set(unique, ANYTHING);
    this.components.set(unique, movedTo(unique, schema));
    return refTo(unique);
  }

  #put(name: string, schema: JsonSchema): JsonSchema {
    const unique = this.#names.take(name);
    this.components.set(unique, schema);
    return refTo(unique);
  }

  #keep(type: object, schema: JsonSchema): JsonSchema {
    this.#written.set(type, schema);
    return schema;
  }
}

/** Keywords of `@ApiProperty`, where it leaves the type open. */
function keywordsOf({ type: _type, items: _items, ...keywords }: JsonSchema): JsonSchema {
  return keywords;
}

function isVagueBeside(schema: JsonSchema): boolean {
  const { type, items, $ref, enum: members, anyOf, oneOf, allOf } = schema;
  if ([$ref, members, anyOf, oneOf, allOf].some((said) => said !== undefined)) return false;
  return type === undefined || (type === 'array' && (items === undefined || isEmpty(items)));
}

function isEmpty(value: unknown): boolean {
  return isRecord(value) && Object.keys(value).length === 0;
}

/** Local references, from `#/…` to where the schema stands now. */
function movedTo(name: string, value: JsonSchema): JsonSchema {
  const moved = Object.entries(value).map(([key, inner]): [string, unknown] => {
    const isLocal =
      key === '$ref' && typeof inner === 'string' && /^#(?!\/components\/)/.test(inner);
    return [key, isLocal ? `${SCHEMAS}${name}${inner.slice(1)}` : movedValue(name, inner)];
  });
  return Object.fromEntries(moved);
}

function movedValue(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => movedValue(name, one));
  return isRecord(value) ? movedTo(name, value) : value;
}
