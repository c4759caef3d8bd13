import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  BadRequestException,
  ConflictException,
  Headers,
  Injectable,
  ParseIntPipe,
  Query,
  Req,
  SetMetadata,
  UnauthorizedException,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  Connection,
  ConnectionRegistry,
  Hub,
  OnConnect,
  OnDisconnect,
  OnMessage,
  VerifyClient,
  WsGateway,
  type HandshakeSnapshot,
} from 'nestwire';
import { WebSocket } from 'ws';
import { closeApps, startApp } from './support/app.js';
import { Client, refusal } from './support/client.js';
import { deferred } from './support/deferred.js';

afterEach(closeApps);

@Injectable()
class Accounts {
  find(token: string | undefined): { name: string } | undefined {
    return token === 'secret' ? { name: 'Ada' } : undefined;
  }
}

@WsGateway('/door')
class DoorGateway {
  constructor(private readonly accounts: Accounts) {}

  @VerifyClient()
  async verify(
    @Query('how') how: string,
    @Headers('x-token') token: string,
  ): Promise<object | boolean> {
    await Promise.resolve();
    switch (how) {
      case 'true':
        return true;
      case 'false':
        return false;
      case 'nothing':
        return undefined as unknown as boolean;
      case 'conflict':
        throw new ConflictException('name is taken');
      case 'returned':
        return new BadRequestException(['name must not be empty']);
      case 'broken':
        throw new Error('the database said: secret detail');
      default: {
        const account = this.accounts.find(token);
        if (account === undefined) throw new UnauthorizedException();
        return account;
      }
    }
  }

  @OnMessage('me')
  me(connection: Connection): unknown {
    return connection.user ?? null;
  }
}

describe('@VerifyClient on a method', () => {
  it('accepts with true and leaves the user undefined', async () => {
    const { url } = await startApp({ providers: [Accounts, DoorGateway] });
    const client = await Client.connect(`${url}/door?how=true`);
    expect((await client.ask('me')).data).toBeNull();
  });

  it('makes the returned object the user of the connection', async () => {
    const { url } = await startApp({ providers: [Accounts, DoorGateway] });
    const client = await Client.connect(`${url}/door`, { headers: { 'x-token': 'secret' } });
    expect((await client.ask('me')).data).toEqual({ name: 'Ada' });
  });

  it.each([
    ['false', 403, 'Forbidden resource'],
    ['nothing', 403, 'Forbidden resource'],
    ['conflict', 409, 'name is taken'],
    ['returned', 400, 'name must not be empty'],
    ['', 401, 'Unauthorized'],
  ])('refuses %s with %i before the 101', async (how, status, text) => {
    const { url, app } = await startApp({ providers: [Accounts, DoorGateway] });
    const refused = await refusal(`${url}/door?how=${how}`);
    expect(refused.status).toBe(status);
    expect(refused.headers.connection).toBe('close');
    expect(refused.headers['content-type']).toContain('application/json');
    expect(refused.body).toContain(text);
    expect(app.get(ConnectionRegistry).size).toBe(0);
  });

  it('answers an unexpected error with 500, says nothing about it and logs it', async () => {
    const { url, log } = await startApp({ providers: [Accounts, DoorGateway] });
    const refused = await refusal(`${url}/door?how=broken`);
    expect(refused.status).toBe(500);
    expect(refused.body).not.toContain('secret');
    expect(log.of('error')).toEqual(['Cannot verify client']);
  });

  it('gives a method without parameter decorators the handshake and the request', async () => {
    const seen: unknown[] = [];
    @WsGateway('/plain')
    class PlainGateway {
      @VerifyClient()
      verify(handshake: HandshakeSnapshot, request: IncomingMessage): boolean {
        seen.push(handshake.query['a'], request.method);
        return true;
      }
    }
    const { url } = await startApp({ providers: [PlainGateway] });
    await Client.connect(`${url}/plain?a=1`);
    expect(seen).toEqual(['1', 'GET']);
  });

  it('runs the pipes of its parameters, whose errors refuse with their status', async () => {
    @WsGateway('/piped')
    class PipedGateway {
      @VerifyClient()
      verify(@Query('age', ParseIntPipe) age: number): object {
        return { age };
      }
      @OnMessage('me')
      me(connection: Connection): unknown {
        return connection.user;
      }
    }
    const { url } = await startApp({ providers: [PipedGateway] });
    const client = await Client.connect(`${url}/piped?age=42`);
    expect((await client.ask('me')).data).toEqual({ age: 42 });
    expect((await refusal(`${url}/piped?age=x`)).status).toBe(400);
  });
});

const Roles = (...roles: string[]): ClassDecorator => SetMetadata('roles', roles);

@Injectable()
class TokenGuard implements CanActivate {
  constructor(private readonly accounts: Accounts) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context
      .switchToHttp()
      .getRequest<{ query: Record<string, string>; user?: unknown; params: unknown; ip: string }>();
    const account = this.accounts.find(request.query['token']);
    if (account === undefined) throw new UnauthorizedException('no token');
    request.user = { ...account, type: context.getType(), ip: request.ip };
    return true;
  }
}

@Injectable()
class RolesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const roles = this.reflector.getAllAndOverride<string[]>('roles', [
      context.getHandler(),
      context.getClass(),
    ]);
    return roles.includes('guest');
  }
}

describe('@VerifyClient with guards on the class', () => {
  @Roles('guest')
  @VerifyClient(TokenGuard, RolesGuard)
  @WsGateway('/guarded')
  class GuardedGateway {
    @OnMessage('me')
    me(connection: Connection): unknown {
      return connection.user;
    }
  }

  @Roles('admin')
  @VerifyClient(TokenGuard, RolesGuard)
  @WsGateway('/admin')
  class AdminGateway {}

  const providers = [Accounts, GuardedGateway, AdminGateway];

  it('runs HTTP guards with dependency injection on the upgrade request and takes over request.user', async () => {
    const { url } = await startApp({ providers });
    const client = await Client.connect(`${url}/guarded?token=secret`);
    expect((await client.ask('me')).data).toEqual({ name: 'Ada', type: 'http', ip: '127.0.0.1' });
  });

  it('refuses with the status of the guard that throws, and with 403 for one that says no', async () => {
    const { url } = await startApp({ providers });
    expect((await refusal(`${url}/guarded`)).status).toBe(401);
    expect((await refusal(`${url}/admin?token=secret`)).status).toBe(403);
  });
});

describe('@UseGuards beside @VerifyClient', () => {
  it('guards on the method decide before it', async () => {
    const order: string[] = [];
    @Injectable()
    class First implements CanActivate {
      canActivate(context: ExecutionContext): boolean {
        order.push(context.getType());
        return context.switchToHttp().getRequest<{ url: string }>().url.includes('yes');
      }
    }
    @WsGateway('/both')
    class BothGateway {
      @UseGuards(First)
      @VerifyClient()
      verify(@Req() request: IncomingMessage): boolean {
        order.push(String(request.url));
        return true;
      }
    }
    const { url } = await startApp({ providers: [BothGateway] });
    await Client.connect(`${url}/both?yes`);
    expect((await refusal(`${url}/both?no`)).status).toBe(403);
    expect(order).toEqual(['http', '/both?yes', 'http']);
  });
});

/** A gateway whose decision the test takes, once it knows that the client waits for it. */
class Hesitation {
  readonly asked = deferred();
  readonly decision = deferred<boolean>();
  readonly life: string[] = [];

  count(word: 'in' | 'out'): number {
    return this.life.filter((line) => line.startsWith(word)).length;
  }
}

@WsGateway('/slow')
class SlowGateway {
  constructor(private readonly hesitation: Hesitation) {}

  @VerifyClient()
  verify(@Query('wait') wait?: string): boolean | Promise<boolean> {
    if (wait === undefined) return true;
    this.hesitation.asked.resolve();
    return this.hesitation.decision.promise;
  }
  @OnConnect()
  entered({ handshake }: Connection): void {
    this.hesitation.life.push(`in ${handshake.url}`);
  }
  @OnDisconnect()
  left({ handshake }: Connection): void {
    this.hesitation.life.push(`out ${handshake.url}`);
  }
  @OnMessage('ping')
  ping(): string {
    return 'pong';
  }
}

describe('a verification that takes its time', () => {
  it('ends with 503 at the handshake timeout; a later yes changes nothing', async () => {
    const { app, url } = await startApp({
      providers: [Hesitation, SlowGateway],
      options: { handshakeTimeout: 100 },
    });
    const refused = await refusal(`${url}/slow?wait=1`);
    expect(refused.status).toBe(503);
    app.get(Hesitation).decision.resolve(true);
    const other = await Client.connect(`${url}/slow`);
    expect((await other.ask('ping')).data).toBe('pong');
    await app.close();
    expect(app.get(Hesitation).life).toEqual(['in /slow', 'out /slow']);
  });

  it('may see the client leave: hooks stay paired and the server goes on', async () => {
    const { app, url } = await startApp({ providers: [Hesitation, SlowGateway] });
    const { asked, decision } = app.get(Hesitation);
    const leaving = new WebSocket(`${url}/slow?wait=1`);
    leaving.on('error', () => {});
    await asked.promise;
    leaving.terminate();
    decision.resolve(true);
    const other = await Client.connect(`${url}/slow`);
    expect((await other.ask('ping')).data).toBe('pong');
    await app.close();
    expect(app.get(Hesitation).count('in')).toBe(app.get(Hesitation).count('out'));
    expect(app.get(ConnectionRegistry).size).toBe(0);
  });
});

describe('a decision that never comes', () => {
  @WsGateway('/')
  class HangingGateway {
    asked = 0;
    private waiting: () => void = () => {};

    /** Resolves when it is asked once more. */
    called(): Promise<void> {
      return new Promise((resolve) => (this.waiting = resolve));
    }

    @VerifyClient()
    verify(@Query('how') how: string): boolean | Promise<boolean> {
      this.asked++;
      this.waiting();
      return how === 'hang' ? new Promise(() => {}) : true;
    }
  }

  it('does not count against its address once the client was sent away', async () => {
    const { url, app } = await startApp({
      providers: [HangingGateway],
      options: { handshakeTimeout: 30, connections: { pendingPerIp: 1 } },
    });
    expect((await refusal(`${url}/?how=hang`)).status).toBe(503);
    expect(app.get(Hub).stats.connections.pending).toBe(0);
    const client = await Client.connect(url);
    await client.close();
  });

  it('counts against its address while it is under way, although the client has left', async () => {
    const { url, app } = await startApp({
      providers: [HangingGateway],
      options: { connections: { pendingPerIp: 3 } },
    });
    const gateway = app.get(HangingGateway);
    const statuses: (number | undefined)[] = [];
    for (let count = 0; count < 6; count++) {
      const asked = gateway.asked;
      const leaving = new WebSocket(`${url}/?how=hang`);
      leaving.on('error', () => {});
      const status = await Promise.race([
        new Promise<number>((resolve) => {
          leaving.once('unexpected-response', (_request, { statusCode }) => resolve(statusCode!));
        }),
        gateway.called().then(() => undefined),
      ]);
      statuses.push(status);
      if (gateway.asked > asked) {
        leaving.terminate();
        await new Promise((resolve) => leaving.once('close', resolve));
      }
    }
    expect(gateway.asked).toBe(3);
    expect(statuses).toEqual([undefined, undefined, undefined, 503, 503, 503]);
    expect(app.get(Hub).stats.connections.pending).toBe(3);
  });
});
