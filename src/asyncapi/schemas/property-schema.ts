import { ANYTHING, isAnything, withKeywords, type JsonSchema } from './json-schema.js';
import type { TransformType, ValidationRule } from './class-metadata.js';
import { bothOf, refusesNothing, ruleSchema } from './validation-rules.js';

/** What rules say of a property, apart from its type. */
interface RuledProperty {
  readonly schema: JsonSchema;
  /** Whether it may be left out; undefined when the rules do not say. */
  readonly isOptional: boolean | undefined;
}

/** @param base what is known of the property without its rules */
export function ruledSchema(base: JsonSchema, rules: readonly ValidationRule[]): RuledProperty {
  let schema = base;
  let items: JsonSchema = ANYTHING;
  const unsaid: string[] = [];
  for (const rule of rules) {
    if (rule.type !== 'customValidation' && rule.type !== 'isDefined') continue;
    const { schema: said, exact } = ruleSchema(rule.name, rule.constraints);
    if (!exact) unsaid.push(rule.name ?? rule.checker ?? 'custom');
    if (rule.each) items = narrowed(items, said);
    else schema = narrowed(schema, emptied(rule, schema) ?? said);
  }
  if (!isAnything(items) && !('$ref' in schema)) {
    const present = isSchema(schema['items']) ? schema['items'] : ANYTHING;
    schema = { ...schema, type: 'array', items: narrowed(present, items) };
  }
  if (unsaid.length > 0) schema = withKeywords(schema, { 'x-validation': [...new Set(unsaid)] });
  return { schema, isOptional: isOptional(rules) };
}

/** Whether a type alone leaves open what is in it. */
export function isVague(schema: JsonSchema): boolean {
  if (isAnything(schema)) return true;
  return schema['type'] === 'array' && (!isSchema(schema['items']) || isAnything(schema['items']));
}

/** What `@Type` says of a property: its container is what TypeScript wrote down, or what its rules go by. */
export function transformedSchema(
  { type, discriminator }: TransformType,
  designType: unknown,
  rules: readonly ValidationRule[],
  ofType: (type: unknown) => JsonSchema,
): JsonSchema {
  const one =
    discriminator === undefined
      ? ofType(type())
      : {
          oneOf: discriminator.subTypes.map(({ value, name }) => ({
            allOf: [ofType(value)],
            type: 'object',
            properties: { [discriminator.property]: { const: name } },
            required: [discriminator.property],
          })),
          discriminator: discriminator.property,
        };
  if (designType === Map) return { type: 'object', additionalProperties: one };
  const isList = designType === Array || designType === Set || rules.some(({ each }) => each);
  return isList ? { type: 'array', items: one } : one;
}

/** Empty texts are not refused by `@IsString()`, only by this. */
function emptied({ name }: ValidationRule, schema: JsonSchema): JsonSchema | undefined {
  return name === 'isNotEmpty' && schema['type'] === 'string' ? { minLength: 1 } : undefined;
}

/** What rules say holds where it differs from the type: they decide what is taken. */
function narrowed(base: JsonSchema, said: JsonSchema): JsonSchema {
  if (isAnything(said)) return base;
  if (isAnything(base)) return said;
  if ('$ref' in base || 'oneOf' in base) {
    const { type, ...others } = said;
    return type === 'object' || type === undefined ? withKeywords(base, others) : bothOf({}, said);
  }
  const [of, by] = [base['type'], said['type']];
  const isSame = of === undefined || by === undefined || of === by;
  if (isSame || (isNumeric(of) && isNumeric(by))) return bothOf(base, said);
  const { type: _type, format: _format, items: _items, ...others } = base;
  return bothOf(others, said);
}

function isNumeric(type: unknown): boolean {
  return type === 'number' || type === 'integer';
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOptional(rules: readonly ValidationRule[]): boolean | undefined {
  if (rules.length === 0) return undefined;
  if (rules.some(({ type }) => type === 'conditionalValidation')) return true;
  return rules.every(refusesNothing);
}
