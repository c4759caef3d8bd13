import { UnauthorizedException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import {
  CanJoin,
  ConnectedSocket,
  MessageBody,
  OnMessage,
  tokenFromProtocol,
  VerifyClient,
  WireError,
  WsGateway,
  type Connection,
  type RoomGrant,
  type TokenSource,
} from 'nestwire';

/** What the script of `fake-and-real.spec.ts` speaks. */
export interface StageContract {
  calls: {
    add(data: { a: number; b: number }): number;
    nothing(): void;
    failing(): void;
    breaking(): void;
    waiting(): void;
  };
  streams: { count(data: { to: number }): number; endless(): number };
  events: { said: string };
  questions: { confirm(data: { card: string }): boolean };
  presence: { name: string };
  user: { id: string };
}

const findToken = tokenFromProtocol();

export class StageGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<TokenSource & { user?: { id: string } }>();
    const token = findToken(request) ?? '';
    if (token === 'bad') throw new UnauthorizedException();
    if (token === 'banned') return false;
    request.user = { id: token };
    return true;
  }
}

@VerifyClient(StageGuard)
@WsGateway('/stage')
export class StageGateway {
  @CanJoin()
  mayJoin({ user }: Connection<StageContract>, room: string): RoomGrant<StageContract> | boolean {
    return room === 'lobby' && { latest: 2, presence: true, meta: { name: user?.id ?? '' } };
  }

  @OnMessage('add')
  add(@MessageBody() { a, b }: { a: number; b: number }): number {
    return a + b;
  }

  @OnMessage('nothing')
  nothing(): void {}

  @OnMessage('failing')
  failing(): void {
    throw new WireError('TOO_FAR', 'Too far', { details: { field: 'to' } });
  }

  @OnMessage('breaking')
  breaking(): void {
    throw new Error('secret');
  }

  @OnMessage('waiting')
  waiting(): Promise<void> {
    return new Promise(() => {});
  }

  @OnMessage('count')
  async *count(@MessageBody('to') to: number): AsyncGenerator<number> {
    for (let n = 1; n <= to; n += 1) yield n;
  }

  @OnMessage('endless')
  async *endless(@ConnectedSocket() connection: Connection): AsyncGenerator<number> {
    yield 1;
    await connection.closed;
  }
}
