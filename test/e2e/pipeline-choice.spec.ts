import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Injectable,
  Scope,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type CallHandler,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { EventName, MessageBody, OnMessage, WsGateway } from 'nestwire';
import type { Observable } from 'rxjs';
import { closeApps, startApp, type AppOptions } from './support/app.js';
import { Client } from './support/client.js';
import { guard, pipe, recorder, trace } from './support/enhancers.js';
import { AppGuard } from './support/levels.js';
import { gatewayOf, runCases, type MethodCases } from './support/pipelines.js';

afterEach(closeApps);

describe('a handler that is guarded', () => {
  const cases: MethodCases = {
    ask: { around: [UseGuards(guard('method', () => true))], handler: () => 'answer' },
  };
  class Passing implements NestInterceptor {
    intercept(_context: unknown, next: CallHandler): Observable<unknown> {
      return next.handle();
    }
  }
  @Injectable({ scope: Scope.REQUEST })
  class ScopedGuard extends AppGuard {}
  @Injectable({ scope: Scope.REQUEST })
  class ScopedInterceptor extends Passing {}
  const intercepted: MethodCases = {
    ask: { ...cases['ask']!, around: [UseInterceptors(Passing)] },
  };
  const scoped: MethodCases = { ask: { ...cases['ask']!, around: [UseGuards(ScopedGuard)] } };

  it.each<[string, MethodCases, AppOptions]>([
    ['an interceptor of the method', intercepted, { providers: [gatewayOf(intercepted)] }],
    [
      'an interceptor of the class',
      cases,
      { providers: [gatewayOf(cases, [UseInterceptors(Passing)])] },
    ],
    [
      'an interceptor of the application',
      cases,
      {
        providers: [gatewayOf(cases)],
        configure: (app) => app.useGlobalInterceptors(new Passing()),
      },
    ],
    [
      'a provided interceptor of the application',
      cases,
      { providers: [gatewayOf(cases), { provide: APP_INTERCEPTOR, useClass: Passing }] },
    ],
    [
      'a request-scoped interceptor of the application',
      cases,
      { providers: [gatewayOf(cases), { provide: APP_INTERCEPTOR, useClass: ScopedInterceptor }] },
    ],
    ['a request-scoped guard of the method', scoped, { providers: [gatewayOf(scoped)] }],
    [
      'a request-scoped guard of the application',
      cases,
      { providers: [gatewayOf(cases), { provide: APP_GUARD, useClass: ScopedGuard }] },
    ],
  ])("runs in Nest's pipeline when there is %s", async (_name, all, options) => {
    const { outcomes, nestCalls } = await runCases(all, options, recorder);
    expect(outcomes['ask']?.frames).toEqual([{ event: 'ask', data: 'answer', id: 'ask' }]);
    expect(nestCalls).toBe(1);
  });
});

describe('a handler that overrides one with its parameters in another order', () => {
  class BaseGateway {
    say(@MessageBody() text: string, _connection?: unknown): string {
      return text;
    }
  }
  @WsGateway('/')
  class DerivedGateway extends BaseGateway {
    @UsePipes(pipe('a'), pipe('b'))
    @OnMessage('say')
    override say(@EventName() event: string, @MessageBody() text: string): string {
      return `${event}: ${text}`;
    }
  }

  it("sends each value through its own pipes, as in Nest's pipeline, where it runs", async () => {
    const { url } = await startApp({ providers: [DerivedGateway] });
    const client = await Client.connect(url);
    trace.length = 0;
    expect((await client.ask('say', 'hello')).data).toBe('say: hello');
    expect(trace.map((line) => line.split(' undefined')[0])).toEqual([
      'pipe a: "hello" String body',
      'pipe a: "hello" String body',
      'pipe a: "say" String custom',
      'pipe b: "hello" String body',
      'pipe b: "hello" String body',
      'pipe b: "say" String custom',
    ]);
    await client.close();
  });
});
