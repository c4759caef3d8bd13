import { afterEach, describe, expect, it } from '@jest/globals';
import {
  BadRequestException,
  ConflictException,
  Injectable,
  Query,
  SetMetadata,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import {
  CanJoin,
  OnBinary,
  OnConnect,
  OnDisconnect,
  OnMessage,
  OnPing,
  Protocol,
  RateLimit,
  VerifyClient,
  WsError,
  WsGateway,
  type Connection,
} from 'nestwire';
import { closeApps, createApp, startApp } from './support/app.js';
import { Client, refusal } from './support/client.js';

afterEach(closeApps);

type Constructor = new () => object;

const asked: string[] = [];
afterEach(() => {
  asked.length = 0;
});

/** A guard that is asked by name, and says no to `?no=name`. */
function guard(name: string): new () => CanActivate {
  @Injectable()
  class NamedGuard implements CanActivate {
    canActivate(context: ExecutionContext): boolean {
      asked.push(name);
      const { query } = context.switchToHttp().getRequest<{ query: Record<string, string> }>();
      return query['no'] !== name;
    }
  }
  return NamedGuard;
}

const [A, B, C, D] = ['a', 'b', 'c', 'd'].map(guard) as [
  new () => CanActivate,
  new () => CanActivate,
  new () => CanActivate,
  new () => CanActivate,
];

const Roles = (...roles: string[]): MethodDecorator => SetMetadata('roles', roles);

function guarded(Base: Constructor, by: new () => CanActivate): Constructor {
  @VerifyClient(by)
  class Mixin extends Base {}
  return Mixin;
}

async function startError(gateway: Constructor): Promise<unknown> {
  return (await createApp({ providers: [gateway] })).init().catch(String);
}

async function verdicts(gateway: Constructor, names: readonly string[]): Promise<void> {
  const { url } = await startApp({ providers: [gateway] });
  asked.length = 0;
  await (await Client.connect(`${url}/g`)).close();
  expect(asked).toEqual(names);
  for (const [index, name] of names.entries()) {
    asked.length = 0;
    expect((await refusal(`${url}/g?no=${name}`)).status).toBe(403);
    expect(asked).toEqual(names.slice(0, index + 1));
  }
}

describe('the guards of @VerifyClient', () => {
  it('add up on a class, in the order they are written', async () => {
    @VerifyClient(A, B)
    @VerifyClient(C)
    @WsGateway('/g')
    @VerifyClient(D)
    class Gateway {}
    await verdicts(Gateway, ['a', 'b', 'c', 'd']);
  });

  it('add up along the chain of classes, those of the base first', async () => {
    @VerifyClient(A)
    abstract class Root {}
    @VerifyClient(B)
    @WsGateway('/g')
    class Base extends Root {}
    class Middle extends Base {}
    @VerifyClient(C)
    @VerifyClient(D)
    class Gateway extends Middle {}
    await verdicts(Gateway, ['a', 'b', 'c', 'd']);
    await closeApps();
    await verdicts(Base, ['a', 'b']);
  });

  it('add up through mixins, one of them twice, and when decorators are applied late', async () => {
    class Root {
      readonly name = 'root';
    }
    class Gateway extends guarded(guarded(Root, B), C) {}
    VerifyClient(D)(Gateway);
    WsGateway('/g')(Gateway);
    VerifyClient(A)(Root);
    await verdicts(Gateway, ['a', 'b', 'c', 'd']);
  });

  it('come before methods, and methods of the base before those of the class', async () => {
    @VerifyClient(A)
    @WsGateway('/g')
    class Base {
      @VerifyClient()
      verifyBase(@Query('no') no?: string): boolean {
        asked.push('c');
        return no !== 'c';
      }
    }
    @VerifyClient(B)
    class Gateway extends Base {
      @VerifyClient()
      verifyMore(@Query('no') no?: string): boolean {
        asked.push('d');
        return no !== 'd';
      }
    }
    await verdicts(Gateway, ['a', 'b', 'c', 'd']);
  });
});

describe('a method that overrides one and is not decorated again', () => {
  it('goes on verifying, with the parameters of the base', async () => {
    @WsGateway('/g')
    class Base {
      @VerifyClient()
      verify(@Query('no') no?: string): boolean {
        return no === undefined;
      }
    }
    class Middle extends Base {}
    class Gateway extends Middle {
      override verify(no?: string): boolean {
        asked.push('a');
        return super.verify(no);
      }
    }
    const { url } = await startApp({ providers: [Gateway] });
    expect((await refusal(`${url}/g?no=a`)).status).toBe(403);
    await (await Client.connect(`${url}/g`)).close();
    expect(asked).toEqual(['a', 'a']);
  });

  it('stays a hook, a decision about rooms, a limited handler of its events and protocols', async () => {
    const heard: string[] = [];
    @Protocol('v1')
    @WsGateway('/g')
    class Base {
      @OnConnect()
      enter(_connection: Connection): void {}
      @OnDisconnect()
      leave(_connection: Connection): void {}
      @CanJoin()
      join(_connection: Connection, _room: string): boolean {
        return true;
      }
      @Protocol('v1')
      @RateLimit({ messages: 1, per: 60_000 })
      @OnMessage('say')
      say(): unknown {
        return 'base';
      }
      @RateLimit({ messages: 1, per: 60_000 })
      @OnMessage('again')
      again(): unknown {
        return 'base';
      }
    }
    class Gateway extends Base {
      override enter(): void {
        heard.push('enter');
      }
      override leave(): void {
        heard.push('leave');
      }
      override join(_connection: Connection, room: string): boolean {
        return room === 'open';
      }
      override say(): unknown {
        return 'said';
      }
      @OnMessage('again')
      override again(): unknown {
        return 'said again';
      }
    }
    const { url, app } = await startApp({ providers: [Gateway] });
    const client = await Client.connect(`${url}/g`, { protocols: ['v1'] });
    client.send('$join', { room: 'closed' }, 1);
    expect((await client.next()).data).toMatchObject({ code: 'FORBIDDEN' });
    for (const [event, data] of [
      ['say', 'said'],
      ['again', 'said again'],
    ] as const) {
      expect((await client.ask(event)).data).toBe(data);
      expect((await client.ask(event)).data).toMatchObject({ code: 'RATE_LIMITED' });
    }
    const plain = await Client.connect(`${url}/g`);
    expect((await plain.ask('say')).data).toMatchObject({ code: 'UNKNOWN_EVENT' });
    await app.close();
    expect(heard).toEqual(['enter', 'enter', 'leave', 'leave']);
  });

  it('may not lose what other decorators say about it: an error at start names them', async () => {
    class Base {
      @UseGuards(A)
      @VerifyClient()
      verify(): boolean {
        return true;
      }
      @Roles('admin')
      @OnMessage('delete')
      remove(): string {
        return 'gone';
      }
    }
    @WsGateway('/g')
    class Unguarded extends Base {
      override verify(): boolean {
        return true;
      }
    }
    @WsGateway('/g')
    class Redecorated extends Base {
      @VerifyClient()
      override verify(): boolean {
        return true;
      }
    }
    @WsGateway('/g')
    class Roleless extends Base {
      override remove(): string {
        return 'all gone';
      }
    }
    const lost = 'it overrides a method and has to repeat its decorators, current value is without';
    for (const gateway of [Unguarded, Redecorated]) {
      expect(await startError(gateway)).toContain(
        `Cannot map ${gateway.name}.verify: ${lost} @UseGuards`,
      );
    }
    expect(await startError(Roleless)).toContain(`Cannot map Roleless.remove: ${lost} roles`);
    @WsGateway('/g')
    class Careful extends Base {
      @UseGuards(B)
      override verify(): boolean {
        return true;
      }
      @Roles('user')
      override remove(): string {
        return 'one gone';
      }
    }
    const { url } = await startApp({ providers: [Careful] });
    expect((await refusal(`${url}/g?no=b`)).status).toBe(403);
    const client = await Client.connect(`${url}/g`);
    expect((await client.ask('delete')).data).toBe('one gone');
  });
});

describe('an override that says something else of its method', () => {
  class Base {
    @UseGuards(B)
    @OnMessage('delete')
    remove(): string {
      return 'gone';
    }
  }
  class Between extends Base {
    @RateLimit(5)
    override remove(): string {
      return 'slowly gone';
    }
  }
  const lost = 'it overrides a method and has to repeat its decorators, current value is without';

  it.each<[string, MethodDecorator]>([
    ['a limit', RateLimit(5)],
    ['a subprotocol', Protocol('v2')],
    ['another event of the same kind of method', OnBinary()],
    ['a hook', OnPing()],
  ])('loses no guard with %s', async (_what, decorator) => {
    @WsGateway('/g')
    @Protocol('v2')
    class Gateway extends Base {
      override remove(): string {
        return 'unguarded';
      }
    }
    decorator(
      Gateway.prototype,
      'remove',
      Object.getOwnPropertyDescriptor(Gateway.prototype, 'remove')!,
    );
    expect(await startError(Gateway)).toContain(`Cannot map Gateway.remove: ${lost} @UseGuards`);
  });

  it('loses none over a class between, which is no gateway', async () => {
    @WsGateway('/g')
    class Gateway extends Between {
      override remove(): string {
        return 'unguarded';
      }
    }
    @WsGateway('/g')
    class Inheriting extends Between {}
    for (const gateway of [Gateway, Inheriting]) {
      expect(await startError(gateway)).toContain(
        `Cannot map ${gateway.name}.remove: ${lost} @UseGuards`,
      );
    }
  });

  it('may leave them out where it says anew what it is for', async () => {
    @WsGateway('/g')
    class Gateway extends Base {
      @RateLimit(5)
      @OnMessage('delete')
      override remove(): string {
        return 'by anybody';
      }
    }
    const { url } = await startApp({ providers: [Gateway] });
    const client = await Client.connect(`${url}/g`);
    expect((await client.ask('delete')).data).toBe('by anybody');
  });
});

describe('decorators that stand more than once', () => {
  it('limit a method together, the upper one first', async () => {
    @WsGateway('/g')
    class Gateway {
      @RateLimit({ messages: 1, per: 60_000 })
      @RateLimit({ messages: 100, per: 60_000, scope: 'ip' })
      @OnMessage('tight')
      tight(): string {
        return 'ok';
      }
      @RateLimit({ messages: 100, per: 60_000 })
      @RateLimit({ messages: 1, per: 60_000, scope: 'ip' })
      @OnMessage('shared')
      shared(): string {
        return 'ok';
      }
    }
    const { url } = await startApp({ providers: [Gateway] });
    const client = await Client.connect(`${url}/g`);
    expect((await client.ask('tight')).data).toBe('ok');
    expect((await client.ask('tight')).data).toMatchObject({ code: 'RATE_LIMITED' });
    expect((await client.ask('shared')).data).toBe('ok');
    const other = await Client.connect(`${url}/g`);
    expect((await other.ask('shared')).data).toMatchObject({ code: 'RATE_LIMITED' });
  });

  it('name the protocols of a gateway in the order they are written', async () => {
    @Protocol('v3', 'v2')
    @Protocol('v2', 'v1')
    @WsGateway('/g')
    class Gateway {}
    const { url } = await startApp({ providers: [Gateway] });
    for (const protocol of ['v1', 'v2', 'v3']) {
      const client = await Client.connect(`${url}/g`, { protocols: [protocol] });
      expect(client.socket.protocol).toBe(protocol);
      await client.close();
    }
    const choosing = await Client.connect(`${url}/g`, { protocols: ['v1', 'v2', 'v3'] });
    expect(choosing.socket.protocol).toBe('v3');
  });

  it('cannot give a class two sets of options', () => {
    class Gateway {
      readonly name = 'gateway';
    }
    WsGateway('/a')(Gateway);
    expect(() => WsGateway('/b')(Gateway)).toThrow('Cannot set @WsGateway on Gateway');
  });
});

describe('what nobody would ever call', () => {
  it.each([
    ['VerifyClient', VerifyClient()],
    ['CanJoin', CanJoin()],
    ['OnConnect', OnConnect()],
    ['OnMessage', OnMessage('say')],
    ['RateLimit', RateLimit(1)],
    ['Protocol', Protocol('v1')],
  ])('is an error for @%s: static methods, symbols and properties', (name, decorate) => {
    const apply = decorate as MethodDecorator;
    class Gateway {
      readonly name = 'gateway';
    }
    const descriptor = { value: () => true };
    const symbol = Symbol('verify');
    expect(() => apply(Gateway, 'verify', descriptor)).toThrow(
      `Cannot set @${name} on Gateway.verify`,
    );
    expect(() => apply(Gateway.prototype, symbol, descriptor)).toThrow(`Cannot set @${name} on`);
    expect(() => (apply as PropertyDecorator)(Gateway.prototype, 'verify')).toThrow(
      `Cannot set @${name} on Gateway.verify: expected a method`,
    );
  });

  it('is an error for a verifying method that is called as something else, too', async () => {
    @WsGateway('/g')
    class Gateway {
      @VerifyClient()
      @OnMessage('verify')
      verify(): boolean {
        return true;
      }
    }
    const app = await createApp({ providers: [Gateway] });
    await expect(app.init()).rejects.toThrow('Cannot map Gateway.verify: @VerifyClient beside');
  });
});

describe('an error that is returned', () => {
  const ERRORS: Record<string, () => unknown> = {
    http: () => new BadRequestException('no'),
    later: async () => Promise.resolve(new ConflictException('no')),
    plain: () => new Error('secret'),
    ws: () => new WsError('NO', 'secret'),
    boxed: () => Object(false),
  };

  @WsGateway('/g')
  class Gateway {
    @VerifyClient()
    verify(@Query('how') how?: string): boolean {
      return (how === undefined ? true : ERRORS[how]?.()) as boolean;
    }
    @CanJoin()
    join(_connection: Connection, room: string): boolean {
      return (room === 'empty' ? [] : ERRORS[room]?.()) as boolean;
    }
  }

  it.each([
    ['http', 400],
    ['later', 409],
    ['plain', 500],
    ['ws', 500],
    ['boxed', 403],
  ])('by a verifying method refuses: %s with %i', async (how, status) => {
    const { url } = await startApp({ providers: [Gateway] });
    const refused = await refusal(`${url}/g?how=${how}`);
    expect(refused.status).toBe(status);
    expect(refused.body).not.toContain('secret');
  });

  it.each([
    ['http', 'BAD_REQUEST'],
    ['later', 'CONFLICT'],
    ['plain', 'INTERNAL_ERROR'],
    ['ws', 'NO'],
    ['boxed', 'FORBIDDEN'],
    ['empty', 'FORBIDDEN'],
  ])('by @CanJoin keeps the client out: %s with %s', async (room, code) => {
    const { url } = await startApp({ providers: [Gateway] });
    const client = await Client.connect(`${url}/g`);
    client.send('$join', { room }, 1);
    expect(await client.next()).toMatchObject({ event: 'exception', data: { code } });
  });
});
