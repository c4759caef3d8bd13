import { isRecord } from '../../support/is-record.js';
import { optionalPackage } from '../../support/optional-package.js';

/** A rule of class-validator, as far as it is read here. */
export interface ValidationRule {
  readonly type: string;
  /** Of a rule of its own, or of one that was made with `ValidateBy`. */
  readonly name: string | undefined;
  /** Of the class that checks, for `@Validate(Class)`. */
  readonly checker: string | undefined;
  readonly constraints: readonly unknown[];
  /** Whether it is about the items of an array. */
  readonly each: boolean;
}

/** What `@Type` of class-transformer says of a property. */
export interface TransformType {
  readonly type: () => unknown;
  readonly discriminator: Discriminator | undefined;
}

interface Discriminator {
  readonly property: string;
  readonly subTypes: readonly { readonly value: unknown; readonly name: string }[];
}

/** The name that `ValidateBy` gives to what checks. */
const NAMELESS = 'CustomConstraint';
/** `TransformationType.PLAIN_TO_CLASS` of class-transformer. */
const PLAIN_TO_CLASS = 0;

/**
 * What class-validator and class-transformer, both optional peers, know of classes. The storage of the second one
 * is not among its public names: where it is not found, nothing is known of what `@Type` says.
 */
export class ClassMetadata {
  readonly #rules = callIn(optionalPackage('class-validator'), 'getMetadataStorage');
  readonly #types = fieldOf(
    optionalPackage('class-transformer/cjs/storage.js'),
    'defaultMetadataStorage',
  );

  /** The rules of each property, inherited ones too; of all groups, as they hold without groups. */
  rulesOf(type: object): ReadonlyMap<string, readonly ValidationRule[]> {
    const found = callIn(this.#rules, 'getTargetValidationMetadatas', type, '', false, false);
    const rules = new Map<string, ValidationRule[]>();
    for (const rule of Array.isArray(found) ? found : []) {
      const property: unknown = fieldOf(rule, 'propertyName');
      // JSON has no symbols.
      if (typeof property !== 'string') continue;
      rules.set(property, [...(rules.get(property) ?? []), readRule(rule)]);
    }
    return rules;
  }

  transformOf(type: object, property: string): TransformType | undefined {
    const found = callIn(this.#types, 'findTypeMetadata', type, property);
    const make = fieldOf(found, 'typeFunction');
    if (typeof make !== 'function') return undefined;
    return {
      type: () => Reflect.apply(make, undefined, []),
      discriminator: readDiscriminator(fieldOf(fieldOf(found, 'options'), 'discriminator')),
    };
  }

  /** The name a property has on the wire; undefined for one that is not read from there. */
  wireName(type: object, property: string): string | undefined {
    const excluded = fieldOf(callIn(this.#types, 'findExcludeMetadata', type, property), 'options');
    if (isRecord(excluded) && excluded['toPlainOnly'] !== true) return undefined;
    const exposed = fieldOf(callIn(this.#types, 'findExposeMetadata', type, property), 'options');
    const name = fieldOf(exposed, 'toPlainOnly') === true ? undefined : fieldOf(exposed, 'name');
    return typeof name === 'string' ? name : property;
  }

  /** Properties with `@Expose`, which may have no other decorator. */
  exposedBy(type: object): readonly string[] {
    const found = callIn(this.#types, 'getExposedProperties', type, PLAIN_TO_CLASS);
    return Array.isArray(found) ? found.filter((name) => typeof name === 'string') : [];
  }
}

function readRule(rule: unknown): ValidationRule {
  const [type, name, constraints] = ['type', 'name', 'constraints'].map((key) =>
    fieldOf(rule, key),
  );
  const checker = fieldOf(fieldOf(rule, 'constraintCls'), 'name');
  return {
    type: String(type),
    name: typeof name === 'string' ? name : undefined,
    checker: typeof checker === 'string' && checker !== NAMELESS ? checker : undefined,
    constraints: Array.isArray(constraints) ? constraints : [],
    each: fieldOf(rule, 'each') === true,
  };
}

function readDiscriminator(found: unknown): Discriminator | undefined {
  const property = fieldOf(found, 'property');
  const given: unknown = fieldOf(found, 'subTypes');
  const subTypes = (Array.isArray(given) ? given : []).flatMap((one: unknown) => {
    const name = fieldOf(one, 'name');
    return typeof name === 'string' ? [{ name, value: fieldOf(one, 'value') }] : [];
  });
  return typeof property === 'string' ? { property, subTypes } : undefined;
}

function fieldOf(value: unknown, name: string): unknown {
  return isRecord(value) || typeof value === 'function' ? Reflect.get(value, name) : undefined;
}

function callIn(owner: unknown, name: string, ...args: readonly unknown[]): unknown {
  const call = fieldOf(owner, name);
  return typeof call === 'function' ? Reflect.apply(call, owner, args) : undefined;
}
