import { oneOf, type JsonSchema } from './json-schema.js';

/** What a rule of class-validator was given. */
type Constraints = readonly unknown[];
type Rule = (constraints: Constraints) => JsonSchema;

const STRING: JsonSchema = { type: 'string' };
const NUMBER: JsonSchema = { type: 'number' };
const ARRAY: JsonSchema = { type: 'array' };
const DATE: JsonSchema = { type: 'string', format: 'date-time' };

const always =
  (schema: JsonSchema): Rule =>
  () =>
    schema;

/** Rules that a schema says as they are, by their names in class-validator. */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['isString', always(STRING)],
  ['isNumber', always(NUMBER)],
  ['isInt', always({ type: 'integer' })],
  ['isBoolean', always({ type: 'boolean' })],
  ['isObject', always({ type: 'object' })],
  ['isNotEmptyObject', always({ type: 'object', minProperties: 1 })],
  ['isArray', always(ARRAY)],
  ['isDate', always(DATE)],
  ['minDate', always(DATE)],
  ['maxDate', always(DATE)],
  ['isEnum', ([entity, values]) => enumOf(Array.isArray(values) ? values : enumValues(entity))],
  ['isIn', ([values]) => enumOf(values)],
  ['isNotIn', ([values]) => without(enumOf(values))],
  ['equals', ([value]) => constOf(value)],
  ['notEquals', ([value]) => without(constOf(value))],
  ['min', ([least]) => ({ type: 'number', ...limit('minimum', least) })],
  ['max', ([most]) => ({ type: 'number', ...limit('maximum', most) })],
  ['isPositive', always({ type: 'number', exclusiveMinimum: 0 })],
  ['isNegative', always({ type: 'number', exclusiveMaximum: 0 })],
  ['isDivisibleBy', ([by]) => ({ type: 'number', ...divisor(by) })],
  ['minLength', ([least]) => ({ ...STRING, ...limit('minLength', least) })],
  ['maxLength', ([most]) => ({ ...STRING, ...limit('maxLength', most) })],
  [
    'isLength',
    ([least, most]) => ({ ...STRING, ...limit('minLength', least), ...limit('maxLength', most) }),
  ],
  ['matches', ([pattern, flags]) => ({ ...STRING, ...patternOf(pattern, flags) })],
  ['contains', ([part]) => ({ ...STRING, pattern: literal(part) })],
  ['notContains', ([part]) => ({ ...STRING, not: { pattern: literal(part) } })],
  ['isEmail', always({ ...STRING, format: 'email' })],
  ['isUuid', always({ ...STRING, format: 'uuid' })],
  ['isFqdn', always({ ...STRING, format: 'hostname' })],
  ['isIp', ([version]) => ({ ...STRING, ...ipFormat(version) })],
  ['isRFC3339', always(DATE)],
  ['isJson', always({ ...STRING, contentMediaType: 'application/json' })],
  ['isBooleanString', always({ ...STRING, enum: ['true', 'false', '1', '0'] })],
  ['arrayMinSize', ([least]) => ({ ...ARRAY, ...limit('minItems', least) })],
  ['arrayMaxSize', ([most]) => ({ ...ARRAY, ...limit('maxItems', most) })],
  ['arrayNotEmpty', always({ ...ARRAY, minItems: 1 })],
  ['arrayUnique', always({ ...ARRAY, uniqueItems: true })],
  ['arrayContains', ([values]) => ({ ...ARRAY, ...containing(values) })],
  ['arrayNotContains', ([values]) => ({ ...ARRAY, ...lacking(values) })],
  ['isDefined', always({})],
  ['isNotEmpty', always({})],
]);

/** Rules of class-validator that only strings can keep, and that no schema says. */
const OF_STRINGS = new Set(
  (
    'isAlpha isAlphanumeric isDecimal isAscii isBase64 isByteLength isCreditCard isCurrency isFullWidth ' +
    'isHalfWidth isVariableWidth isHexColor isHexadecimal isMacAddress isPort isIsbn isIsin isIso8601 isJwt ' +
    'isLowercase isMobilePhone isISO31661Alpha2 isISO31661Alpha3 isISO31661Numeric isMongoId isMultibyte ' +
    'isSurrogatePair isUrl IsFirebasePushId isUppercase isPhoneNumber isMilitaryTime isHash isISSN isDateString ' +
    'isNumberString isBase32 isBIC isBtcAddress isDataURI isEAN isEthereumAddress isHSL isIBAN isIdentityCard ' +
    'isISRC isLocale isMagnetURI isMimeType isOctal isPassportNumber isPostalCode isRgbColor isSemVer ' +
    'isStrongPassword isTimeZone isBase58 isTaxId isISO4217CurrencyCode isISO6391'
  ).split(' '),
);

/** Rules of class-validator that take more than one type. */
const OF_OTHERS = new Set(['isLatitude', 'isLongitude', 'isLatLong', 'isInstance']);
/** Rules that a value which is left out keeps. */
const KEPT_BY_NOTHING = new Set(['isEmpty', 'notEquals', 'isNotIn']);

/** Whether a rule lets a value be left out; of one that the application has made nobody can tell. */
export function refusesNothing({
  type,
  name,
}: {
  readonly type: string;
  readonly name: string | undefined;
}): boolean {
  if (type === 'isDefined') return false;
  if (type !== 'customValidation' || name === undefined || KEPT_BY_NOTHING.has(name)) return true;
  return !RULES.has(name) && !OF_STRINGS.has(name) && !OF_OTHERS.has(name);
}

/** What a rule says of a value; `exact` is false where it says more than the schema. */
interface RuleSchema {
  readonly schema: JsonSchema;
  readonly exact: boolean;
}

/** @param name of the rule; a rule of the application may have any, or none */
export function ruleSchema(name: string | undefined, constraints: Constraints): RuleSchema {
  const rule = name === undefined ? undefined : RULES.get(name);
  if (rule === undefined) {
    return { schema: name !== undefined && OF_STRINGS.has(name) ? STRING : {}, exact: false };
  }
  const schema = rule(constraints);
  return { schema, exact: name !== 'matches' || 'pattern' in schema };
}

/** Members of an enum of TypeScript: one of numbers has its names as values, too. */
export function enumValues(entity: unknown): readonly unknown[] {
  if (Array.isArray(entity)) return entity;
  if (typeof entity !== 'object' || entity === null) return [];
  return Object.entries(entity)
    .filter(([key]) => Number.isNaN(Number(key)))
    .map(([, value]: [string, unknown]) => value);
}

/** Only what JSON carries can be listed. */
export function enumOf(values: unknown): JsonSchema {
  const list: readonly unknown[] = Array.isArray(values) ? values : [];
  const plain = list.filter(isPlain);
  if (plain.length === 0 || plain.length < list.length) return {};
  const distinct = [...new Set(plain)];
  const types = [...new Set(distinct.map((value) => (value === null ? 'null' : typeof value)))];
  return { ...(types.length === 1 && { type: types[0] }), enum: distinct };
}

/** Joins what two rules say of one value; the later one comes second. */
export function bothOf(first: JsonSchema, second: JsonSchema): JsonSchema {
  const joined: Record<string, unknown> = { ...first };
  const rest: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(second)) {
    const present = joined[keyword];
    if (present === undefined || keyword === 'type') joined[keyword] = narrower(present, value);
    else if (JSON.stringify(present) !== JSON.stringify(value)) rest[keyword] = value;
  }
  if (Object.keys(rest).length === 0) return joined;
  const others = Array.isArray(joined['allOf']) ? joined['allOf'] : [];
  return { ...joined, allOf: [...others, rest] };
}

/** An integer is a number. */
function narrower(present: unknown, type: unknown): unknown {
  return present === 'integer' && type === 'number' ? present : type;
}

function isPlain(value: unknown): value is string | number | boolean | null {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function constOf(value: unknown): JsonSchema {
  return isPlain(value) ? { const: value } : {};
}

function without(schema: JsonSchema): JsonSchema {
  const { type: _type, ...values } = schema;
  return Object.keys(values).length === 0 ? {} : { not: values };
}

function limit(keyword: string, value: unknown): JsonSchema {
  return typeof value === 'number' && Number.isFinite(value) ? { [keyword]: value } : {};
}

function divisor(value: unknown): JsonSchema {
  return typeof value === 'number' && value > 0 ? { multipleOf: value } : {};
}

/** Flags change what a pattern means, and a schema has none. */
function patternOf(pattern: unknown, flags: unknown): JsonSchema {
  if (typeof pattern === 'string') return typeof flags === 'string' ? {} : { pattern };
  if (!(pattern instanceof RegExp) || /[imsvy]/.test(pattern.flags)) return {};
  return { pattern: pattern.source };
}

function literal(part: unknown): string {
  return String(part).replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function ipFormat(version: unknown): JsonSchema {
  const format = new Map([
    ['4', 'ipv4'],
    ['6', 'ipv6'],
  ]).get(String(version));
  return format === undefined ? oneOf([{ format: 'ipv4' }, { format: 'ipv6' }]) : { format };
}

function lacking(values: unknown): JsonSchema {
  const { enum: members } = enumOf(values);
  return members === undefined ? {} : { not: { contains: { enum: members } } };
}

function containing(values: unknown): JsonSchema {
  const list: readonly unknown[] = Array.isArray(values) ? values : [];
  const plain = list.filter(isPlain);
  return plain.length === 0
    ? {}
    : { allOf: plain.map((value) => ({ contains: { const: value } })) };
}
