import { UnauthorizedException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import {
  CanJoin,
  ConnectedSocket,
  MessageBody,
  OnMessage,
  tokenFromProtocol,
  Upload,
  VerifyClient,
  WireError,
  WsGateway,
  type Connection,
  type IncomingUpload,
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
  uploads: {
    file(data: { name: string }): { name: string; size: number | undefined; sum: number };
    picky(): void;
  };
  streams: { count(data: { to: number }): number; endless(): number };
  events: { said: string };
  questions: { confirm(data: { card: string }): boolean };
  presence: { name: string };
  user: { id: string };
}

/** What an upload was. */
interface StagedFile {
  readonly name: string;
  readonly size: number | undefined;
  readonly sum: number;
}

/** The same for every server. */
export async function readFile(
  upload: AsyncIterable<Uint8Array> & { readonly size: number | undefined },
  name: string,
): Promise<StagedFile> {
  let sum = 0;
  for await (const part of upload) for (const byte of part) sum += byte;
  return { name, size: upload.size, sum };
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

  @OnMessage('file')
  file(@Upload() upload: IncomingUpload, @MessageBody('name') name: string): Promise<StagedFile> {
    return readFile(upload, name);
  }

  @OnMessage('picky')
  async picky(@Upload() upload: IncomingUpload): Promise<void> {
    for await (const part of upload) {
      throw new WireError('TOO_FAR', `Too far: ${part.length > 0}`);
    }
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
