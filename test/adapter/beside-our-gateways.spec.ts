// Gateways of both kinds in one application: no check may get lost between them.
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Injectable,
  type CanActivate,
  type INestApplication,
} from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  CanJoin,
  NestwireAdapter,
  OnConnect,
  OnMessage,
  VerifyClient,
  WsGateway,
  type WsModuleOptions,
} from 'nestwire';
import { closeApps, createApp, LogBook } from '../e2e/support/app.js';
import { freePort } from '../support/free-port.js';

afterEach(closeApps);

const ADAPTERS = {
  NestwireAdapter: (app: INestApplication) => new NestwireAdapter(app),
  WsAdapter: (app: INestApplication) => new WsAdapter(app),
};

type Constructor = new () => object;

interface Trial {
  readonly providers: Constructor[];
  readonly controllers?: Constructor[];
  readonly adapter?: keyof typeof ADAPTERS;
  readonly prefix?: string;
  readonly options?: WsModuleOptions;
}

/** What the start of an application ends with, and what it warns of. */
async function start({ adapter = 'NestwireAdapter', prefix, ...rest }: Trial): Promise<{
  error: string;
  warnings: string[];
}> {
  const log = new LogBook();
  const app = await createApp(
    {
      ...rest,
      configure(created) {
        created.useWebSocketAdapter(ADAPTERS[adapter](created));
        if (prefix !== undefined) created.setGlobalPrefix(prefix);
      },
    },
    log,
  );
  const error = await app.init().then(() => '', String);
  return { error, warnings: log.of('warn') };
}

function pair(ours: string, options: { path?: string }, port = 0): Constructor[] {
  @WsGateway(ours)
  class Verified {
    @VerifyClient()
    verify(): boolean {
      return false;
    }
  }
  @WebSocketGateway(port, options)
  class Board {
    @SubscribeMessage('say')
    say(): string {
      return 'said';
    }
  }
  return [Verified, Board];
}

describe.each(['NestwireAdapter', 'WsAdapter'] as const)('on one server, with %s', (adapter) => {
  it.each([
    ['/chat', { path: '/chat' }, undefined],
    ['/chat', { path: 'chat' }, undefined],
    ['/CHAT', { path: '/chat' }, undefined],
    ['/', {}, undefined],
    ['/chat/:room', { path: '/chat/lobby' }, undefined],
    ['/chat', { path: '/api/chat' }, 'api'],
  ])('%s beside %j (prefix %s) is an error at start', async (ours, options, prefix) => {
    const { error } = await start({
      providers: pair(ours, options),
      adapter,
      ...(prefix !== undefined && { prefix }),
    });
    expect(error).toContain('Cannot map gateway Verified: its path');
    expect(error).toContain('also that of the @WebSocketGateway Board');
  });

  it('paths, prefixes and ports of their own are no error', async () => {
    const port = await freePort();
    for (const trial of [
      { providers: pair('/chat', { path: '/board' }) },
      { providers: pair('/chat', { path: '/chat' }), prefix: 'api' },
      { providers: pair('/chat', { path: '/chat' }, port) },
      { providers: pair('/chat', { path: '/chat' }), options: { port: 0 } },
      { providers: pair('/*rest', { path: '/chat' }) },
    ]) {
      expect(await start({ ...trial, adapter })).toEqual({ error: '', warnings: [] });
      await closeApps();
    }
  });
});

@Injectable()
class Deny implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

describe('methods that nobody would call', () => {
  it('are an error in a @WsGateway, where a check or a handler would be lost', async () => {
    @WsGateway('/a')
    class Checked {
      handleConnection(): void {}
    }
    @WsGateway('/a')
    class Subscribed {
      @SubscribeMessage('say')
      say(): void {}
    }
    class Derived extends Checked {}
    @WsGateway('/a')
    class Field {
      handleConnection = (): void => {};
    }
    for (const [gateway, text] of [
      [Checked, 'Checked.handleConnection: it is never called in a @WsGateway, expected @Verify'],
      [Derived, 'Derived.handleConnection: it is never called'],
      [Field, 'Field.handleConnection: it is never called'],
      [Subscribed, 'Subscribed.say: @SubscribeMessage has no effect in a @WsGateway, expected @On'],
    ] as const) {
      expect((await start({ providers: [gateway] })).error).toContain(`Cannot map ${text}`);
    }
  });

  it('are a warning in a @WsGateway when they only look on', async () => {
    @WsGateway('/a')
    class Watching {
      handleDisconnect(): void {}
      afterInit(): void {}
    }
    const { error, warnings } = await start({ providers: [Watching] });
    expect(error).toBe('');
    expect(warnings.map((line) => line.split(':')[0])).toEqual([
      'Cannot map Watching.handleDisconnect',
      'Cannot map Watching.afterInit',
    ]);
  });

  it('are an error in a @WebSocketGateway when they are ours', async () => {
    @WebSocketGateway({ path: '/b' })
    @VerifyClient(Deny)
    class Guarded {}
    @WebSocketGateway({ path: '/b' })
    class Verifying {
      @VerifyClient()
      verify(): boolean {
        return false;
      }
    }
    @WebSocketGateway({ path: '/b' })
    class Handling {
      @CanJoin()
      @OnMessage('say')
      say(): boolean {
        return true;
      }
    }
    for (const [gateway, text] of [
      [Guarded, 'Guarded: @VerifyClient has no effect in a @WebSocketGateway, expected @WsGateway'],
      [Verifying, 'Verifying.verify: @VerifyClient has no effect'],
      [Handling, 'Handling.say: @OnMessage, @CanJoin has no effect'],
    ] as const) {
      expect((await start({ providers: [gateway] })).error).toContain(`Cannot map ${text}`);
    }
  });

  it('are a warning elsewhere: nothing is served there', async () => {
    @Injectable()
    class Service {
      @OnConnect()
      enter(): void {}
    }
    @Controller()
    class Pages {
      @Get()
      @OnMessage('get')
      get(): void {}
    }
    const { error, warnings } = await start({ providers: [Service], controllers: [Pages] });
    expect(error).toBe('');
    expect(warnings).toEqual([
      'Cannot map Service.enter: @OnConnect has no effect without @WsGateway on the class, expected @WsGateway',
      'Cannot map Pages.get: @OnMessage has no effect without @WsGateway on the class, expected @WsGateway',
    ]);
  });

  it('are fine when the class is a gateway of both kinds, or the method has a decorator of ours', async () => {
    @WebSocketGateway({ path: '/b' })
    @WsGateway('/a')
    class Both {
      handleConnection(): void {}
      @SubscribeMessage('say')
      @OnMessage('say')
      say(): void {}
    }
    @WsGateway('/c')
    class Renamed {
      @OnConnect()
      handleConnection(): void {}
      @SubscribeMessage('say')
      @OnMessage('say')
      say(): void {}
    }
    expect(await start({ providers: [Both, Renamed] })).toEqual({ error: '', warnings: [] });
  });
});
