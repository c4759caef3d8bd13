// What is said to a document beside the gateways: security, options, and decorators themselves.
import { describe, expect, it } from '@jest/globals';
import { UseGuards, type CanActivate } from '@nestjs/common';
import { IsString } from 'class-validator';
import {
  ConnectedSocket,
  firstToken,
  MessageBody,
  OnMessage,
  tokenFromCookie,
  tokenFromHeader,
  tokenFromProtocol,
  tokenFromQuery,
  VerifyClient,
  WsConfigurationError,
  WsGateway,
  type Connection,
} from 'nestwire';
import {
  ApiAsks,
  ApiEmits,
  ApiOperation,
  ApiReply,
  ApiSecurity,
  AsyncApiModule,
  type OperationObject,
} from 'nestwire/asyncapi';
import { dataOf, describeApp, describeGateway } from './support/described.js';

class Card {
  @IsString()
  id!: string;
}

/** An extractor of the application. */
const own = (): string | null => null;

const decorate = (decorator: unknown): unknown => decorator;

const CARD = { $ref: '#/components/schemas/Card' };

/** Operations of the application itself, by their names. */
function operationsOf(document: {
  operations: Readonly<Record<string, OperationObject>>;
}): string[] {
  return Object.entries(document.operations)
    .filter(([, { tags }]) => tags?.[0]?.name !== 'wire')
    .map(([name]) => name);
}

describe('security', () => {
  const findToken = firstToken(
    tokenFromHeader(),
    tokenFromHeader('x-key', ''),
    tokenFromQuery(),
    tokenFromCookie('sid'),
    tokenFromProtocol(),
  );

  @ApiSecurity(findToken)
  class TokenGuard implements CanActivate {
    canActivate(): boolean {
      return true;
    }
  }

  it('is what the extractor of a guard says, once for all its gateways', async () => {
    @VerifyClient(TokenGuard)
    @WsGateway('/a')
    class First {
      @OnMessage('a')
      a(): void {}
    }
    @VerifyClient(new TokenGuard())
    @WsGateway('/b')
    class Second {
      @OnMessage('b')
      b(): void {}
    }
    const { document, complaints, gaps } = await describeApp([First, Second], { wire: true });
    expect(complaints).toEqual([]);
    expect(gaps).toEqual([]);
    expect(document.components.securitySchemes).toEqual({
      bearer: { type: 'http', scheme: 'bearer' },
      'header.x-key': { type: 'httpApiKey', in: 'header', name: 'x-key' },
      'query.token': { type: 'httpApiKey', in: 'query', name: 'token' },
      'cookie.sid': { type: 'httpApiKey', in: 'cookie', name: 'sid' },
      subprotocol: {
        type: 'httpApiKey',
        in: 'header',
        name: 'Sec-WebSocket-Protocol',
        description:
          'Offered as a subprotocol: `bearer.` and the token, beside those that are spoken.',
      },
    });
    const names = Object.keys(document.components.securitySchemes ?? {});
    const security = names.map((name) => ({ $ref: `#/components/securitySchemes/${name}` }));
    expect(document.operations['a.receive.a']?.security).toEqual(security);
    expect(document.operations['b.receive.b']?.security).toEqual(security);
    expect(Object.keys(document.operations)).toContain('a.receive.reauthenticate');
  });

  it('may be a scheme, on the gateway or a method, and is a gap where nobody says it', async () => {
    const open = { type: 'openIdConnect', openIdConnectUrl: 'https://example.com/oidc' };
    class Silent implements CanActivate {
      canActivate(): boolean {
        return true;
      }
    }
    @ApiSecurity(open)
    @VerifyClient(Silent)
    @WsGateway('/a')
    class OnClass {}
    @WsGateway('/b')
    class OnMethod {
      @ApiSecurity({ type: 'http', scheme: 'basic' })
      @VerifyClient()
      verify(): boolean {
        return true;
      }
    }
    @VerifyClient(Silent)
    @WsGateway('/c')
    class Unsaid {}
    const { document, complaints, gaps } = await describeApp([OnClass, OnMethod, Unsaid]);
    expect(complaints).toEqual([]);
    expect(document.components.securitySchemes).toEqual({
      openIdConnect: open,
      http: { type: 'http', scheme: 'basic' },
    });
    expect(gaps).toEqual(['Unsaid: how clients sign in']);
  });

  it('is not told by an extractor of the application', () => {
    expect(() => ApiSecurity(own)).toThrow(WsConfigurationError);
    expect(() => ApiSecurity(firstToken(tokenFromHeader(), own))).toThrow('the function first');
  });
});

describe('options', () => {
  @WsGateway()
  class Bare {
    @OnMessage('say')
    say(@MessageBody() _data: object): Promise<void> {
      return Promise.resolve();
    }
  }

  it('say what no gateway knows', async () => {
    const { document } = await describeGateway(Bare, {
      title: 'Chat',
      version: '2.1.0',
      description: 'For people.',
      contact: { email: 'ada@example.com' },
      license: { name: 'MIT' },
      servers: {
        production: { url: 'wss://example.com/api/', description: 'Live' },
        local: 'ws://localhost:3000',
      },
    });
    expect(document.info).toEqual({
      title: 'Chat',
      version: '2.1.0',
      description: 'For people.',
      contact: { email: 'ada@example.com' },
      license: { name: 'MIT' },
    });
    expect(document.servers).toEqual({
      production: {
        host: 'example.com',
        protocol: 'wss',
        pathname: '/api',
        description: 'Live',
      },
      local: { host: 'localhost:3000', protocol: 'ws' },
    });
  });

  it('refuse what nobody has declared, with strict', async () => {
    const failed = describeApp([Bare], { strict: true });
    await expect(failed).rejects.toThrow(WsConfigurationError);
    await expect(failed).rejects.toThrow('Bare.say: what it answers is not declared');
    await expect(failed).rejects.toThrow('Bare.say: what it takes is not declared');
  });

  it.each([
    [{ titel: 'Chat' }, 'did you mean title?'],
    [{ servers: { a: 'https://example.com' } }, 'servers.a: expected a URL such as wss://'],
    [{ servers: { a: 1 } }, 'option servers: expected an object'],
    [{ license: { url: 'x' } }, 'option license: expected'],
    [{ strict: 'yes' }, 'option strict: expected true or false'],
  ])('are checked: %j', async (options, message) => {
    await expect(describeApp([Bare], options as object)).rejects.toThrow(message);
  });
});

describe('descriptions', () => {
  class Base {
    @ApiReply(Card)
    @ApiOperation({ summary: 'Of the base' })
    @OnMessage('say')
    async say(): Promise<Card> {
      return { id: '' };
    }
  }

  it('are kept by a method that overrides another, and by a class that extends one', async () => {
    @ApiEmits('below', Card)
    class Emitting extends Base {}
    @ApiEmits('above', Card)
    @WsGateway()
    class Derived extends Emitting {
      override async say(): Promise<Card> {
        return { id: '' };
      }
    }
    const described = await describeGateway(Derived);
    expect(dataOf(described, 'say.reply')).toEqual(CARD);
    expect(operationsOf(described.document)).toEqual([
      'root.receive.say',
      'root.send.below',
      'root.send.above',
    ]);
  });

  it('do not count as decorators: a method that loses its guards is refused all the same', async () => {
    class No implements CanActivate {
      canActivate(): boolean {
        return false;
      }
    }
    class Guarded {
      @UseGuards(No)
      @OnMessage('say')
      say(): void {}
    }
    @WsGateway()
    class Derived extends Guarded {
      @ApiReply(Card)
      override say(): void {}
    }
    await expect(describeApp([Derived])).rejects.toThrow('has to repeat its decorators');
  });

  it('are checked where they are written', () => {
    expect(() => decorate(ApiEmits('$join'))).toThrow(WsConfigurationError);
    expect(() => decorate(ApiEmits('', Card))).toThrow('expected an event of 1 to 128 characters');
    expect(() => decorate(ApiAsks('a', { anwser: Card } as object))).toThrow(
      'did you mean answer?',
    );
    expect(() => decorate(ApiReply(Card, { streams: true } as object))).toThrow('stream');
    expect(() => decorate(ApiOperation({ tags: 'a' } as unknown as object))).toThrow(
      'option of @ApiOperation: tags: expected a list of strings',
    );
    expect(() => decorate(ApiSecurity(undefined as never))).toThrow('current value is undefined');
  });
});

it('describes an application that has not started, and one that has', async () => {
  @WsGateway('/x')
  class X {
    @OnMessage('say')
    say(@ConnectedSocket() _connection: Connection): void {}
  }
  const documents: unknown[] = [];
  await describeGateway(X, {
    prepare: (app) => void documents.push(AsyncApiModule.createDocument(app)),
  });
  const [first] = await Promise.all(documents);
  expect(first).toMatchObject({ channels: { x: { address: '/x' } } });
});
