// What goes over a connection is what the document says: each frame is one of its messages, and of no other.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { Module, ValidationPipe, type INestApplication } from '@nestjs/common';
import { APP_PIPE, NestFactory } from '@nestjs/core';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { IsString } from 'class-validator';
import {
  CanJoin,
  ConnectedSocket,
  History,
  IncomingUpload,
  Mailbox,
  MessageBody,
  OnMessage,
  Rooms,
  Upload,
  VerifyClient,
  WsGateway,
  WsModule,
  type Connection,
} from 'nestwire';
import {
  ApiAsks,
  ApiEmits,
  ApiReply,
  AsyncApiModule,
  type AsyncApiDocument,
  type MessageObject,
} from 'nestwire/asyncapi';
import { WebSocket } from 'ws';
import { resolve } from './support/described.js';

class SayDto {
  @IsString()
  text!: string;
}

@ApiEmits('said', SayDto, { room: 'lobby' })
@ApiEmits('changed', SayDto, { room: 'lobby', history: true })
@ApiEmits('invoice', SayDto, { mail: true })
@WsGateway('/talk')
class Talk {
  constructor(
    readonly rooms: Rooms,
    readonly history: History,
    readonly mailbox: Mailbox,
  ) {}

  @VerifyClient()
  verify(): object {
    return { id: 'ada', exp: Date.now() / 1_000 + 60 };
  }

  @CanJoin()
  mayJoin(_connection: Connection, room: string): object | boolean {
    return room === 'lobby' && { presence: true, meta: { name: 'Ada' } };
  }

  @ApiReply(Number)
  @OnMessage('say')
  async say(@MessageBody() { text }: SayDto): Promise<number> {
    this.rooms.to('lobby').send('said', { text });
    return text.length;
  }

  @ApiReply(Number)
  @OnMessage('count')
  async *count(): AsyncGenerator<number> {
    yield 1;
    yield 2;
  }

  @ApiAsks('sure', { data: SayDto, answer: Boolean })
  @ApiReply(Boolean)
  @OnMessage('ask')
  async ask(@ConnectedSocket() connection: Connection): Promise<boolean> {
    return (await connection.request('sure', { text: '?' })) === true;
  }

  @OnMessage('publish')
  async publish(@MessageBody() dto: SayDto): Promise<void> {
    await this.history.publish('lobby', 'changed', dto);
    await this.mailbox.send('ada', 'invoice', dto, { acknowledge: true });
    await this.mailbox.send('ada', 'invoice', dto);
  }

  @ApiReply(Number)
  @OnMessage('picture')
  async picture(@Upload() upload: IncomingUpload, @MessageBody() _dto: SayDto): Promise<number> {
    return (await upload.bytes()).length;
  }

  @OnMessage('nothing')
  nothing(): void {}
}

@Module({
  imports: [WsModule.forRoot({ session: { notice: 59_000 }, history: { maxMessages: 10 } })],
  providers: [Talk, { provide: APP_PIPE, useValue: new ValidationPipe() }],
})
class TalkModule {}

/** Refused by the rules of its class. */
const WRONG = { event: 'say', data: { text: 1 }, id: 8 };

let app: INestApplication | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

/** The messages of a document that a frame may be, of those that go in one direction. */
function classifier(
  document: AsyncApiDocument,
  from: 'client' | 'server',
): (frame: object) => string[] {
  const ajv = new Ajv({ strict: false });
  formats.default(ajv);
  const { schemas } = document.components;
  const references = Object.values(document.operations).flatMap(({ action, messages, reply }) =>
    (action === 'receive') === (from === 'client') ? messages : (reply?.messages ?? []),
  );
  const checks = [...new Set(references.map(({ $ref }) => $ref))].map(($ref) => {
    const { payload } = resolve(document, { $ref }) as MessageObject;
    return [$ref, ajv.compile({ ...payload, components: { schemas } })] as const;
  });
  return (frame) => checks.filter(([, check]) => check(frame)).map(([key]) => key);
}

it('says of each frame which message it is', async () => {
  app = await NestFactory.create(TalkModule, { logger: ['error'] });
  const server = await app.listen(0, '127.0.0.1');
  const document = await AsyncApiModule.createDocument(app);
  const [ofClient, ofServer] = [classifier(document, 'client'), classifier(document, 'server')];
  const { port } = server.address() as AddressInfo;
  const socket = new WebSocket(`ws://127.0.0.1:${port}/talk`);
  const received: { event: string; id?: unknown }[] = [];
  let wake: (() => void) | undefined;
  socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString()) as { event: string; id?: unknown };
    received.push(frame);
    if ('mail' in frame) send({ event: '$ack', data: { mail: frame.mail }, id: 22 });
    if (frame.event === '$upload') sendBytes(frame as never);
    if (frame.event === 'sure') send({ event: '$reply', id: frame.id, data: true });
    wake?.();
  });
  await once(socket, 'open');
  const sent: object[] = [];
  function send(frame: object): void {
    sent.push(frame);
    socket.send(JSON.stringify(frame));
  }
  const sendBytes = ({ data }: { data: { upload: string; received: number } }): void => {
    if (data.received > 0) return;
    const head = (offset: number): Buffer =>
      Buffer.concat([Buffer.from(data.upload, 'hex'), Buffer.from([0, 0, 0, 0, 0, offset])]);
    socket.send(Buffer.concat([head(0), Buffer.from('abc')]));
    socket.send(head(3));
  };
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) {
      await new Promise<void>((done) => {
        wake = done;
      });
    }
  };
  const frames: object[] = [
    { event: '$join', data: { room: 'lobby' }, id: 1 },
    { event: 'say', data: { text: 'hello' }, id: 2, key: 'k' },
    { event: 'count', id: 3 },
    { event: 'ask', id: 'four' },
    { event: 'nothing', id: 5 },
    { event: 'publish', data: { text: 'new' }, id: 20 },
    { event: 'picture', data: { text: 'a' }, id: 21, upload: { size: 3 } },
    { event: '$mail', data: { most: 10 }, id: 23 },
    { event: '$mail', id: 24 },
    { event: '$ping', id: 6 },
    { event: '$leave', data: { room: 'lobby' }, id: 7 },
    WRONG,
    { event: '$cancel', id: 9 },
    { event: 'reauthenticate', data: { token: 'x' }, id: 10 },
    { event: '$join', data: { room: 'other' }, id: 11 },
  ];
  for (const frame of frames) send(frame);
  for (const id of [1, 2, 'four', 5, 6, 7, 8, 10, 11, 20, 21, 22, 23, 24]) {
    await until(() => received.some((frame) => frame.id === id));
  }
  await until(() => received.some(({ event }) => event === 'expiring'));
  const closed = once(socket, 'close');
  await app.close();
  await closed;

  const valid = sent.filter((frame) => frame !== WRONG);
  expect(valid.map((frame) => ofClient(frame).length)).toEqual(valid.map(() => 1));
  expect(ofClient(WRONG)).toEqual([]);
  const unclear = received.map((frame) => [frame, ofServer(frame)] as const);
  expect(unclear.filter(([, keys]) => keys.length !== 1)).toEqual([]);
  expect([...new Set(received.map(({ event }) => event))].toSorted()).toEqual([
    '$ack',
    '$join',
    '$joined',
    '$leave',
    '$mail',
    '$ping',
    '$presence',
    '$shutdown',
    '$upload',
    'ask',
    'changed',
    'count',
    'exception',
    'expiring',
    'invoice',
    'nothing',
    'picture',
    'publish',
    'reauthenticate',
    'said',
    'say',
    'sure',
  ]);
});
