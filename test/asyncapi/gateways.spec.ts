// What a document says of gateways.
import { describe, expect, it } from '@jest/globals';
import {
  DefaultValuePipe,
  Headers,
  ParseIntPipe,
  Query,
  UsePipes,
  VersioningType,
  type PipeTransform,
} from '@nestjs/common';
import { IsInt, IsString } from 'class-validator';
import {
  CanJoin,
  MessageBody,
  OnBinary,
  OnConnect,
  OnMessage,
  Protocol,
  Upload,
  VerifyClient,
  WsGateway,
  type Connection,
  type IncomingUpload,
} from 'nestwire';
import {
  ApiAsks,
  ApiChannel,
  ApiEmits,
  ApiOperation,
  ApiReply,
  type OperationObject,
} from 'nestwire/asyncapi';
import { Observable } from 'rxjs';
import { z } from 'zod';
import { dataOf, describeApp, describeGateway, messageOf } from './support/described.js';

class Card {
  @IsString()
  id!: string;
}

class MoveDto {
  @IsString()
  id!: string;

  @IsInt()
  to!: number;
}

const CARD = { $ref: '#/components/schemas/Card' };
const MOVE = { $ref: '#/components/schemas/MoveDto' };

/** Operations of the application itself, by their names. */
function operationsOf(document: {
  operations: Readonly<Record<string, OperationObject>>;
}): string[] {
  return Object.entries(document.operations)
    .filter(([, { tags }]) => tags?.[0]?.name !== 'wire')
    .map(([name]) => name);
}

describe('a handler', () => {
  it('is an operation that receives, with its answer and the exception', async () => {
    @WsGateway('/board')
    class BoardGateway {
      @ApiReply(Card)
      @OnMessage('move')
      async move(@MessageBody() dto: MoveDto): Promise<Card> {
        return { id: dto.id };
      }
    }
    const described = await describeGateway(BoardGateway);
    const { document, gaps } = described;
    expect(document.channels['board']?.address).toBe('/board');
    expect(document.operations['board.receive.move']).toEqual({
      action: 'receive',
      title: 'move',
      channel: { $ref: '#/channels/board' },
      messages: [{ $ref: '#/channels/board/messages/move' }],
      reply: {
        channel: { $ref: '#/channels/board' },
        messages: [
          { $ref: '#/channels/board/messages/move.reply' },
          { $ref: '#/channels/board/messages/exception' },
        ],
      },
    });
    expect(messageOf(described, 'move')).toMatchObject({
      name: 'move',
      payload: {
        properties: { event: { const: 'move' }, data: MOVE, id: {}, key: {} },
        required: ['event', 'data'],
      },
    });
    expect(dataOf(described, 'move.reply')).toEqual(CARD);
    expect(gaps).toEqual([]);
  });

  it('answers what TypeScript has written down, where it has', async () => {
    @WsGateway()
    class Answers {
      @OnMessage('card')
      card(): Card {
        return { id: '1' };
      }
      @OnMessage('text')
      text(): string {
        return '';
      }
      @OnMessage('nothing')
      nothing(): void {}
      @OnMessage('later')
      async later(): Promise<number> {
        return 1;
      }
    }
    const described = await describeGateway(Answers);
    expect(dataOf(described, 'card.reply')).toEqual(CARD);
    expect(dataOf(described, 'text.reply')).toEqual({ type: 'string' });
    expect(dataOf(described, 'nothing.reply')).toBeUndefined();
    expect(dataOf(described, 'later.reply')).toEqual({});
    expect(described.gaps).toEqual(['Answers.later: what it answers']);
    expect(dataOf(described, 'text')).toBeUndefined();
  });

  it('streams', async () => {
    @WsGateway()
    class Streams {
      @ApiReply(Card)
      @OnMessage('generated')
      async *generated(): AsyncGenerator<Card> {
        yield { id: '1' };
      }
      @ApiReply([Card])
      @OnMessage('observed')
      observed(): Observable<Card[]> {
        return new Observable();
      }
      @ApiReply(Number, { stream: true })
      @OnMessage('promised')
      async promised(): Promise<Observable<number>> {
        return new Observable();
      }
    }
    const described = await describeGateway(Streams);
    expect(dataOf(described, 'generated.item')).toEqual(CARD);
    expect(dataOf(described, 'observed.item')).toEqual({ type: 'array', items: CARD });
    expect(dataOf(described, 'promised.item')).toEqual({ type: 'number' });
    expect(messageOf(described, 'generated.end')).toMatchObject({
      payload: { properties: { complete: { const: true } }, required: ['event', 'complete'] },
    });
    expect(described.gaps).toEqual([]);
  });

  it('takes single properties, defaults, and what pipes of Nest take', async () => {
    @WsGateway()
    class Parts {
      @ApiReply()
      @OnMessage('parts')
      parts(
        @MessageBody('id', ParseIntPipe) _id: number,
        @MessageBody('page', new DefaultValuePipe(1), ParseIntPipe) _page: number,
        @MessageBody('name') _name: string,
      ): void {}

      @OnMessage('both')
      both(_connection: Connection, _dto: MoveDto): void {}

      @OnMessage('alone')
      alone(_connection: Connection): void {}
    }
    const described = await describeGateway(Parts);
    expect(dataOf(described, 'parts')).toEqual({
      type: 'object',
      properties: { id: { type: 'integer' }, page: { type: 'integer' }, name: { type: 'string' } },
      required: ['id', 'name'],
    });
    expect(dataOf(described, 'both')).toEqual(MOVE);
    expect(dataOf(described, 'alone')).toBeUndefined();
  });

  it('takes what the schema of a pipe says, and leaves open what a pipe of its own takes', async () => {
    class SchemaPipe implements PipeTransform {
      constructor(readonly schema: z.ZodType) {}
      transform(value: unknown): unknown {
        return this.schema.parse(value);
      }
    }
    class DatePipe implements PipeTransform<string, Date> {
      transform(value: string): Date {
        return new Date(value);
      }
    }
    @WsGateway()
    class Piped {
      @OnMessage('ofParameter')
      ofParameter(@MessageBody(new SchemaPipe(z.object({ a: z.string() }))) _data: object): void {}

      @UsePipes(new SchemaPipe(z.object({ b: z.string() })))
      @OnMessage('ofMethod')
      ofMethod(@MessageBody() _data: object): void {}

      @OnMessage('own')
      own(@MessageBody(DatePipe) _at: Date): void {}
    }
    const described = await describeGateway(Piped);
    expect(dataOf(described, 'ofParameter')).toMatchObject({
      properties: { a: { type: 'string' } },
    });
    expect(dataOf(described, 'ofMethod')).toMatchObject({ properties: { b: { type: 'string' } } });
    expect(dataOf(described, 'own')).toEqual({});
    expect(described.gaps).toEqual(['Piped.own: what it takes']);
  });

  it('has words, tags, examples, alternatives and errors of its own', async () => {
    @WsGateway()
    class Worded {
      @ApiOperation({
        summary: 'Moves a card',
        description: 'To another column.',
        tags: ['cards'],
        deprecated: true,
        examples: [{ id: 'a', to: 1 }],
        errors: ['CARD_GONE'],
      })
      @ApiReply(Card, { description: 'The card', examples: [{ id: 'a' }] })
      @ApiReply(Boolean)
      @OnMessage('move')
      async move(@MessageBody() _dto: MoveDto): Promise<Card | boolean> {
        return true;
      }
    }
    const described = await describeGateway(Worded);
    expect(described.document.operations['root.receive.move']).toMatchObject({
      summary: 'Moves a card',
      description: 'To another column.',
      tags: [{ name: 'cards' }],
    });
    expect(messageOf(described, 'move')).toMatchObject({
      deprecated: true,
      examples: [{ payload: { event: 'move', data: { id: 'a', to: 1 } } }],
    });
    expect(messageOf(described, 'move.reply')).toMatchObject({
      description: 'The card',
      examples: [{ payload: { event: 'move', data: { id: 'a' } } }],
    });
    expect(dataOf(described, 'move.reply')).toEqual({ anyOf: [CARD, { type: 'boolean' }] });
    expect(JSON.stringify(messageOf(described, 'move.exception'))).toContain('CARD_GONE');
  });

  it('serves one subprotocol, all of them, bytes, or what no other one serves', async () => {
    @Protocol('v1', 'v2')
    @WsGateway()
    class Many {
      @OnMessage('say')
      say(@MessageBody() _dto: MoveDto): void {}

      @Protocol('v2')
      @OnMessage('say')
      sayAnew(@MessageBody() _dto: Card): void {}

      @OnMessage()
      any(): void {}

      @ApiReply(Buffer)
      @OnBinary(7)
      bytes(@MessageBody() bytes: Buffer): Buffer {
        return bytes;
      }

      @OnBinary()
      others(): void {}
    }
    const described = await describeGateway(Many);
    expect(operationsOf(described.document)).toEqual([
      'root.receive.say',
      'root.receive.say.v2',
      'root.receive.any',
      'root.receive.binary.0x07',
      'root.receive.binary',
    ]);
    expect(described.document.operations['root.receive.say.v2']?.description).toContain('`v2`');
    expect(dataOf(described, 'say_2')).toEqual(CARD);
    expect(messageOf(described, 'binary.0x07')).toMatchObject({
      contentType: 'application/octet-stream',
    });
    expect(messageOf(described, 'binary.0x07.reply')).toMatchObject({
      contentType: 'application/octet-stream',
    });
    expect(JSON.stringify(described.document.channels['root']?.bindings)).toContain(
      '`v1`, `v2`, `nestwire.1`',
    );
  });

  it('takes uploads', async () => {
    @WsGateway()
    class Uploads {
      @OnMessage('picture')
      picture(
        @Upload({ maxSize: 1_000 }) _upload: IncomingUpload,
        @MessageBody() _dto: Card,
      ): void {}
    }
    const described = await describeGateway(Uploads, { wire: true });
    expect(messageOf(described, 'picture')).toMatchObject({
      payload: { required: ['event', 'data', 'id', 'upload'] },
    });
    expect(Object.keys(described.document.operations)).toEqual(
      expect.arrayContaining(['root.send.wire.upload', 'root.receive.wire.chunk']),
    );
    expect(described.document.operations['root.receive.picture']?.description).toContain('1000');
  });
});

describe('what a gateway sends by itself', () => {
  it('is an operation that sends, once for each event', async () => {
    @ApiEmits('changed', Card, { room: 'board', history: true, summary: 'A card has changed' })
    @ApiEmits('gone')
    @ApiAsks('confirm', { data: Card, answer: Boolean, summary: 'May it go?' })
    @WsGateway()
    class Sends {
      @ApiEmits('changed', MoveDto)
      @ApiEmits('invoice', Card, { mail: true })
      @OnConnect()
      enter(): void {}
    }
    const described = await describeGateway(Sends, { wire: true });
    const { document } = described;
    expect(operationsOf(document)).toEqual([
      'root.send.changed',
      'root.send.gone',
      'root.send.invoice',
      'root.send.confirm',
    ]);
    expect(document.operations['root.send.changed']).toMatchObject({
      summary: 'A card has changed',
      description: 'To the room board.',
    });
    expect(dataOf(described, 'changed')).toEqual({ anyOf: [CARD, MOVE] });
    expect(messageOf(described, 'changed')).toMatchObject({
      payload: {
        properties: { at: { $ref: '#/components/schemas/wire.Position' } },
        required: ['event', 'data'],
      },
    });
    expect(dataOf(described, 'gone')).toBeUndefined();
    expect(messageOf(described, 'invoice')).toMatchObject({
      payload: { properties: { mail: { type: 'integer' } }, required: ['event', 'data'] },
    });
    expect(Object.keys(document.operations)).toEqual(
      expect.arrayContaining(['root.receive.wire.ack', 'root.receive.wire.mail']),
    );
    expect(document.operations['root.send.confirm']).toMatchObject({
      action: 'send',
      reply: { messages: [{ $ref: '#/channels/root/messages/confirm.answer' }, {}] },
    });
    expect(messageOf(described, 'confirm.answer')).toMatchObject({
      payload: { properties: { event: { const: '$reply' }, data: { type: 'boolean' } } },
    });
  });
});

describe('a path', () => {
  it('has parameters, words, and what opens its connections', async () => {
    @ApiChannel({ title: 'Chat', tags: ['chat'], parameters: { room: 'Name of the room' } })
    @WsGateway('/chat/:room/*rest')
    class Chat {
      @VerifyClient()
      admit(@Query('name') _name: string, @Headers('X-Version') _version: string): boolean {
        return true;
      }
    }
    const { document, gaps } = await describeGateway(Chat, {
      prepare: (app) => void app.setGlobalPrefix('api'),
    });
    expect(document.channels['api.chat.room.rest']).toMatchObject({
      address: '/api/chat/{room}/{rest}',
      title: 'Chat',
      tags: [{ name: 'chat' }],
      parameters: {
        room: { description: 'Name of the room' },
        rest: { description: 'One segment of the path or more.' },
      },
      bindings: {
        ws: {
          query: { properties: { name: { type: 'string' } } },
          headers: { properties: { 'X-Version': { type: 'string' } } },
        },
      },
    });
    expect(gaps).toEqual([]);
  });

  it('is one for gateways that share it, and one for each version', async () => {
    @WsGateway('/one')
    class First {
      @OnMessage('a')
      a(): void {}
    }
    @WsGateway('/one')
    class Second {
      @OnMessage('b')
      b(): void {}
    }
    @WsGateway({ path: '/two', version: ['1', '2'] })
    class Versioned {
      @OnMessage('c')
      c(): void {}
    }
    const { document, complaints } = await describeApp([First, Second, Versioned], {
      prepare: (app) => void app.enableVersioning({ type: VersioningType.URI }),
    });
    expect(complaints).toEqual([]);
    expect(Object.keys(document.channels)).toEqual(['one', 'v1.two', 'v2.two']);
    expect(operationsOf(document)).toEqual([
      'one.receive.a',
      'one.receive.b',
      'v1.two.receive.c',
      'v2.two.receive.c',
    ]);
  });

  it('may be told by a factory, and may be entered by clients', async () => {
    @WsGateway({ useFactory: async () => ({ path: '/late' }) })
    class Late {
      @CanJoin()
      mayJoin(): boolean {
        return true;
      }
    }
    const { document } = await describeGateway(Late, { wire: true });
    expect(document.channels['late']?.address).toBe('/late');
    expect(Object.keys(document.operations)).toEqual(
      expect.arrayContaining(['late.receive.wire.join', 'late.send.wire.presence']),
    );
  });

  it('speaks the content type of its codec', async () => {
    @WsGateway({ codecs: { '': 'msgpack' } })
    class Packed {
      @OnMessage('say')
      say(): void {}
    }
    const described = await describeGateway(Packed);
    for (const key of ['say', 'say.reply', 'exception']) {
      expect(messageOf(described, key)).toMatchObject({ contentType: 'application/vnd.msgpack' });
    }
  });
});
