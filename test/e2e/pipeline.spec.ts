// What Nest's pipeline does around a handler is easy to lose outside of its own transports: each test
// names one thing that must not be lost.
import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  BadRequestException,
  Catch,
  Inject,
  Injectable,
  Module,
  Scope,
  SetMetadata,
  UseFilters,
  UseGuards,
  UseInterceptors,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import {
  APP_FILTER,
  APP_INTERCEPTOR,
  APP_PIPE,
  ContextIdFactory,
  Reflector,
  REQUEST,
  type ContextId,
  type ContextIdStrategy,
  type HostComponentInfo,
} from '@nestjs/core';
import { MessageBody, OnMessage, WsGateway, type MessageContext } from 'nestwire';
import { from, map, type Observable } from 'rxjs';
import { closeApps, startApp } from './support/app.js';
import { Client } from './support/client.js';

afterEach(closeApps);

const store = new AsyncLocalStorage<string>();

@Injectable()
class StoreInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const data = context.switchToWs().getData<string>();
    return store.run(data, () => next.handle());
  }
}

@Injectable()
class StoreGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    store.enterWith(`guard ${context.switchToWs().getData<string>()}`);
    return true;
  }
}

describe('an AsyncLocalStorage store', () => {
  @WsGateway('/')
  class StoreGateway {
    @UseInterceptors(StoreInterceptor)
    @OnMessage('observable')
    observable(): Observable<unknown> {
      return from([1, 2]).pipe(map(() => store.getStore()));
    }

    @UseInterceptors(StoreInterceptor)
    @OnMessage('generator')
    async *generator(): AsyncGenerator {
      yield store.getStore();
      await Promise.resolve();
      yield store.getStore();
    }

    @UseGuards(StoreGuard)
    @OnMessage('guarded')
    async guarded(): Promise<unknown> {
      await Promise.resolve();
      return store.getStore();
    }

    @OnMessage('plain')
    plain(): unknown {
      return store.getStore() ?? 'nothing';
    }
  }

  it.each(['observable', 'generator'])('is there for the whole of a stream (%s)', async (event) => {
    const { url } = await startApp({ providers: [StoreGateway] });
    const client = await Client.connect(url);
    client.send(event, 'kept', 1);
    const frames = await client.take(3);
    expect(frames.map(({ data, complete }) => complete ?? data)).toEqual(['kept', 'kept', true]);
  });

  it('that a guard has entered is there for its message and for no other', async () => {
    const { url } = await startApp({ providers: [StoreGateway], options: { concurrency: 4 } });
    const client = await Client.connect(url);
    client.send('guarded', 'a', 1);
    client.send('guarded', 'b', 2);
    expect((await client.take(2)).map(({ data }) => data)).toEqual(['guard a', 'guard b']);
    expect((await client.ask('plain')).data).toBe('nothing');
  });
});

const Level = (level: string): ClassDecorator & MethodDecorator => SetMetadata('level', level);

describe('metadata', () => {
  @Injectable()
  class LevelInterceptor implements NestInterceptor {
    constructor(private readonly reflector: Reflector) {}
    intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
      const targets = [context.getHandler(), context.getClass()];
      const level = this.reflector.getAllAndMerge<string[]>('level', targets);
      return next.handle().pipe(map((value: unknown) => ({ value, level })));
    }
  }

  it('of the handler and of its class are found by the Reflector', async () => {
    @Level('class')
    @UseInterceptors(LevelInterceptor)
    @WsGateway('/')
    class LevelGateway {
      @Level('method')
      @OnMessage('a')
      a(): string {
        return 'a';
      }
    }
    const { url } = await startApp({ providers: [LevelGateway] });
    const client = await Client.connect(url);
    expect((await client.ask('a')).data).toEqual({ value: 'a', level: ['method', 'class'] });
  });
});

describe('request-scoped enhancers of the whole application', () => {
  @Injectable({ scope: Scope.REQUEST })
  class NamingInterceptor implements NestInterceptor {
    constructor(@Inject(REQUEST) private readonly request: MessageContext) {}
    intercept(_context: unknown, next: CallHandler): Observable<unknown> {
      return next.handle().pipe(map((value) => `${this.request.event}: ${String(value)}`));
    }
  }

  @Injectable({ scope: Scope.REQUEST })
  class SuffixPipe implements PipeTransform {
    constructor(@Inject(REQUEST) private readonly request: MessageContext) {}
    transform(value: unknown): unknown {
      return `${String(value)}${String(this.request.query['suffix'])}`;
    }
  }

  @Catch(BadRequestException)
  @Injectable({ scope: Scope.REQUEST })
  class NamingFilter implements ExceptionFilter {
    constructor(@Inject(REQUEST) private readonly request: MessageContext) {}
    catch(): unknown {
      return { code: 'NAMED', message: `in ${this.request.event}` };
    }
  }

  it('run with their dependencies, while the gateway keeps its state', async () => {
    @WsGateway('/')
    class CountingGateway {
      private calls = 0;
      @OnMessage('count')
      count(@MessageBody() value: string): string {
        return `${value} ${++this.calls}`;
      }
      @OnMessage('fail')
      fail(): never {
        throw new BadRequestException();
      }
    }
    const { url } = await startApp({
      providers: [
        CountingGateway,
        { provide: APP_INTERCEPTOR, useClass: NamingInterceptor },
        { provide: APP_PIPE, useClass: SuffixPipe },
        { provide: APP_FILTER, useClass: NamingFilter },
      ],
    });
    const client = await Client.connect(`${url}/?suffix=!`);
    expect((await client.ask('count', 'a')).data).toBe('count: a! 1');
    expect((await client.ask('count', 'b')).data).toBe('count: b! 2');
    expect((await client.ask('fail')).data).toMatchObject({ code: 'NAMED', message: 'in fail' });
  });
});

function moduleOf(path: string): new () => object {
  @Injectable()
  class Greeting {
    readonly text = `hello from ${path}`;
  }
  @Injectable({ scope: Scope.REQUEST })
  @WsGateway(path)
  class TwinGateway {
    constructor(private readonly greeting: Greeting) {}
    @OnMessage('greet')
    greet(): string {
      return this.greeting.text;
    }
  }
  @Module({ providers: [Greeting, TwinGateway] })
  class TwinModule {}
  return TwinModule;
}

describe('a request-scoped gateway', () => {
  it('is that of its own module, when another module has a class of the same name', async () => {
    const { url } = await startApp({ imports: [moduleOf('/one'), moduleOf('/two')] });
    for (const path of ['/one', '/two']) {
      const client = await Client.connect(url + path);
      expect((await client.ask('greet')).data).toBe(`hello from ${path}`);
    }
  });

  it('sees the late errors of its streams in its filters', async () => {
    class Late extends Error {}
    @Catch(Late)
    class LateFilter implements ExceptionFilter {
      catch(): unknown {
        return { code: 'LATE', message: 'too late' };
      }
    }
    @Injectable({ scope: Scope.REQUEST })
    @WsGateway('/')
    class StreamingGateway {
      constructor(@Inject(REQUEST) private readonly request: MessageContext) {}
      @UseFilters(LateFilter)
      @OnMessage('stream')
      async *stream(): AsyncGenerator {
        yield await Promise.resolve(this.request.event);
        throw new Late();
      }
    }
    const { url } = await startApp({ providers: [StreamingGateway] });
    const client = await Client.connect(url);
    client.send('stream', null, 1);
    const [first, second] = await client.take(2);
    expect(first).toEqual({ event: 'stream', data: 'stream', id: 1 });
    expect(second).toMatchObject({ event: 'exception', id: 1, data: { code: 'LATE' } });
  });
});

describe('durable providers', () => {
  /** One subtree of instances for each tenant, as Nest's documentation does it for HTTP. */
  class TenantStrategy implements ContextIdStrategy {
    private readonly tenants = new Map<string, ContextId>();
    attach(contextId: ContextId, request: { headers?: Record<string, string> }) {
      const tenant = request.headers?.['x-tenant'] ?? 'none';
      const shared = this.tenants.get(tenant) ?? ContextIdFactory.create();
      this.tenants.set(tenant, shared);
      return {
        resolve: (info: HostComponentInfo) => (info.isTreeDurable ? shared : contextId),
        payload: { tenant },
      };
    }
  }

  it('live once for each tenant that the strategy finds in the handshake', async () => {
    ContextIdFactory.apply(new TenantStrategy());
    let made = 0;
    @Injectable({ scope: Scope.REQUEST, durable: true })
    @WsGateway('/')
    class TenantGateway {
      private calls = 0;
      constructor(@Inject(REQUEST) private readonly request: { tenant: string }) {
        made++;
      }
      @OnMessage('count')
      count(): string {
        return `${this.request.tenant} ${++this.calls}`;
      }
    }
    const { url } = await startApp({ providers: [TenantGateway] });
    const answers: unknown[] = [];
    for (const tenant of ['a', 'b', 'a']) {
      const client = await Client.connect(url, { headers: { 'x-tenant': tenant } });
      answers.push((await client.ask('count')).data);
    }
    expect(answers).toEqual(['a 1', 'b 1', 'a 2']);
    expect(made).toBe(2);
  });
});
