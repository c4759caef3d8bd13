import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Inject,
  Injectable,
  Scope,
  SetMetadata,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { APP_GUARD, Reflector, REQUEST } from '@nestjs/core';
import { Connection, MessageBody, OnMessage, WsGateway, type MessageContext } from 'nestwire';
import { closeApps, startApp } from './support/app.js';
import { Client } from './support/client.js';

afterEach(closeApps);

const error = (code: string, message: string, rest: object = {}): unknown => ({
  event: 'exception',
  data: { status: 'error', code, message, ...rest },
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
