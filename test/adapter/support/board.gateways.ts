// An application as it is written for `WsAdapter`: it imports nothing of this package.
import {
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  Catch,
  ForbiddenException,
  Injectable,
  ParseIntPipe,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import {
  BaseWsExceptionFilter,
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  WsException,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  type OnGatewayInit,
  type WsResponse,
} from '@nestjs/websockets';
import type { IncomingMessage } from 'node:http';
import { from, map, of, throwError, type Observable } from 'rxjs';

/** What an application relies on in the clients and servers of `ws`. */
interface Socket {
  readyState: number;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

@Injectable()
export class Diary {
  readonly lines: string[] = [];
}

class OnlyGrownUps implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const data: { age?: number } = context.switchToWs().getData();
    return context.getType() === 'ws' && (data.age ?? 0) >= 18;
  }
}

class Shout implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    return next.handle().pipe(map((value) => ({ event: 'shouted', data: `${String(value)}!` })));
  }
}

@Catch(RangeError)
class RangeFilter implements ExceptionFilter {
  catch(error: RangeError, host: ArgumentsHost): void {
    const client = host.switchToWs().getClient<Socket>();
    client.send(JSON.stringify({ event: 'out-of-range', data: error.message }));
  }
}

@WebSocketGateway({ path: '/board' })
export class BoardGateway implements OnGatewayInit, OnGatewayConnection, OnGatewayDisconnect {
  @WebSocketServer()
  server!: { clients: Set<Socket> };

  constructor(private readonly diary: Diary) {}

  afterInit(server: unknown): void {
    this.diary.lines.push(`init ${server === this.server}`);
  }

  handleConnection(client: Socket, request: IncomingMessage): void {
    this.diary.lines.push(`connected ${request.url} ${client.readyState}`);
    client.send(JSON.stringify({ event: 'welcome', data: request.headers['x-name'] }));
  }

  handleDisconnect(_client: Socket, reason?: unknown): void {
    this.diary.lines.push(`disconnected ${String(reason)}`);
  }

  @SubscribeMessage('value')
  value(@MessageBody() data: unknown): WsResponse<unknown> {
    return { event: 'value', data };
  }

  @SubscribeMessage('raw')
  raw(@MessageBody('text') text: string): string {
    return text;
  }

  @SubscribeMessage('nothing')
  nothing(): void {
    this.diary.lines.push('nothing');
  }

  @SubscribeMessage('zero')
  zero(): number {
    return 0;
  }

  @SubscribeMessage('later')
  async later(@MessageBody() data: unknown): Promise<WsResponse<unknown>> {
    await Promise.resolve();
    return { event: 'later', data };
  }

  @SubscribeMessage('stream')
  stream(@MessageBody() count: number): Observable<WsResponse<number>> {
    return from(Array.from({ length: count }, (_, data) => ({ event: 'tick', data })));
  }

  @SubscribeMessage('broken-stream')
  brokenStream(): Observable<never> {
    return throwError(() => new WsException('the stream broke'));
  }

  @SubscribeMessage('fail')
  fail(): never {
    throw new WsException('refused');
  }

  @SubscribeMessage('fail-object')
  failObject(): never {
    throw new WsException({ code: 'FULL', limit: 3 });
  }

  @UseFilters(new BaseWsExceptionFilter({ includeCause: false }))
  @SubscribeMessage('fail-plain')
  failPlain(): never {
    throw new ForbiddenException('a secret');
  }

  @UseFilters(RangeFilter)
  @SubscribeMessage('fail-range')
  failRange(): never {
    throw new RangeError('too far');
  }

  @UseGuards(OnlyGrownUps)
  @SubscribeMessage('enter')
  enter(): WsResponse<string> {
    return { event: 'entered', data: 'in' };
  }

  @UseInterceptors(Shout)
  @SubscribeMessage('shout')
  shout(@MessageBody() text: string): string {
    return text;
  }

  @SubscribeMessage('double')
  double(@MessageBody('n', ParseIntPipe) n: number): WsResponse<number> {
    return { event: 'doubled', data: n * 2 };
  }

  @UsePipes(ParseIntPipe)
  @SubscribeMessage('parse')
  parse(@MessageBody() n: number): Observable<WsResponse<number>> {
    return of({ event: 'parsed', data: n });
  }

  @SubscribeMessage('direct')
  direct(@ConnectedSocket() client: Socket): void {
    client.send('not JSON at all');
  }

  @SubscribeMessage('count')
  count(client: Socket): WsResponse<number> {
    return { event: 'count', data: client.readyState === 1 ? this.server.clients.size : -1 };
  }

  @SubscribeMessage('leave')
  leave(client: Socket): void {
    client.close(4001, 'as you wish');
  }
}

/** A second gateway on the same path. */
@WebSocketGateway({ path: 'board/' })
export class OtherBoardGateway {
  @SubscribeMessage('elsewhere')
  elsewhere(@MessageBody() data: unknown): WsResponse<unknown> {
    return { event: 'elsewhere', data };
  }
}
