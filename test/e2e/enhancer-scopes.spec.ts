import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Catch,
  ConflictException,
  Controller,
  Get,
  Inject,
  Injectable,
  Query,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type ArgumentsHost,
  type CanActivate,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
  type Provider,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, REQUEST } from '@nestjs/core';
import { MessageBody, OnMessage, VerifyClient, WsGateway } from 'nestwire';
import { closeApps, createApp, startApp } from './support/app.js';
import { Client, refusal } from './support/client.js';

afterEach(closeApps);

@Injectable()
class Clock {
  readonly isReal = true;
}

/** Which enhancer ran for which kind of host, and whether it was ready to. */
interface Run {
  readonly kind: string;
  readonly type: string;
  readonly ready: boolean;
  readonly instance: object;
}

interface Enhancers {
  readonly runs: Run[];
  readonly guard: Type<CanActivate>;
  readonly pipe: Type<PipeTransform>;
  readonly interceptor: Type<NestInterceptor>;
  readonly filter: Type;
}

/** One enhancer of each kind, of this scope: they only do their work when they have been constructed. */
function enhancersOf(scope: Scope | undefined): Enhancers {
  const runs: Run[] = [];
  class Base {
    private readonly field = 'set';
    constructor(@Inject(Clock) private readonly clock: Clock) {}
    protected note(kind: string, type: string): void {
      const ready = this.field === 'set' && this.clock?.isReal;
      runs.push({ kind, type, ready, instance: this });
    }
  }
  class Guard extends Base implements CanActivate {
    canActivate(context: ExecutionContext): boolean {
      this.note('guard', context.getType());
      return true;
    }
  }
  class Pipe extends Base implements PipeTransform {
    transform(value: unknown): unknown {
      this.note('pipe', String(value));
      return value;
    }
  }
  class Interceptor extends Base implements NestInterceptor {
    intercept(context: ExecutionContext, next: { handle(): never }): never {
      this.note('interceptor', context.getType());
      return next.handle();
    }
  }
  @Catch(ConflictException)
  class Filter extends Base {
    catch(_error: unknown, host: ArgumentsHost): unknown {
      this.note('filter', host.getType());
      if (host.getType() === 'ws') return { code: 'CAUGHT' };
      host.switchToHttp().getResponse<{ json(body: unknown): void }>().json('caught');
      return undefined;
    }
  }
  if (scope !== undefined) {
    for (const type of [Guard, Pipe, Interceptor, Filter]) Injectable({ scope })(type);
  }
  return { runs, guard: Guard, pipe: Pipe, interceptor: Interceptor, filter: Filter };
}

interface Placement {
  readonly providers?: (enhancers: Enhancers, scope: Scope) => Provider[];
  readonly onClass?: boolean;
  readonly onMethod?: boolean;
  /** Whether the scope stands at the provider and not at the class. */
  readonly scopedProvider?: boolean;
}

const TOKENS = {
  guard: APP_GUARD,
  pipe: APP_PIPE,
  interceptor: APP_INTERCEPTOR,
  filter: APP_FILTER,
} as const;
const KINDS = ['guard', 'pipe', 'interceptor', 'filter'] as const;

const globally = (
  make: (type: Type, scope: Scope) => object,
  scopedProvider = false,
): Placement => ({
  scopedProvider,
  providers: (enhancers, scope) =>
    KINDS.map((kind) => ({
      provide: TOKENS[kind],
      ...(make(enhancers[kind], scope) as { useClass: Type }),
    })),
});

const PLACEMENTS: Readonly<Record<string, Placement>> = {
  'APP_* of a class': globally((useClass) => ({ useClass })),
  'APP_* with a scope': globally((useClass, scope) => ({ useClass, scope }), true),
  'APP_* of a factory': globally(
    (type, scope) => ({
      useFactory: (clock: Clock): unknown => new type(clock),
      inject: [Clock],
      scope,
    }),
    true,
  ),
  'the class': { onClass: true },
  'the method': { onMethod: true },
};

@Injectable({ scope: Scope.REQUEST })
class ScopedGuard implements CanActivate {
  constructor(@Inject(REQUEST) private readonly request: unknown) {}
  canActivate(): boolean {
    return this.request !== undefined;
  }
}

const SCOPES = [
  ['DEFAULT', Scope.DEFAULT],
  ['REQUEST', Scope.REQUEST],
  ['TRANSIENT', Scope.TRANSIENT],
] as const;
const BESIDE = [
  ['alone', []],
  ['beside a request-scoped APP_GUARD', [{ provide: APP_GUARD, useClass: ScopedGuard }]],
] as const;

const CASES = SCOPES.flatMap(([scopeName, scope]) =>
  Object.entries(PLACEMENTS).flatMap(([place, placement]) =>
    BESIDE.map(
      ([beside, extra]) => [scopeName, place, beside, { scope, placement, extra }] as const,
    ),
  ),
);

describe('enhancers of every scope', () => {
  it.each(CASES)('%s on %s, %s: as on a controller', async (_scope, _place, _beside, given) => {
    const { scope, placement, extra } = given;
    const enhancers = enhancersOf(placement.scopedProvider === true ? undefined : scope);
    const { guard, pipe, interceptor, filter, runs } = enhancers;
    const all = [
      UseGuards(guard),
      UsePipes(pipe),
      UseInterceptors(interceptor),
      UseFilters(filter),
    ];
    const around =
      (wanted: boolean | undefined) =>
      (target: object, ...rest: never[]) => {
        if (wanted !== true) return;
        for (const decorate of all) Reflect.apply(decorate, undefined, [target, ...rest]);
      };

    @around(placement.onClass)
    @Controller('c')
    class TheController {
      @(around(placement.onMethod) as MethodDecorator)
      @Get()
      get(@Query('type') _type: string): never {
        throw new ConflictException();
      }
    }
    let gateways = 0;
    @around(placement.onClass)
    @WsGateway('/g')
    class TheGateway {
      constructor() {
        gateways++;
      }
      @(around(placement.onMethod) as MethodDecorator)
      @OnMessage('get')
      get(@MessageBody('type') _type: string): never {
        throw new ConflictException();
      }
    }
    const { url, port } = await startApp({
      providers: [Clock, TheGateway, ...(placement.providers?.(enhancers, scope) ?? []), ...extra],
      controllers: [TheController],
    });
    const client = await Client.connect(`${url}/g`);
    runs.length = 0;
    for (let call = 0; call < 2; call++) {
      const response = await fetch(`http://127.0.0.1:${port}/c?type=http`);
      expect(await response.json()).toBe('caught');
      const answer = await client.ask('get', { type: 'ws' });
      expect(answer.data).toMatchObject({ code: 'CAUGHT' });
    }
    const of = (type: string): Run[] => runs.filter((run) => run.type === type);
    const order = (type: string): unknown[] => of(type).map(({ kind, ready }) => [kind, ready]);
    expect(order('ws')).toEqual(order('http'));
    const once = ['guard', 'interceptor', 'pipe', 'filter'].map((kind) => [kind, true]);
    expect(order('ws')).toEqual([...once, ...once]);
    // How long one of them lives: as long as the controller does, which is made anew for each request
    // when one of its enhancers is.
    const isNew = (type: string): boolean => {
      const guards = of(type).filter(({ kind }) => kind === 'guard');
      return guards[0]?.instance !== guards[1]?.instance;
    };
    const isOwnTransient = scope === Scope.TRANSIENT && placement.providers === undefined;
    // The gateway stays, and so does what was made for it alone.
    expect(isNew('ws')).toBe(isOwnTransient ? false : isNew('http'));
    const isScoped = scope === Scope.REQUEST && placement.providers === undefined;
    expect(gateways > 1).toBe(isScoped);
  });

  it.each(
    SCOPES.flatMap(([name, scope]) =>
      BESIDE.map(([beside, extra]) => [name, beside, { scope, extra }] as const),
    ),
  )('%s with @VerifyClient, %s: constructed', async (_name, _beside, { scope, extra }) => {
    const { guard, pipe, runs } = enhancersOf(scope);
    @VerifyClient(guard)
    @WsGateway('/g')
    class TheGateway {
      @UseGuards(guard)
      @VerifyClient()
      verify(@Query('type', pipe) type: string): boolean {
        return type === 'ws';
      }
    }
    const { url } = await startApp({ providers: [Clock, TheGateway, ...extra] });
    await (await Client.connect(`${url}/g?type=ws`)).close();
    expect((await refusal(`${url}/g?type=x`)).status).toBe(403);
    expect(runs.map(({ kind, ready }) => [kind, ready])).toEqual(
      ['guard', 'guard', 'pipe', 'guard', 'guard', 'pipe'].map((kind) => [kind, true]),
    );
  });
});

describe('an enhancer that Nest does not make', () => {
  const { guard, pipe } = enhancersOf(Scope.DEFAULT);

  @WsGateway('/g')
  @UseGuards(guard)
  class GuardedGateway {
    @OnMessage('get')
    get(): string {
      return 'open';
    }
  }
  @WsGateway('/g')
  @VerifyClient(guard)
  class VerifiedGateway {}
  @WsGateway('/g')
  class PipedGateway {
    @OnMessage('get')
    get(@MessageBody(pipe) body: unknown): unknown {
      return body;
    }
  }

  it.each([
    ['guard', GuardedGateway, 'Guard'],
    ['verifying guard', VerifiedGateway, 'Guard'],
    ['pipe of a parameter', PipedGateway, 'Pipe'],
  ])('is an error at start, for its %s would be left out', async (_kind, type, name) => {
    for (const provider of [
      { provide: 'gateway', useFactory: (): unknown => new type() },
      { provide: 'gateway', useValue: new type() },
    ]) {
      const app = await createApp({ providers: [Clock, provider] });
      await expect(app.init()).rejects.toThrow(`Cannot run ${name}: Nest makes enhancers only`);
    }
  });
});
