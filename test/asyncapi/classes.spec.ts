// What is known of DTOs: rules, `@Type`, `@ApiProperty`, schemas of libraries, and all of them at once.
import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import {
  ApiExtraModels,
  ApiProperty,
  ApiPropertyOptional,
  ApiSchema,
  DECORATORS,
  getSchemaPath,
} from '@nestjs/swagger';
import { toStandardJsonSchema } from '@valibot/to-json-schema';
import { Exclude, Expose, Type } from 'class-transformer';
import {
  Allow,
  IsInt,
  IsOptional,
  IsString,
  Length,
  registerDecorator,
  Validate,
  ValidateIf,
  ValidateNested,
  ValidatorConstraint,
} from 'class-validator';
import * as v from 'valibot';
import { z } from 'zod';
import { Gaps } from '../../src/asyncapi/schemas/gaps.js';
import { Schemas } from '../../src/asyncapi/schemas/schemas.js';
import * as keys from '../../src/support/nest-metadata.js';

function describeType(type: unknown): {
  schema: unknown;
  components: Record<string, unknown>;
  gaps: string[];
} {
  const gaps = new Gaps();
  const schemas = new Schemas(gaps);
  const schema = schemas.of(type, 'here');
  return {
    schema,
    components: Object.fromEntries(schemas.components),
    gaps: gaps.all.map(({ place, what }) => `${place}: ${what}`),
  };
}

class Tag {
  @IsString()
  text!: string;
}

class Animal {
  @IsString()
  kind!: string;
}
class Cat extends Animal {
  @IsInt()
  lives!: number;
}
class Dog extends Animal {
  @IsString()
  bark!: string;
}

@ValidatorConstraint()
class IsOdd {
  validate(value: unknown): boolean {
    return typeof value === 'number' && value % 2 === 1;
  }
}

const IsPrime = (): PropertyDecorator => (target, propertyName) =>
  registerDecorator({
    name: 'isPrime',
    target: target.constructor,
    propertyName: String(propertyName),
    validator: { validate: () => true },
  });

describe('a class with rules', () => {
  it('is an object with what the rules and the types say', () => {
    class Note {
      @IsString()
      @Length(1, 80)
      title!: string;

      @IsOptional()
      @IsInt()
      size?: number;

      @ValidateIf(() => true)
      @IsString()
      perhaps?: string;

      @Allow()
      anything: unknown;
    }
    const { schema, components, gaps } = describeType(Note);
    expect(schema).toEqual({ $ref: '#/components/schemas/Note' });
    expect(components['Note']).toEqual({
      title: 'Note',
      type: 'object',
      properties: {
        title: { type: 'string', minLength: 1, maxLength: 80 },
        size: { type: 'integer' },
        perhaps: { type: 'string' },
        anything: {},
      },
      required: ['title'],
    });
    expect(gaps).toEqual(['Note.anything: its type']);
  });

  it('has what it inherits, and what is nested in it, each class once', () => {
    class Base {
      @ValidateNested()
      tag!: Tag;
    }
    class Derived extends Base {
      @ValidateNested({ each: true })
      @Type(() => Tag)
      tags!: Tag[];
    }
    const { components, gaps } = describeType(Derived);
    const tag = { $ref: '#/components/schemas/Tag' };
    expect(components['Derived']).toMatchObject({
      properties: { tags: { type: 'array', items: tag }, tag },
    });
    expect(Object.keys(components)).toEqual(['Derived', 'Tag']);
    expect(gaps).toEqual([]);
  });

  it('may hold itself', () => {
    class Tree {
      @ValidateNested({ each: true })
      @Type(() => Tree)
      branches!: Tree[];
    }
    const { components } = describeType(Tree);
    expect(components).toMatchObject({
      Tree: {
        properties: { branches: { type: 'array', items: { $ref: '#/components/schemas/Tree' } } },
      },
    });
  });

  it('has one schema of several where a property tells which', () => {
    class Owner {
      @ValidateNested()
      @Type(() => Animal, {
        discriminator: {
          property: 'kind',
          subTypes: [
            { value: Cat, name: 'cat' },
            { value: Dog, name: 'dog' },
          ],
        },
      })
      pet!: Animal;
    }
    const { components } = describeType(Owner);
    expect(components['Owner']).toMatchObject({
      properties: {
        pet: {
          discriminator: 'kind',
          oneOf: [
            {
              allOf: [{ $ref: '#/components/schemas/Cat' }],
              properties: { kind: { const: 'cat' } },
            },
            {
              allOf: [{ $ref: '#/components/schemas/Dog' }],
              properties: { kind: { const: 'dog' } },
            },
          ],
        },
      },
    });
  });

  it('has maps, sets and dates as JSON has them', () => {
    class Containers {
      @Type(() => Tag)
      @ValidateNested({ each: true })
      byName!: Map<string, Tag>;

      @Type(() => Tag)
      @ValidateNested({ each: true })
      several!: Set<Tag>;

      @Type(() => Date)
      @Allow()
      at!: Date;
    }
    const tag = { $ref: '#/components/schemas/Tag' };
    expect(describeType(Containers).components['Containers']).toMatchObject({
      properties: {
        byName: { type: 'object', additionalProperties: tag },
        several: { type: 'array', items: tag },
        at: { type: 'string', format: 'date-time' },
      },
    });
  });

  it('names rules that no schema says', () => {
    class Numbers {
      @Validate(IsOdd)
      odd!: number;

      @IsPrime()
      prime!: number;
    }
    expect(describeType(Numbers).components['Numbers']).toEqual({
      title: 'Numbers',
      type: 'object',
      properties: {
        odd: { type: 'number', 'x-validation': ['IsOdd'] },
        prime: { type: 'number', 'x-validation': ['isPrime'] },
      },
    });
  });

  it('leaves out what is excluded, and takes the names that are exposed', () => {
    class Account {
      @Expose({ name: 'user_name' })
      @IsString()
      name!: string;

      @Exclude()
      @IsString()
      password!: string;

      @Exclude({ toPlainOnly: true })
      @IsString()
      secret!: string;
    }
    expect(describeType(Account).components['Account']).toMatchObject({
      properties: { user_name: { type: 'string' }, secret: { type: 'string' } },
      required: ['user_name', 'secret'],
    });
  });

  it('gets a name of its own where two are called so', () => {
    class Other {
      @IsInt()
      id!: number;
    }
    Object.defineProperty(Other, 'name', { value: 'Tag' });
    const schemas = new Schemas(new Gaps());
    expect(schemas.of([Tag], 'a')).toMatchObject({ items: { $ref: '#/components/schemas/Tag' } });
    expect(schemas.of(Other, 'b')).toEqual({ $ref: '#/components/schemas/Tag_2' });
    expect(schemas.of(Tag, 'c')).toEqual({ $ref: '#/components/schemas/Tag' });
  });

  it('says nothing where nothing is said of it', () => {
    class Bare {
      text = '';
    }
    expect(describeType(Bare)).toEqual({ schema: {}, components: {}, gaps: [] });
  });
});

describe('a class with @ApiProperty', () => {
  it('is read where @nestjs/swagger keeps it', () => {
    expect([
      keys.SWAGGER_PROPERTIES,
      keys.SWAGGER_PROPERTY,
      keys.SWAGGER_EXTRA_MODELS,
      keys.SWAGGER_SCHEMA,
    ]).toEqual([
      DECORATORS.API_MODEL_PROPERTIES_ARRAY,
      DECORATORS.API_MODEL_PROPERTIES,
      DECORATORS.API_EXTRA_MODELS,
      DECORATORS.API_SCHEMA,
    ]);
  });

  it('has descriptions, examples and types; what is optional is not required', () => {
    enum Column {
      Todo = 'todo',
      Done = 'done',
    }
    @ApiSchema({ name: 'CardView', description: 'A card' })
    class Card {
      @ApiProperty({ description: 'Its text', example: 'Paint', minLength: 1 })
      title!: string;

      @ApiProperty({ enum: Column })
      column!: Column;

      @ApiProperty({ enum: Column, isArray: true })
      columns!: Column[];

      @ApiProperty({ type: [Tag] })
      tags!: Tag[];

      @ApiProperty({ type: () => Card, required: false })
      parent?: Card;

      @ApiPropertyOptional({ type: 'integer', minimum: 0, exclusiveMinimum: true, nullable: true })
      size?: number | null;

      @ApiProperty({ type: 'object', additionalProperties: { type: 'number' } })
      counts!: Record<string, number>;
    }
    const { components, gaps } = describeType(Card);
    expect(components['CardView']).toEqual({
      title: 'CardView',
      description: 'A card',
      type: 'object',
      properties: {
        title: { type: 'string', description: 'Its text', minLength: 1, examples: ['Paint'] },
        column: { type: 'string', enum: ['todo', 'done'] },
        columns: { type: 'array', items: { type: 'string', enum: ['todo', 'done'] } },
        tags: { type: 'array', items: { $ref: '#/components/schemas/Tag' } },
        parent: { $ref: '#/components/schemas/CardView' },
        size: { anyOf: [{ type: 'integer', exclusiveMinimum: 0 }, { type: 'null' }] },
        counts: { type: 'object', additionalProperties: { type: 'number' } },
      },
      required: ['title', 'column', 'columns', 'tags', 'counts'],
    });
    expect(gaps).toEqual([]);
  });

  it('is joined with its rules', () => {
    class Joined {
      @ApiProperty({ description: 'How many', example: 2 })
      @IsInt()
      @IsOptional()
      count?: number;

      @ApiProperty({ type: [Tag] })
      @ValidateNested({ each: true })
      tags!: Tag[];
    }
    expect(describeType(Joined).components['Joined']).toEqual({
      title: 'Joined',
      type: 'object',
      properties: {
        count: { type: 'integer', description: 'How many', examples: [2] },
        tags: { type: 'array', items: { $ref: '#/components/schemas/Tag' } },
      },
    });
  });

  it('names the models of a combination', () => {
    class Sms {
      @ApiProperty()
      to!: string;
    }
    @ApiExtraModels(Sms)
    class Message {
      @ApiProperty({ oneOf: [{ $ref: getSchemaPath(Sms) }, { $ref: getSchemaPath('Fax') }] })
      by!: unknown;

      @ApiProperty({ type: 'array', items: { oneOf: [{ $ref: getSchemaPath(Sms) }] } })
      all!: unknown[];
    }
    const { components, gaps } = describeType(Message);
    expect(components['Message']).toMatchObject({
      properties: {
        by: { oneOf: [{ $ref: '#/components/schemas/Sms' }, {}] },
        all: { type: 'array', items: { oneOf: [{ $ref: '#/components/schemas/Sms' }] } },
      },
    });
    expect(gaps).toContain('Message.by: the model Fax');
  });

  it('has what the compiler plugin has written', () => {
    class Planted {
      text!: string;
      static _OPENAPI_METADATA_FACTORY(): object {
        return { text: { required: true, type: () => String, description: 'From a comment' } };
      }
    }
    expect(describeType(Planted).components['Planted']).toEqual({
      title: 'Planted',
      type: 'object',
      properties: { text: { type: 'string', description: 'From a comment' } },
      required: ['text'],
    });
  });
});

describe('a schema of a library', () => {
  const text = {
    type: 'object',
    properties: { text: { type: 'string', minLength: 1 } },
    required: ['text'],
  };

  it.each([
    ['Zod', z.object({ text: z.string().min(1) })],
    ['Valibot', v.object({ text: v.pipe(v.string(), v.minLength(1)) })],
    [
      'Valibot with the trait',
      toStandardJsonSchema(v.object({ text: v.pipe(v.string(), v.minLength(1)) })),
    ],
  ])('of %s is written as JSON Schema', (_name, schema) => {
    expect(describeType(schema).schema).toMatchObject(text);
  });

  it('is that of a class that was made from it', () => {
    class Dto {
      text!: string;
      static readonly schema = z.object({ text: z.string().min(1) });
    }
    const { schema, components } = describeType(Dto);
    expect(schema).toEqual({ $ref: '#/components/schemas/Dto' });
    expect(components['Dto']).toMatchObject(text);
  });

  it('that holds itself gets a place of its own', () => {
    const Node = z.object({
      name: z.string(),
      get children() {
        return z.array(Node);
      },
    });
    const { schema, components } = describeType(Node);
    expect(schema).toEqual({ $ref: '#/components/schemas/here' });
    expect(JSON.stringify(components)).toContain('"$ref":"#/components/schemas/here');
    expect(JSON.stringify(components)).not.toMatch(/"\$ref":"#(?!\/components\/schemas\/here)/);
  });

  it('that JSON Schema cannot say is left open, or the part of it', () => {
    expect(describeType(z.object({ at: z.date() })).schema).toMatchObject({
      properties: { at: {} },
    });
    const unknown = { '~standard': { version: 1, vendor: 'nobody', validate: () => ({}) } };
    expect(describeType(unknown).schema).toEqual({});
  });
});
