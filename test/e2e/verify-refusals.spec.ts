// What a refused client is told, and what guards of HTTP do to the request they are given.
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  BadRequestException,
  Query,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { OnConnect, VerifyClient, WsGateway, type Connection } from 'nestwire';
import { closeApps, startApp } from './support/app.js';
import { Client, refusal } from './support/client.js';

afterEach(closeApps);

const SECRET = 'a-secret-of-the-client';

interface GuardedRequest {
  headers: Record<string, string>;
  query: Record<string, string>;
  cookies: Record<string, string>;
  params: Record<string, string>;
}

describe('the answer to a refused client', () => {
  const causes: Record<string, (request: GuardedRequest) => unknown> = {
    errors: ({ headers }) => ({
      message: 'Validation failed',
      errors: [
        {
          property: 'token',
          target: headers,
          value: headers['x-token'],
          constraints: { is: 'is wrong' },
        },
      ],
    }),
    request: (request) => ({ message: 'Refused', request, nested: { deep: [request] } }),
    name: ({ headers }) => [`property ${headers['x-token']} should not exist`],
    bigint: () => ({ message: 'Refused', limit: 5n }),
    circle: () => {
      const circle: Record<string, unknown> = { message: 'Refused' };
      circle['self'] = circle;
      return circle;
    },
    nothing: () => undefined,
    plain: () => 'Not today',
  };

  @WsGateway('/refused')
  class RefusingGateway {
    @VerifyClient()
    verify(@Query('why') why: string): never {
      throw new BadRequestException(why);
    }
  }

  class Refuser implements CanActivate {
    canActivate(context: ExecutionContext): boolean {
      const request = context.switchToHttp().getRequest<GuardedRequest>();
      throw new UnauthorizedException(causes[request.query['why'] ?? '']?.(request));
    }
  }

  @VerifyClient(Refuser)
  @WsGateway('/guarded')
  class GuardedGateway {}

  it.each(Object.keys(causes))('holds nothing of what it has sent: %s', async (why) => {
    const { url, log } = await startApp({ providers: [RefusingGateway, GuardedGateway] });
    const answer = await refusal(`${url}/guarded?why=${why}`, {
      headers: { 'x-token': SECRET, authorization: SECRET },
    });
    expect(answer.status).toBe(401);
    expect(JSON.stringify(answer.body)).not.toContain(SECRET);
    expect(log.of('error')).toEqual([]);
  });

  it('is as the exception has it otherwise', async () => {
    const { url } = await startApp({ providers: [RefusingGateway, GuardedGateway] });
    const { body } = await refusal(`${url}/guarded?why=errors`, { headers: { 'x-token': SECRET } });
    expect(JSON.parse(body)).toEqual({
      message: 'Validation failed',
      errors: [{ property: 'token', constraints: { is: 'is wrong' } }],
    });
    expect(JSON.parse((await refusal(`${url}/refused?why=x`)).body)).toEqual({
      statusCode: 400,
      error: 'Bad Request',
      message: 'x',
    });
  });
});

describe('a guard that writes to the request', () => {
  class Writer implements CanActivate {
    canActivate(context: ExecutionContext): boolean {
      const request = context.switchToHttp().getRequest<GuardedRequest>();
      for (const part of ['query', 'cookies', 'params', 'headers'] as const) {
        request[part]['x-added'] = 'by the guard';
      }
      request.query = { ...request.query, replaced: 'yes' };
      return true;
    }
  }

  const seen: unknown[] = [];

  @VerifyClient(Writer)
  @WsGateway('/written')
  class WrittenGateway {
    @OnConnect()
    enter({ handshake }: Connection): void {
      seen.push({ ...handshake.query }, { ...handshake.cookies }, { ...handshake.params });
    }
  }

  it.each([
    ['', {}],
    ['?a=1', { a: '1' }],
  ])('lets the client in, and the connection keeps what was asked for: %j', async (query, kept) => {
    seen.length = 0;
    const { url } = await startApp({ providers: [WrittenGateway] });
    await Client.connect(`${url}/written${query}`);
    expect(seen).toEqual([kept, {}, {}]);
  });
});
