// What a schema lets through is what the rules of class-validator let through.
import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { plainToInstance, Type } from 'class-transformer';
import * as rules from 'class-validator';
import { Gaps } from '../../src/asyncapi/schemas/gaps.js';
import { Schemas } from '../../src/asyncapi/schemas/schemas.js';

enum Size {
  Small = 1,
  Large = 2,
}
enum Color {
  Red = 'red',
  Blue = 'blue',
}

class Inner {
  @rules.IsString()
  text!: string;
}

/** Values that some rule or another takes. */
const VALUES: readonly unknown[] = [
  undefined,
  null,
  '',
  'a',
  'ab',
  'abc+def',
  'a'.repeat(40),
  'red',
  'true',
  '1',
  '{"a":1}',
  'ada@example.com',
  'example.com',
  '127.0.0.1',
  '::1',
  '2026-11-29T12:00:00Z',
  'c0a8012e-7d3a-4f0e-9c1b-0f5d7a1b2c3d',
  0,
  1,
  2,
  3,
  1.5,
  -4,
  1e21,
  true,
  false,
  [],
  ['a'],
  ['a', 'a'],
  ['a', 'b', 'c'],
  [1, 2],
  [1, 'a'],
  [null],
  {},
  { text: 'a' },
  { text: 1 },
  [{ text: 'a' }],
  [{ text: 1 }],
];

/** Each with its decorators, the last one first. */
const CASES: Readonly<Record<string, readonly PropertyDecorator[]>> = {
  IsString: [rules.IsString()],
  IsNumber: [rules.IsNumber()],
  IsInt: [rules.IsInt()],
  IsBoolean: [rules.IsBoolean()],
  IsArray: [rules.IsArray()],
  IsObject: [rules.IsObject()],
  IsNotEmptyObject: [rules.IsNotEmptyObject()],
  'IsEnum of numbers': [rules.IsEnum(Size)],
  'IsEnum of strings': [rules.IsEnum(Color)],
  IsIn: [rules.IsIn(['a', 1, null])],
  IsNotIn: [rules.IsNotIn(['a', 1])],
  Equals: [rules.Equals('a')],
  NotEquals: [rules.NotEquals('a')],
  Min: [rules.Min(1)],
  Max: [rules.Max(1)],
  'Min and Max of integers': [rules.Min(1), rules.IsInt(), rules.Max(2)],
  IsPositive: [rules.IsPositive()],
  IsNegative: [rules.IsNegative()],
  IsDivisibleBy: [rules.IsDivisibleBy(2)],
  MinLength: [rules.MinLength(2)],
  MaxLength: [rules.MaxLength(2)],
  Length: [rules.Length(1, 3)],
  'Length beside MinLength': [rules.Length(1, 30), rules.MinLength(2)],
  Matches: [rules.Matches(/^a.c/)],
  Contains: [rules.Contains('c+d')],
  NotContains: [rules.NotContains('c+d')],
  IsEmail: [rules.IsEmail()],
  IsUUID: [rules.IsUUID()],
  'IsIP 4': [rules.IsIP('4')],
  'IsIP 6': [rules.IsIP('6')],
  IsIP: [rules.IsIP()],
  IsRFC3339: [rules.IsRFC3339()],
  IsBooleanString: [rules.IsBooleanString()],
  ArrayMinSize: [rules.ArrayMinSize(2)],
  ArrayMaxSize: [rules.ArrayMaxSize(1)],
  ArrayNotEmpty: [rules.ArrayNotEmpty()],
  ArrayUnique: [rules.ArrayUnique()],
  ArrayContains: [rules.ArrayContains(['a'])],
  ArrayNotContains: [rules.ArrayNotContains(['a'])],
  'IsString each': [rules.IsArray(), rules.IsString({ each: true })],
  'IsInt each, Min each': [
    rules.IsArray(),
    rules.IsInt({ each: true }),
    rules.Min(1, { each: true }),
  ],
  'IsNotEmpty of strings': [rules.IsNotEmpty(), rules.IsString()],
  'IsDefined, IsString': [rules.IsDefined(), rules.IsString()],
  'ValidateNested each': [rules.IsArray(), rules.ValidateNested({ each: true }), Type(() => Inner)],
};

describe('a schema takes what its rules take', () => {
  it.each(Object.keys(CASES))('%s', async (name) => {
    class Dto {
      value: unknown;
    }
    for (const decorate of CASES[name]!.toReversed()) decorate(Dto.prototype, 'value');
    const schemas = new Schemas(new Gaps());
    const reference = schemas.of(Dto, 'Dto');
    const ajv = new Ajv({ strict: false });
    formats.default(ajv);
    const check = ajv.compile({
      ...reference,
      components: { schemas: Object.fromEntries(schemas.components) },
    });
    const otherwise: unknown[] = [];
    for (const value of VALUES) {
      const given = value === undefined ? {} : { value };
      const faults = await rules.validate(plainToInstance(Dto, given) as object);
      if (check(given) !== (faults.length === 0)) otherwise.push(value);
    }
    expect(otherwise).toEqual([]);
  });
});
