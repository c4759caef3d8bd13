// What an application is told when it starts: class, method, option, what was found, what is allowed.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Inject,
  Module,
  type ModuleMetadata,
  type Provider,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  MessageBody,
  OnConnect,
  OnMessage,
  RateLimit,
  VerifyClient,
  WsGateway,
  type WsGatewayOptions,
  type WsModuleOptions,
} from 'nestwire';
import { closeApps, LogBook, startApp, type AppOptions } from './support/app.js';
import { Client, refusal } from './support/client.js';

afterEach(closeApps);

/** What no compiler lets through, and JavaScript and `any` do. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a cast that says why
function wrong<T>(value: unknown): T {
  return value as T;
}

function gateway(options: unknown): AppOptions {
  @WsGateway(wrong<WsGatewayOptions>(options))
  class Chat {
    @OnConnect()
    connected(): void {}
  }
  return { providers: [Chat] };
}

function provided(how: (chat: new () => object) => Provider[]): AppOptions {
  @WsGateway('/chat')
  class Chat {
    @OnMessage('say')
    say(): string {
      return 'said';
    }
  }
  return { providers: how(Chat) };
}

class Mock {
  readonly isMock = true;
}

const SYMBOL = Symbol('say');

const ERRORS: [string, () => AppOptions, string][] = [
  [
    'a decorator on a static method',
    () => {
      class Chat {
        readonly name = 'chat';
        @OnMessage('say')
        static say(): void {}
      }
      return { providers: [Chat] };
    },
    'Cannot set @OnMessage on Chat.say: expected a method of instances, current value is a static one',
  ],
  [
    'a decorator on an arrow function',
    () => {
      class Chat {
        @wrong<PropertyDecorator>(VerifyClient())
        verify = (): boolean => false;
      }
      return { providers: [Chat] };
    },
    'Cannot set @VerifyClient on Chat.verify: expected a method, current value is a field (of an arrow function?)',
  ],
  [
    'a decorator on an accessor',
    () => {
      class Chat {
        @OnMessage('say')
        get say(): number {
          return 1;
        }
      }
      return { providers: [Chat] };
    },
    'Cannot set @OnMessage on Chat.say: expected a method, current value is an accessor',
  ],
  [
    'a method whose name is a symbol',
    () => {
      class Chat {
        @OnMessage('say')
        [SYMBOL](): void {}
      }
      return { providers: [Chat] };
    },
    'Cannot set @OnMessage on Chat.Symbol(say): its name is a symbol, expected a method named by a text',
  ],
  [
    '@RateLimit on no handler',
    () => {
      @WsGateway('/chat')
      class Chat {
        @RateLimit(1)
        @OnConnect()
        connected(): void {}
      }
      return { providers: [Chat] };
    },
    'Cannot map Chat.connected: @RateLimit counts messages, expected @OnMessage or @OnBinary beside it, current value is @OnConnect, @RateLimit',
  ],
  [
    'compression: true',
    () => gateway({ compression: true }),
    'Cannot read option of gateway Chat: compression: expected shared, dedicated, disabled or an object, current value is true',
  ],
  [
    'compression: true of the module',
    () => ({ options: wrong<WsModuleOptions>({ compression: true }) }),
    'Cannot read WsModule option compression: expected shared, dedicated, disabled or an object, current value is true',
  ],
  [
    'session: 5',
    () => gateway({ session: 5 }),
    'Cannot read option of gateway Chat: session: expected an object, current value is 5',
  ],
  [
    'path: []',
    () => gateway({ path: [] }),
    'Cannot read option of gateway Chat: path: expected a path or a list of at least one, current value is []',
  ],
  [
    'path: 5',
    () => gateway({ path: 5 }),
    'Cannot read option of gateway Chat: path: expected a path or a list of at least one, current value is 5',
  ],
  [
    'version: []',
    () => gateway({ version: [] }),
    'Cannot read option of gateway Chat: version: expected a version, VERSION_NEUTRAL or a list of at least one, current value is []',
  ],
  [
    'a path that is given twice',
    () => gateway({ path: ['/chat', 'CHAT/'] }),
    'Cannot map gateway Chat: expected each path once, current value has /chat twice',
  ],
  [
    'a path that does not parse',
    () => gateway('/chat/(x)'),
    'Cannot parse gateway path: current value is "/chat/(x)" of Chat',
  ],
  ['a name with a typing error', () => gateway({ pathh: '/chat' }), 'did you mean path?'],
  ...[null, 5, ['/a', '/b'], /chat/, true].map((options): [string, () => AppOptions, string] => [
    `@WsGateway(${String(options)})`,
    () => gateway(options),
    "Cannot set @WsGateway on Chat: expected a path or an object with options, such as { path: ['/a', '/b'] }, current value is",
  ]),
  [
    'a gateway of hooks that two modules provide',
    () => {
      const { providers = [] } = gateway('/chat');
      @Module({ providers })
      class ChatModule {}
      return { providers, imports: [ChatModule] };
    },
    'Cannot map gateway Chat: expected one module to provide it, and to export it to others, current value is TestAppModule and ChatModule',
  ],
  [
    'a gateway under two tokens',
    () => provided((chat) => [chat, { provide: 'chat', useClass: chat }]),
    'Cannot map gateway Chat: expected one module to provide it',
  ],
  [
    'a gateway among the controllers',
    () => {
      @Controller('chat')
      @WsGateway('/chat')
      class Chat {}
      return { controllers: [Chat] };
    },
    'Cannot map gateway Chat: expected it among the providers of a module, current value is among the controllers',
  ],
];

const WARNINGS: [string, () => AppOptions, string][] = [
  [
    'a plain parameter before a decorated one',
    () => {
      @WsGateway('/chat')
      class Chat {
        @OnMessage('say')
        say(_client: unknown, @MessageBody() text: string): string {
          return text;
        }
      }
      return { providers: [Chat] };
    },
    'Cannot fill in parameter 1 of Chat.say: expected a decorator on all parameters or on none, current value is without one',
  ],
  [
    'a plain parameter behind the decorated ones',
    () => {
      @WsGateway('/chat')
      class Chat {
        @OnMessage('say')
        say(@MessageBody() text: string, _again?: number): string {
          return text;
        }
      }
      return { providers: [Chat] };
    },
    'Cannot fill in parameter 2 of Chat.say',
  ],
  [
    'a gateway that is a controller, too, and only a provider',
    () => {
      @Controller('chat')
      @WsGateway('/chat')
      class Chat {
        @Get()
        read(): string {
          return 'never';
        }
      }
      return { providers: [Chat] };
    },
    'Cannot map the routes of Chat: @Controller has no effect on a provider',
  ],
  [
    'a gateway that is a provider and a controller',
    () => {
      @Controller('chat')
      @WsGateway('/chat')
      class Chat {}
      return { providers: [Chat], controllers: [Chat] };
    },
    'Cannot map Chat as one: it is a provider and a controller',
  ],
  ...(
    [
      ['/chat/:room', '/chat/secret'],
      ['/chat/*rest', '/chat/:room/:seat'],
      ['/chat{/:room}', '/chat'],
      ['/*all', '/chat{/:room}'],
    ] as const
  ).map(([first, second]): [string, () => AppOptions, string] => [
    `a gateway of ${second} behind one of ${first}`,
    () => {
      @WsGateway(first)
      class Open {}
      @WsGateway(second)
      class Checked {}
      return { providers: [Open, Checked] };
    },
    `Cannot reach gateway Checked: ${first} of Open is registered before it`,
  ]),
  [
    'a value in the place of a gateway',
    () => provided((chat) => [{ provide: chat, useValue: {} }]),
    'Cannot serve gateway Chat: expected its provider to give an instance of it, current value is Object',
  ],
  [
    'a class in the place of a gateway',
    () => provided((chat) => [{ provide: chat, useClass: Mock }]),
    'current value is Mock',
  ],
  [
    'a factory that makes nothing',
    () => provided((chat) => [{ provide: chat, useFactory: () => null }]),
    'current value is without a class',
  ],
];

describe('an application that cannot be as it is written', () => {
  it.each(ERRORS)('does not start for %s, and says why', async (_name, make, message) => {
    // Decorators throw where they stand, the rest when the application starts.
    const start = async (): Promise<unknown> => startApp(make());
    const error: unknown = await start().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: 'WsConfigurationError',
      message: expect.stringContaining(message),
    });
  });

  it.each(WARNINGS)('warns of %s', async (_name, make, message) => {
    const { log } = await startApp(make());
    expect(log.of('warn')).toEqual([expect.stringContaining(message)]);
  });

  it('warns of no path of which an earlier one leaves some clients', async () => {
    @WsGateway({ path: ['/chat/secret', '/file/:name', '/wide/*rest'] })
    class First {}
    @WsGateway({ path: ['/chat/:room', '/file/*rest', '/wide', '/:kind{/:name}'] })
    class Second {}
    const { log } = await startApp({ providers: [First, Second] });
    expect(log.of('warn')).toEqual([]);
  });

  it('names the option of a port that is taken, and keeps the code', async () => {
    const taken = createServer().listen(0);
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    await expect(startApp({ options: { port } })).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: expect.stringContaining(
        `Cannot use WsModule option port: expected one that is free and allowed, current value is ${port}`,
      ),
    });
    taken.close();
    await expect(startApp({ options: { port: 0, host: '192.0.2.1' } })).rejects.toMatchObject({
      message: expect.stringContaining('Cannot use WsModule option host'),
    });
  });
});

describe('an application that is unusual', () => {
  class Base {
    @OnMessage('say')
    say(): string {
      return 'said';
    }
  }

  it.each<[string, (chat: new () => object) => Provider[]]>([
    ['a value', (chat) => [{ provide: chat, useValue: new chat() }]],
    ['a factory', (chat) => [{ provide: chat, useFactory: () => new chat() }]],
    ['an alias beside it', (chat) => [chat, { provide: 'chat', useExisting: chat }]],
    ['another token', (chat) => [{ provide: 'chat', useClass: chat }]],
    ['a subclass', (chat) => [{ provide: chat, useClass: class extends chat {} }]],
  ])('serves a gateway that is %s', async (_name, how) => {
    const { url, log } = await startApp(provided(how));
    const client = await Client.connect(`${url}/chat`);
    expect((await client.ask('say')).data).toBe('said');
    expect(log.of('warn')).toEqual([]);
  });

  it('serves what extends an abstract gateway, and looks at no getter', async () => {
    @WsGateway('/chat')
    abstract class AbstractChat extends Base {
      get broken(): never {
        throw new Error('not to be read');
      }
    }
    class Chat extends AbstractChat {}
    @Controller('plain')
    class Plain {
      get broken(): never {
        throw new Error('not to be read');
      }
    }
    const bare: unknown = Object.create(null);
    const { url, log } = await startApp({
      providers: [Chat, { provide: 'bare', useValue: bare }],
      controllers: [Plain],
    });
    const client = await Client.connect(`${url}/chat`);
    expect((await client.ask('say')).data).toBe('said');
    expect(log.of('warn')).toEqual([]);
  });
});

async function warningsOf(metadata: ModuleMetadata): Promise<string[]> {
  const log = new LogBook();
  const module = { module: Mock, ...metadata };
  const app = await NestFactory.create(module, { logger: log, abortOnError: false });
  await app.init();
  await app.close();
  return log.of('warn').toSorted();
}

describe('an application without WsModule', () => {
  it('is told for each gateway that Nest makes, once', async () => {
    @WsGateway('/a')
    class First {
      constructor(@Inject('text') readonly text: string) {}
    }
    @WsGateway('/b')
    class Second {
      @Inject('text')
      readonly text!: string;
    }
    const providers = [First, Second, { provide: 'text', useValue: 'text' }];
    const expected = ['First', 'Second'].map(
      (name) =>
        `Cannot serve gateway ${name}: WsModule is not imported, expected WsModule.forRoot() among the imports of a module`,
    );
    expect(await warningsOf({ providers })).toEqual(expected);
    expect(await warningsOf({ providers })).toEqual(expected);
    const { app, log, url } = await startApp({ providers });
    expect(log.of('warn')).toEqual([]);
    expect([app.get(First).text, app.get(Second).text]).toEqual(['text', 'text']);
    await Client.connect(`${url}/b`);
    expect((await refusal(`${url}/c`)).status).toBe(404);
    expect(Object.keys(new Second())).toEqual([]);
  });
});
