// Global enhancers that were written for HTTP, as Nest's docs have them, beside gateways.
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Injectable,
  Scope,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
  type NestInterceptor,
  type CallHandler,
  type PipeTransform,
  type Provider,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { MessageBody, OnMessage, VerifyClient, WsGateway, type WsModuleOptions } from 'nestwire';
import { closeApps, startApp, type TestApp } from './support/app.js';
import { Client, refusal } from './support/client.js';

afterEach(closeApps);

@WsGateway('/')
class EchoGateway {
  @OnMessage('echo')
  echo(@MessageBody() data: unknown): unknown {
    return data;
  }
  @OnMessage('bug')
  bug(): never {
    throw new TypeError('a bug of its own');
  }
}

let made = 0;

@Injectable()
class AuthGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request & { user?: unknown }>();
    const [type, token] = request.headers.authorization?.split(' ') ?? [];
    if (type !== 'Bearer') throw new UnauthorizedException();
    request.user = { sub: token };
    return true;
  }
}

@Injectable({ scope: Scope.REQUEST })
class ScopedAuthGuard extends AuthGuard {
  constructor() {
    super();
    made++;
  }
}

@Injectable()
class AsyncAuthGuard extends AuthGuard {
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    await Promise.resolve();
    return super.canActivate(context);
  }
}

@Injectable()
class HeaderInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    context
      .switchToHttp()
      .getResponse<{ setHeader(...pair: string[]): void }>()
      .setHeader('a', 'b');
    return next.handle();
  }
}

@Injectable()
class RequestPipe implements PipeTransform {
  transform(value: { headers: { accept: string } }): string {
    return value.headers.accept;
  }
}

async function start(provider: Provider, options: WsModuleOptions = {}): Promise<TestApp> {
  return startApp({
    providers: [EchoGateway, provider],
    options,
  });
}

const CASES: [string, Provider, keyof WsModuleOptions][] = [
  ['AuthGuard', { provide: APP_GUARD, useClass: AuthGuard }, 'useGlobalGuards'],
  ['AsyncAuthGuard', { provide: APP_GUARD, useClass: AsyncAuthGuard }, 'useGlobalGuards'],
  ['ScopedAuthGuard', { provide: APP_GUARD, useClass: ScopedAuthGuard }, 'useGlobalGuards'],
  [
    'HeaderInterceptor',
    { provide: APP_INTERCEPTOR, useClass: HeaderInterceptor },
    'useGlobalInterceptors',
  ],
  ['RequestPipe', { provide: APP_PIPE, useClass: RequestPipe }, 'useGlobalPipes'],
];

describe('a global enhancer for HTTP', () => {
  it.each(CASES)(
    'is named in the log with the option, once: %s',
    async (name, provider, option) => {
      const { url, log } = await start(provider);
      const client = await Client.connect(url);
      expect((await client.ask('echo', 1)).data).toMatchObject({ code: 'INTERNAL_ERROR' });
      expect((await client.ask('echo', 1)).data).toMatchObject({ code: 'INTERNAL_ERROR' });
      const [first, second] = log.of('error');
      expect(first).toContain(`${name} is a global`);
      expect(first).toContain(`${option}: false`);
      expect(second).toContain('Cannot finish message "echo"');
      expect(second).not.toContain(option);
    },
  );

  it.each(CASES)('is left to HTTP by the option: %s', async (_name, provider, option) => {
    made = 0;
    const { url, log } = await start(provider, { [option]: false });
    const client = await Client.connect(url);
    expect((await client.ask('echo', 1)).data).toBe(1);
    expect((await client.ask('bug')).data).toMatchObject({ code: 'INTERNAL_ERROR' });
    expect(log.of('error')).toEqual(['Cannot finish message "bug": TypeError: a bug of its own']);
    expect(made).toBe(0);
  });

  it('stays around messages when another kind is left to HTTP', async () => {
    for (const [, provider, own] of CASES) {
      const others = CASES.map(([, , option]) => option).filter((option) => option !== own);
      const options = Object.fromEntries(others.map((option) => [option, false]));
      const { url } = await start(provider, options);
      const client = await Client.connect(url);
      expect((await client.ask('echo', 1)).event).toBe('exception');
    }
  });

  it('can be asked before the upgrade instead', async () => {
    @VerifyClient(AuthGuard)
    @WsGateway('/')
    class SafeGateway extends EchoGateway {}
    const { url } = await startApp({
      providers: [SafeGateway, { provide: APP_GUARD, useClass: AuthGuard }],
      options: { useGlobalGuards: false },
    });
    expect((await refusal(url)).status).toBe(401);
    const headers = { authorization: 'Bearer ada' };
    const client = await Client.connect(url, { headers });
    expect((await client.ask('echo', 1)).data).toBe(1);
  });
});
