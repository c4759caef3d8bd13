import {
  applyDecorators,
  Body,
  createParamDecorator,
  DefaultValuePipe,
  ParseIntPipe,
  UseGuards,
  type PipeTransform,
} from '@nestjs/common';
import { MessageBody as Payload } from '@nestjs/websockets';
import {
  ConnectedSocket,
  contract,
  MessageBody,
  OnBinary,
  OnMessage,
  OnMessage as On,
  Signal,
  Upload,
  WsGateway,
  type Connection,
  type IncomingUpload,
} from 'nestwire';
import { BehaviorSubject, of, type Observable } from 'rxjs';
import type { Author, Card, Colour, Json, Level, Order, Page, Tree } from './cards.js';
import { Event, EVENTS, PREFIX } from './events.js';

const typed = contract<{ calls: { typed(data: number): string }; streams: { gone(): number } }>();
const { OnMessage: OnTyped } = typed;

class Allowed {
  canActivate = (): boolean => true;
}

/** A decorator as Nest's documentation makes them. */
const Guarded = (event: string) =>
  applyDecorators(OnMessage(`${PREFIX}.${event}`), UseGuards(Allowed));
function Plain(event: string): MethodDecorator {
  return On(event, { timeout: 5 });
}

const UserName = createParamDecorator(() => 'ada');

class DatePipe implements PipeTransform<string, Date> {
  transform(value: string): Date {
    return new Date(value);
  }
}

@WsGateway({ path: ['/board/:id', 'wall/'] })
export class BoardGateway {
  static readonly HIDE = 'hide';

  @OnMessage('move')
  move(@MessageBody() _card: Pick<Card, 'id' | 'colour'>): Card {
    throw new Error('not here');
  }

  @OnMessage('page')
  async page(
    @Payload('number', new DefaultValuePipe(1), ParseIntPipe) _number: number,
    @Body('size') _size?: number,
  ): Promise<Page<Card>> {
    return Promise.reject(new Error('not here'));
  }

  @OnMessage('rename')
  rename(
    @ConnectedSocket() _connection: Connection,
    @MessageBody('card') _card: string,
    @MessageBody('at', DatePipe) _at: Date,
    @UserName() _user: string,
  ): void {}

  @OnMessage('both')
  both(
    @MessageBody() _whole: { readonly text: string },
    @MessageBody('extra') _extra: boolean,
  ): void {}

  /** Without decorators: the connection, and the data. */
  @OnMessage(Event.Tree)
  @OnMessage(EVENTS.forest)
  tree(_connection: Connection, order: Order = null, ..._more: unknown[]): Tree {
    return { name: String(order), children: [] };
  }

  @OnMessage(BoardGateway.HIDE)
  hide(@Signal() _signal: AbortSignal): undefined {}

  @Guarded('json')
  json(@MessageBody() json: Json): Json {
    return json;
  }

  @Plain('plain')
  plain(@MessageBody() _data?: unknown): Promise<Card | undefined> {
    return Promise.resolve(undefined);
  }

  @OnTyped('typed')
  typed(@MessageBody() data: number): string {
    return String(data);
  }

  @typed.OnMessage('gone')
  gone(): Observable<number> {
    return of(1);
  }

  @OnMessage('reply')
  reply(): { event: string; data: Level } | { event: 'none'; data: null } {
    return { event: 'none', data: null };
  }

  @OnMessage('replies')
  async *replies(): AsyncGenerator<{ event: 'reply'; data: Colour }, string, unknown> {
    yield* [];
    return 'end';
  }

  @OnMessage('watch')
  watch(): Promise<Observable<Author>> {
    return Promise.reject(new Error('not here'));
  }

  @OnMessage('level')
  level(): BehaviorSubject<boolean | 'unknown'> {
    return new BehaviorSubject<boolean | 'unknown'>(true);
  }

  @OnMessage('lines')
  lines(): AsyncIterable<string> {
    return this.#read();
  }

  @OnMessage('picture')
  picture(
    @Upload({ maxSize: 1_000_000 }) upload: IncomingUpload,
    @MessageBody('card') card: string,
  ): Promise<{ card: string; bytes: number }> {
    return Promise.resolve({ card, bytes: upload.received });
  }

  @OnMessage('log')
  async log(@Upload() upload: IncomingUpload): Promise<void> {
    await upload.bytes();
  }

  /** Nothing of these is in a contract: the fallback has no name, and bytes have no type. */
  @OnMessage()
  others(@MessageBody() _data: Map<string, never>): void {}

  @OnBinary(1)
  bytes(@MessageBody() bytes: Buffer): Buffer {
    return bytes;
  }

  notDecorated(): Set<string> {
    return new Set();
  }

  async *#read(): AsyncGenerator<string> {
    yield* [];
  }
}
