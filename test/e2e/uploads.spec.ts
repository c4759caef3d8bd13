import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Injectable,
  Scope,
  UseGuards,
  UseInterceptors,
  ValidationPipe,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { IsString } from 'class-validator';
import { map, type Observable } from 'rxjs';
import { connect, type Client } from 'nestwire/client';
import {
  IncomingUpload,
  MessageBody,
  OnBinary,
  OnMessage,
  RateLimit,
  Upload,
  WsConfigurationError,
  WsGateway,
} from 'nestwire';
import { closeApps, createApp, startApp, type AppOptions } from './support/app.js';

const clients: Client[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await closeApps();
});

class FileDto {
  @IsString()
  name!: string;
}

@Injectable()
class NoBob implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToWs().getData<FileDto>().name !== 'bob';
  }
}

@Injectable()
class Wrapped implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((size: unknown) => ({ size })));
  }
}

class FileGateway {
  begun = 0;

  @OnMessage('file')
  @UseGuards(NoBob)
  async file(@Upload() upload: IncomingUpload, @MessageBody() { name }: FileDto): Promise<string> {
    this.begun += 1;
    return `${name} ${(await upload.bytes()).length} ${String(upload.size)}`;
  }

  @OnMessage('wrapped')
  @UseInterceptors(Wrapped)
  async wrapped(@Upload() upload: IncomingUpload): Promise<number> {
    this.begun += 1;
    let bytes = 0;
    for await (const part of upload) {
      bytes += part.length;
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    return bytes;
  }

  @OnMessage('seldom')
  @RateLimit({ messages: 1, per: 60_000 })
  async seldom(@Upload() upload: IncomingUpload): Promise<number> {
    return (await upload.bytes()).length;
  }

  @OnMessage()
  other(@Upload({ maxSize: 10 }) upload: IncomingUpload): Promise<Buffer> {
    return upload.bytes();
  }
}

@WsGateway({ path: '/files', timeout: 50 })
class InheritingGateway extends FileGateway {}

@WsGateway('/scoped')
@Injectable({ scope: Scope.REQUEST })
class ScopedGateway extends FileGateway {}

async function open(path: string, options: AppOptions = {}): Promise<Client> {
  const { url } = await startApp({ providers: [InheritingGateway, ScopedGateway], ...options });
  const client = connect(`${url}${path}`, { backoff: { first: 1, most: 5 } });
  clients.push(client);
  return client;
}

const bytes = new Uint8Array(700_000);

describe.each(['/files', '/scoped'])('a handler with @Upload at %s', (path) => {
  it('has guards, pipes and a body like any other', async () => {
    const client = await open(path, {
      configure: (app) =>
        app.useGlobalPipes(new ValidationPipe({ transform: true, whitelist: true })),
    });
    expect(await client.upload('file', bytes, { name: 'ada' })).toBe('ada 700000 700000');
    await expect(client.upload('file', bytes, { name: 'bob' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    await expect(client.upload('file', bytes, { name: 5 })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
  });

  it('goes on behind an interceptor, whatever becomes of the connection', async () => {
    const client = await open(path);
    let lost = false;
    const answer = await client.upload('wrapped', bytes, undefined, {
      onProgress({ sent }) {
        if (lost || sent < 200_000) return;
        lost = true;
        client.reconnect();
      },
    });
    expect([answer, lost]).toEqual([{ size: bytes.length }, true]);
  });

  it('may be limited, and be the one for all other events', async () => {
    const client = await open(path);
    expect(await client.upload('seldom', bytes)).toBe(700_000);
    await expect(client.upload('seldom', bytes)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await expect(client.upload('anything', bytes)).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      details: { maxSize: 10 },
    });
    expect(await client.upload('anything', bytes.subarray(0, 2))).toMatchObject({ data: [0, 0] });
  });
});

describe('@Upload', () => {
  it('is begun once, although the connection was lost', async () => {
    const { url, app } = await startApp({ providers: [InheritingGateway] });
    const client = connect(`${url}/files`, { backoff: { first: 1, most: 5 } });
    clients.push(client);
    let losses = 0;
    await client.upload('wrapped', bytes, undefined, {
      onProgress({ sent }) {
        if (sent < 150_000 * (losses + 1) || losses >= 3) return;
        losses += 1;
        client.reconnect();
      },
    });
    expect([app.get(InheritingGateway).begun, losses]).toEqual([1, 3]);
  });

  it('takes options that are checked', () => {
    expect(() => Upload({ maxSize: 0 })).toThrow(WsConfigurationError);
    expect(() => Upload({ maxsize: 1 } as never)).toThrow('maxSize');
    expect(() => Upload(5 as never)).toThrow(WsConfigurationError);
  });

  it('is refused where it has no effect', async () => {
    @WsGateway('/wrong')
    class WrongGateway {
      @OnBinary()
      take(@Upload() _upload: IncomingUpload): void {}
    }
    const app = await createApp({ providers: [WrongGateway] });
    await expect(app.init()).rejects.toThrow(
      'Cannot map WrongGateway.take: @Upload has no effect with @OnBinary, expected @OnMessage',
    );
  });
});
