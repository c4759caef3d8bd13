import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Catch,
  createParamDecorator,
  ForbiddenException,
  Inject,
  Injectable,
  NotFoundException,
  ParseIntPipe,
  Scope,
  SetMetadata,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  ValidationPipe,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, Reflector, REQUEST } from '@nestjs/core';
import {
  ConnectedSocket as NestConnectedSocket,
  MessageBody as NestMessageBody,
  WsException,
} from '@nestjs/websockets';
import { IsInt, IsString, Length, Min } from 'class-validator';
import {
  Connection,
  MessageBody,
  OnMessage,
  WsError,
  WsGateway,
  type MessageContext,
} from 'nestwire';
import { map, type Observable } from 'rxjs';
import { closeApps, startApp } from './support/app.js';
import { Client } from './support/client.js';

afterEach(closeApps);

class SayDto {
  @IsString()
  @Length(1, 5)
  text!: string;
}

class CountDto {
  @IsInt()
  @Min(1)
  count!: number;
}

const error = (code: string, message: string, rest: object = {}): unknown => ({
  event: 'exception',
  data: { status: 'error', code, message, ...rest },
});

describe('pipes', () => {
  @UsePipes(new ValidationPipe({ transform: true }))
  @WsGateway('/')
  class ValidatingGateway {
    @OnMessage('say')
    say(@MessageBody() dto: SayDto): unknown {
      return { dto: dto instanceof SayDto, text: dto.text };
    }
    @OnMessage('positional')
    positional(_connection: Connection, dto: SayDto): unknown {
      return { dto: dto instanceof SayDto };
    }
    @OnMessage('count')
    count(@MessageBody('count', ParseIntPipe) count: number): unknown {
      return { count };
    }
  }

  it('validate and transform a DTO', async () => {
    const { url } = await startApp({ providers: [ValidatingGateway] });
    const client = await Client.connect(url);
    expect((await client.ask('say', { text: 'hi' })).data).toEqual({ dto: true, text: 'hi' });
  });

  it('answer a violation with BAD_REQUEST and the sentences, not the payload, and the connection stays', async () => {
    const { url } = await startApp({ providers: [ValidatingGateway] });
    const client = await Client.connect(url);
    const frame = await client.ask('say', { text: 'much too long: secret' }, 3);
    expect(frame).toEqual({
      event: 'exception',
      id: 3,
      data: {
        status: 'error',
        code: 'BAD_REQUEST',
        message: 'Bad Request',
        details: ['text must be shorter than or equal to 5 characters'],
      },
    });
    expect((await client.ask('say', { text: 'ok' })).data).toEqual({ dto: true, text: 'ok' });
  });

  it('run on a handler without parameter decorators', async () => {
    const { url } = await startApp({ providers: [ValidatingGateway] });
    const client = await Client.connect(url);
    expect((await client.ask('positional', {})).event).toBe('exception');
    expect((await client.ask('positional', { text: 'a' })).data).toEqual({ dto: true });
  });

  it('of a parameter run on the property it picks', async () => {
    const { url } = await startApp({ providers: [ValidatingGateway] });
    const client = await Client.connect(url);
    expect((await client.ask('count', { count: '12' })).data).toEqual({ count: 12 });
    expect((await client.ask('count', { count: 'x' })).data).toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('set globally reach gateways: with app.useGlobalPipes and as APP_PIPE', async () => {
    @WsGateway('/')
    class PlainGateway {
      @OnMessage('count')
      count(@MessageBody() dto: CountDto): number {
        return dto.count;
      }
    }
    const used = await startApp({
      providers: [PlainGateway],
      configure: (app) => app.useGlobalPipes(new ValidationPipe()),
    });
    const first = await Client.connect(used.url);
    expect((await first.ask('count', { count: 0 })).data).toMatchObject({
      details: ['count must not be less than 1'],
    });
    const provided = await startApp({
      providers: [PlainGateway, { provide: APP_PIPE, useClass: ValidationPipe }],
    });
    const second = await Client.connect(provided.url);
    expect((await second.ask('count', { count: 'a' })).event).toBe('exception');
  });
});

const Role = (role: string): MethodDecorator => SetMetadata('role', role);

@Injectable()
class RoleGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const role = this.reflector.get<string | undefined>('role', context.getHandler());
    const client = context.switchToWs().getClient<Connection>();
    return (
      context.getType() === 'ws' &&
      typeof context.switchToWs().getPattern() === 'string' &&
      (role === undefined || client.handshake.query['role'] === role)
    );
  }
}

describe('guards', () => {
  @UseGuards(RoleGuard)
  @WsGateway('/')
  class GuardedGateway {
    @Role('admin')
    @OnMessage('secret')
    secret(): string {
      return 'gold';
    }
    @OnMessage('open')
    open(): string {
      return 'air';
    }
  }

  it('run for each message with the ws context, the handler and the pattern; a denied one answers FORBIDDEN', async () => {
    const { url, log } = await startApp({ providers: [GuardedGateway] });
    const guest = await Client.connect(`${url}/?role=guest`);
    expect(await guest.ask('secret')).toEqual(error('FORBIDDEN', 'Forbidden resource'));
    expect((await guest.ask('open')).data).toBe('air');
    const admin = await Client.connect(`${url}/?role=admin`);
    expect((await admin.ask('secret')).data).toBe('gold');
    expect(log.of('error')).toEqual([]);
  });

  @WsGateway('/')
  class OpenGateway {
    @OnMessage('open')
    open(): string {
      return 'air';
    }
  }

  @Injectable()
  class Deny implements CanActivate {
    canActivate(): boolean {
      return false;
    }
  }

  it('set globally are never skipped: with app.useGlobalGuards and as APP_GUARD', async () => {
    const used = await startApp({
      providers: [OpenGateway],
      configure: (app) => app.useGlobalGuards(new Deny()),
    });
    const first = await Client.connect(used.url);
    expect((await first.ask('open')).data).toMatchObject({ code: 'FORBIDDEN' });
    const provided = await startApp({
      providers: [OpenGateway, { provide: APP_GUARD, useClass: Deny }],
    });
    const second = await Client.connect(provided.url);
    expect((await second.ask('open')).data).toMatchObject({ code: 'FORBIDDEN' });
  });

  it('that are request-scoped APP_GUARDs run with their dependencies while the gateway stays one instance', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class ScopedGuard implements CanActivate {
      constructor(
        @Inject(REQUEST) private readonly request: MessageContext,
        private readonly reflector: Reflector,
      ) {}
      canActivate(): boolean {
        return this.reflector !== undefined && this.request.headers['x-token'] === 'secret';
      }
    }
    let instances = 0;
    @WsGateway('/')
    class CountingGateway {
      private calls = 0;
      constructor() {
        instances++;
      }
      @OnMessage('count')
      count(): number {
        return ++this.calls;
      }
    }
    const { url } = await startApp({
      providers: [CountingGateway, { provide: APP_GUARD, useClass: ScopedGuard }],
    });
    const stranger = await Client.connect(url);
    expect((await stranger.ask('count')).data).toMatchObject({ code: 'FORBIDDEN' });
    const friend = await Client.connect(url, { headers: { 'x-token': 'secret' } });
    expect((await friend.ask('count')).data).toBe(1);
    expect((await friend.ask('count')).data).toBe(2);
    expect(instances).toBe(1);
  });
});

describe('request scope', () => {
  it('makes a gateway for each message, with the message as REQUEST', async () => {
    let made = 0;
    @Injectable({ scope: Scope.REQUEST })
    @WsGateway('/')
    class ScopedGateway {
      private readonly number = ++made;
      constructor(@Inject(REQUEST) private readonly request: MessageContext) {}
      @OnMessage('who')
      who(@MessageBody() dto: unknown): unknown {
        const { event, query, data } = this.request;
        return { number: this.number, event, name: query['name'], same: data === dto };
      }
    }
    const { url } = await startApp({ providers: [ScopedGateway] });
    const client = await Client.connect(`${url}/?name=Ada`);
    const expected = { event: 'who', name: 'Ada', same: true };
    expect((await client.ask('who', {})).data).toEqual({ number: 1, ...expected });
    expect((await client.ask('who', {})).data).toEqual({ number: 2, ...expected });
  });

  it('of a guard on a method is kept', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class ScopedGuard implements CanActivate {
      constructor(@Inject(REQUEST) private readonly request: MessageContext) {}
      canActivate(): boolean {
        return this.request.data === 'please';
      }
    }
    @WsGateway('/')
    class Gateway {
      @UseGuards(ScopedGuard)
      @OnMessage('ask')
      ask(): string {
        return 'yes';
      }
    }
    const { url } = await startApp({ providers: [Gateway] });
    const client = await Client.connect(url);
    expect((await client.ask('ask', 'now')).data).toMatchObject({ code: 'FORBIDDEN' });
    expect((await client.ask('ask', 'please')).data).toBe('yes');
  });
});

const Sender = createParamDecorator((key: string, context: ExecutionContext) => {
  const client = context.switchToWs().getClient<Connection>();
  return client.handshake.query[key];
});

describe('parameters', () => {
  it('of createParamDecorator and of @nestjs/websockets work beside ours', async () => {
    @WsGateway('/')
    class MixedGateway {
      @OnMessage('mix')
      mix(
        @NestMessageBody('text') text: string,
        @NestConnectedSocket() client: Connection,
        @Sender('name') name: string,
        @MessageBody() body: unknown,
      ): unknown {
        return { text, name, body, client: client instanceof Connection };
      }
    }
    const { url } = await startApp({ providers: [MixedGateway] });
    const client = await Client.connect(`${url}/?name=Ada`);
    expect((await client.ask('mix', { text: 'a' })).data).toEqual({
      text: 'a',
      name: 'Ada',
      body: { text: 'a' },
      client: true,
    });
  });
});

const store = new AsyncLocalStorage<string>();

@Injectable()
class StoreInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return store.run('kept', () => next.handle());
  }
}

@Injectable()
class WrapInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((value: unknown) => ({ wrapped: value })));
  }
}

describe('interceptors', () => {
  @WsGateway('/')
  class InterceptedGateway {
    @UseInterceptors(WrapInterceptor)
    @OnMessage('value')
    value(): number {
      return 1;
    }
    @UseInterceptors(StoreInterceptor)
    @OnMessage('store')
    async store(): Promise<unknown> {
      await Promise.resolve();
      return store.getStore();
    }
  }

  it('change what a handler returns, which is still one answer', async () => {
    const { url } = await startApp({ providers: [InterceptedGateway] });
    const client = await Client.connect(url);
    expect(await client.ask('value', null, 1)).toEqual({
      event: 'value',
      data: { wrapped: 1 },
      id: 1,
    });
  });

  it('keep an AsyncLocalStorage store through the handler', async () => {
    const { url } = await startApp({ providers: [InterceptedGateway] });
    const client = await Client.connect(url);
    expect((await client.ask('store')).data).toBe('kept');
  });

  it('set globally reach gateways', async () => {
    @WsGateway('/')
    class PlainGateway {
      @OnMessage('value')
      value(): number {
        return 1;
      }
    }
    const { url } = await startApp({
      providers: [PlainGateway, { provide: APP_INTERCEPTOR, useClass: WrapInterceptor }],
    });
    const client = await Client.connect(url);
    expect((await client.ask('value')).data).toEqual({ wrapped: 1 });
  });
});

@Catch(NotFoundException)
class NotFoundFilter implements ExceptionFilter {
  catch(exception: NotFoundException, host: ArgumentsHost): unknown {
    return { code: 'MISSING', message: `${exception.message} (${host.switchToWs().getPattern()})` };
  }
}

@Catch()
class HttpOnlyFilter implements ExceptionFilter {
  catch(_exception: unknown, host: ArgumentsHost): void {
    const response = host
      .switchToHttp()
      .getResponse<{ status(code: number): { json(body: unknown): void } }>();
    response.status(500).json({});
  }
}

describe('errors and filters', () => {
  @WsGateway('/')
  class FailingGateway {
    @OnMessage('http')
    http(): never {
      throw new ForbiddenException('not you');
    }
    @OnMessage('ws')
    ws(): never {
      throw new WsException('plain');
    }
    @OnMessage('ws-object')
    wsObject(): never {
      throw new WsException({ code: 'ODD', message: 'object', limit: 3 });
    }
    @OnMessage('own')
    own(): never {
      throw new WsError('ROOM_FULL', 'The room is full', { limit: 50 });
    }
    @OnMessage('unknown')
    unknown(): never {
      throw new Error('password is hunter2');
    }
    @UseFilters(NotFoundFilter)
    @OnMessage('filtered')
    filtered(): never {
      throw new NotFoundException('no such room');
    }
    @UseFilters(NotFoundFilter)
    @OnMessage('unfiltered')
    unfiltered(): never {
      throw new ForbiddenException();
    }
  }

  it('of every kind become exception frames with a stable code; only unknown ones are logged', async () => {
    const { url, log } = await startApp({ providers: [FailingGateway] });
    const client = await Client.connect(url);
    expect(await client.ask('http')).toEqual(error('FORBIDDEN', 'not you'));
    expect(await client.ask('ws')).toEqual(error('ERROR', 'plain'));
    expect(await client.ask('ws-object')).toEqual(error('ODD', 'object', { limit: 3 }));
    expect(await client.ask('own')).toEqual(
      error('ROOM_FULL', 'The room is full', { details: { limit: 50 } }),
    );
    expect(log.of('error')).toEqual([]);
    expect(await client.ask('unknown')).toEqual(error('INTERNAL_ERROR', 'Internal server error'));
    expect(log.of('error')).toHaveLength(1);
    expect(log.of('error')[0]).toContain('hunter2');
  });

  it('go to the filter that catches them, whose result fills the frame', async () => {
    const { url } = await startApp({ providers: [FailingGateway] });
    const client = await Client.connect(url);
    expect(await client.ask('filtered')).toEqual(error('MISSING', 'no such room (filtered)'));
    expect(await client.ask('unfiltered')).toEqual(error('FORBIDDEN', 'Forbidden'));
  });

  it('go to global filters too, and one that only knows HTTP hides nothing', async () => {
    const good = await startApp({
      providers: [FailingGateway, { provide: APP_FILTER, useClass: NotFoundFilter }],
    });
    const first = await Client.connect(good.url);
    expect((await first.ask('filtered')).data).toMatchObject({ code: 'MISSING' });
    const http = await startApp({
      providers: [FailingGateway],
      configure: (app) => app.useGlobalFilters(new HttpOnlyFilter()),
    });
    const second = await Client.connect(http.url);
    expect(await second.ask('http')).toEqual(error('FORBIDDEN', 'not you'));
    expect(http.log.of('error')).toEqual(['Cannot run exception filter']);
  });

  it('leave global filters alone when useGlobalFilters is false', async () => {
    const { url, log } = await startApp({
      providers: [FailingGateway],
      options: { useGlobalFilters: false },
      configure: (app) => app.useGlobalFilters(new HttpOnlyFilter()),
    });
    const client = await Client.connect(url);
    expect(await client.ask('http')).toEqual(error('FORBIDDEN', 'not you'));
    expect(await client.ask('filtered')).toEqual(error('MISSING', 'no such room (filtered)'));
    expect(log.of('error')).toEqual([]);
  });
});
