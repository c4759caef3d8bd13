// Gateways that nobody should write have documents that are valid all the same.
import { expect, it } from '@jest/globals';
import type { Type as ClassType } from '@nestjs/common';
import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { Allow, IsEnum, IsIn, IsOptional, IsString, ValidateNested } from 'class-validator';
import { CanJoin, MessageBody, OnMessage, Protocol, WsGateway } from 'nestwire';
import { ApiChannel, ApiEmits, ApiOperation, ApiReply } from 'nestwire/asyncapi';
import { describeApp, describeGateway, unparsed } from './support/described.js';
import { parse } from './support/parsed.js';

const NAMES = [
  '/',
  '~0~1/a~b',
  '{room}',
  'a#b?c',
  '<img src=x onerror=alert(1)>',
  'a\u0000b\u001b[31m\u2028',
  '__proto__',
  'constructor',
  'toString',
  'größe',
  '日本語',
  '🙂',
  'a.b',
  'a_b',
  ' ',
  '"quoted"',
  "it's",
  '*',
  'null',
  '1',
  'x'.repeat(128),
];

it('takes every name there may be, and tells them apart', async () => {
  class Named {
    [method: string]: () => void;
  }
  for (const [index, name] of NAMES.entries()) {
    const key = `handle${index}`;
    const descriptor = { value: () => {}, configurable: true, writable: true };
    Object.defineProperty(Named.prototype, key, descriptor);
    ApiReply({ type: 'string' })(Named.prototype, key, descriptor);
    OnMessage(name)(Named.prototype, key, descriptor);
    ApiEmits(name, { type: 'string' })(Named);
  }
  WsGateway('/names')(Named);
  const { document } = await describeGateway(Named as never);
  const operations = Object.values(document.operations);
  expect(operations).toHaveLength(2 * NAMES.length);
  const { messages } = document.channels['names']!;
  const events = Object.values(messages).map((one) => ('name' in one ? one.name : undefined));
  for (const name of NAMES) expect(events.filter((event) => event === name)).toHaveLength(3);
});

it('takes words as they are', async () => {
  const words = '<script>alert(1)</script> # \u0000 {{x}} [a](javascript:alert(1)) `${y}` \ud800';
  @ApiChannel({ title: words, description: words, tags: [words, words] })
  @WsGateway('/words')
  class Words {
    @ApiOperation({ summary: words, description: words, tags: [words], examples: [words] })
    @OnMessage('say')
    say(): void {}
  }
  const { document } = await describeGateway(Words, { title: words });
  expect(document.channels['words']?.title).toBe(words);
});

it('takes every path there may be', async () => {
  @WsGateway({
    path: [
      '/',
      '/a{/:b}{/:c}',
      '/files/*path',
      '/:"my id"/:"my-id"',
      '/x\\{y\\}',
      '/%7Bz%7D',
      '/a.b/a-b/a~b',
      '/größe',
      '/:a/:b/:c/:d',
    ],
  })
  class Paths {
    @OnMessage('say')
    say(): void {}
  }
  const { document } = await describeGateway(Paths);
  expect(Object.values(document.channels).map(({ address }) => address)).toEqual([
    '/',
    '/a/{b}/{c}',
    '/files/{path}',
    '/{my_id}/{my-id}',
    '/x%7By%7D',
    '/%7Bz%7D',
    '/a.b/a-b/a~b',
    '/größe',
    '/{a}/{b}/{c}/{d}',
  ]);
});

enum Mixed {
  One = 1,
  Two = 'two',
}

abstract class Page<Item> {
  @IsString()
  next!: string;

  abstract items: Item[];
}

class Leaf {
  @IsString()
  '__proto__'!: string;

  @IsString()
  'a/b~c{d}#e'!: string;

  @IsString()
  [Symbol.iterator]!: string;
}

class LeafPage extends Page<Leaf> {
  @ValidateNested({ each: true })
  @Type(() => Leaf)
  override items!: Leaf[];
}

class Left {
  @IsOptional()
  @ValidateNested()
  @Type(() => Right)
  right?: unknown;
}

class Right {
  @IsOptional()
  @ValidateNested()
  left?: Left;

  @ApiProperty({ type: () => Left })
  other!: unknown;
}

@ApiExtraModels(Leaf)
class Odd {
  @IsEnum(Mixed)
  mixed!: Mixed;

  @IsIn([Symbol('a'), () => 1, 2n])
  unsaid!: unknown;

  @ApiProperty({ type: 'array', items: { type: 'array', items: { $ref: getSchemaPath(Leaf) } } })
  nested!: Leaf[][];

  @ApiProperty({ type: [[String]] as never })
  lists!: string[][];

  @Allow()
  get computed(): string {
    throw new Error('nobody reads it');
  }

  @Allow()
  method(): void {}
}

it('takes DTOs of every kind', async () => {
  @WsGateway('/odd')
  class OddGateway {
    @OnMessage('odd')
    odd(@MessageBody() _odd: Odd): LeafPage {
      throw new Error('never called');
    }
    @ApiReply([[Left]])
    @OnMessage('ring')
    ring(@MessageBody() _left: Left): void {}
    @OnMessage('page')
    page(@MessageBody() _page: LeafPage): void {}
    @ApiReply(() => [() => Right])
    @OnMessage('lazy')
    lazy(@MessageBody() _map: Map<string, Leaf>): void {}
  }
  const { document } = await describeGateway(OddGateway);
  expect(Object.keys(document.components.schemas)).toEqual(
    expect.arrayContaining(['Odd', 'Leaf', 'LeafPage', 'Left', 'Right']),
  );
  expect(document.components.schemas['Odd']).toMatchObject({
    properties: { mixed: { enum: [1, 'two'] } },
  });
});

it('takes gateways that share a path, with protocols of their own, and inherited ones', async () => {
  abstract class Base {
    @OnMessage('base')
    base(@MessageBody() _data: Leaf): void {}

    @CanJoin()
    mayJoin(): boolean {
      return true;
    }
  }
  @Protocol('a')
  @WsGateway('/same')
  class A extends Base {
    @Protocol('a')
    @OnMessage('say')
    say(): void {}
  }
  @Protocol('b')
  @WsGateway('/same')
  class B {
    @Protocol('b')
    @OnMessage('say')
    say(): void {}
  }
  const { complaints, document } = await describeApp([A, B]);
  expect(complaints).toEqual([]);
  expect(Object.keys(document.operations)).toEqual(
    expect.arrayContaining(['same.receive.say.a', 'same.receive.say.b', 'same.receive.base']),
  );
});

/** A gateway with so many handlers, each with a class of its own. */
function crowd(path: string, size: number): ClassType {
  class Crowd {
    [method: string]: (data: unknown) => void;
  }
  for (let index = 0; index < size; index++) {
    const key = `handle${index}`;
    class Dto {
      @IsString()
      text!: string;
    }
    const descriptor = { value: () => {}, configurable: true, writable: true };
    Object.defineProperty(Crowd.prototype, key, descriptor);
    MessageBody()(Crowd.prototype, key, 0);
    Reflect.defineMetadata('design:paramtypes', [Dto], Crowd.prototype, key);
    OnMessage(`event ${index}`)(Crowd.prototype, key, descriptor);
  }
  WsGateway(path)(Crowd);
  return Crowd as never;
}

it('takes a thousand handlers on one path', async () => {
  const { document } = await unparsed([crowd('/crowd', 1_000)]);
  expect(Object.keys(document.components.schemas)).toContain('Dto_1000');
  expect(Object.keys(document.channels['crowd']!.messages).length).toBeGreaterThan(2_000);
});

// The parser copies a path into each of its operations: a thousand on one path take it minutes.
it('takes many paths', async () => {
  const gateways = Array.from({ length: 40 }, (_, index) => crowd(`/crowd/${index}`, 2));
  const { complaints, document } = await describeApp(gateways);
  expect(complaints).toEqual([]);
  expect(Object.keys(document.operations)).toHaveLength(80);
});

it('is complained about by the parser when it is wrong', async () => {
  @WsGateway()
  class Fine {
    @OnMessage('say')
    say(): void {}
  }
  const { document } = await describeGateway(Fine);
  const wrong = {
    ...document,
    operations: { say: { action: 'receives', channel: { $ref: '#/channels/nowhere' } } },
  };
  const { complaints } = await parse(wrong as never);
  expect(complaints).not.toEqual([]);
});
