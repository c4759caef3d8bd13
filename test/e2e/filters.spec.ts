import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Catch,
  ForbiddenException,
  NotFoundException,
  UseFilters,
  UseInterceptors,
  type ArgumentsHost,
  type CallHandler,
  type ExceptionFilter,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { WsException } from '@nestjs/websockets';
import { OnMessage, WsError, WsGateway } from 'nestwire';
import type { Observable } from 'rxjs';
import { closeApps, startApp } from './support/app.js';
import { Client } from './support/client.js';

afterEach(closeApps);

const error = (code: string, message: string, rest: object = {}): unknown => ({
  event: 'exception',
  data: { status: 'error', code, message, ...rest },
});

@Catch(NotFoundException)
class NotFoundFilter implements ExceptionFilter {
  catch(exception: NotFoundException, host: ArgumentsHost): unknown {
    return { code: 'MISSING', message: `${exception.message} (${host.switchToWs().getPattern()})` };
  }
}

/** Names the frame, as filters for socket.io do. */
@Catch(NotFoundException)
class NamingFilter implements ExceptionFilter {
  catch({ message }: NotFoundException): unknown {
    return { event: 'exception', data: { code: 'MISSING', message } };
  }
}

@Catch()
class HttpOnlyFilter implements ExceptionFilter {
  catch(_exception: unknown, host: ArgumentsHost): void {
    const response = host
      .switchToHttp()
      .getResponse<{ status(code: number): { json(body: unknown): void } }>();
    response.status(500).json({});
  }
}

class PassInterceptor implements NestInterceptor {
  intercept(_context: unknown, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

describe('errors and filters', () => {
  @WsGateway('/')
  class FailingGateway {
    @OnMessage('http')
    http(): never {
      throw new ForbiddenException('not you');
    }
    @OnMessage('ws')
    ws(): never {
      throw new WsException('plain');
    }
    @OnMessage('ws-object')
    wsObject(): never {
      throw new WsException({ code: 'ODD', message: 'object', limit: 3 });
    }
    @OnMessage('own')
    own(): never {
      throw new WsError('ROOM_FULL', 'The room is full', { limit: 50 });
    }
    @OnMessage('unknown')
    unknown(): never {
      throw new Error('password is hunter2');
    }
    @UseFilters(NamingFilter)
    @OnMessage('named')
    named(): never {
      throw new NotFoundException('no room');
    }
    @UseFilters(NotFoundFilter)
    @OnMessage('filtered')
    filtered(): never {
      throw new NotFoundException('no such room');
    }
    @UseInterceptors(PassInterceptor)
    @UseFilters(NotFoundFilter)
    @OnMessage('intercepted')
    async intercepted(): Promise<never> {
      await Promise.resolve();
      throw new NotFoundException('no such room');
    }
    @UseFilters(NotFoundFilter)
    @OnMessage('unfiltered')
    unfiltered(): never {
      throw new ForbiddenException();
    }
  }

  it('of every kind become exception frames with a stable code; only unknown ones are logged', async () => {
    const { url, log } = await startApp({ providers: [FailingGateway] });
    const client = await Client.connect(url);
    expect(await client.ask('http')).toEqual(error('FORBIDDEN', 'not you'));
    expect(await client.ask('ws')).toEqual(error('ERROR', 'plain'));
    expect(await client.ask('ws-object')).toEqual(error('ODD', 'object', { limit: 3 }));
    expect(await client.ask('own')).toEqual(
      error('ROOM_FULL', 'The room is full', { details: { limit: 50 } }),
    );
    expect(log.of('error')).toEqual([]);
    expect(await client.ask('unknown')).toEqual(error('INTERNAL_ERROR', 'Internal server error'));
    expect(log.of('error')).toHaveLength(1);
    expect(log.of('error')[0]).toContain('hunter2');
  });

  it('are logged whatever was thrown', async () => {
    @WsGateway('/')
    class StrangeGateway {
      @OnMessage('strange')
      strange(): never {
        throw Object.assign(Object.create(null), { why: 'no prototype' });
      }
    }
    const { url, log } = await startApp({ providers: [StrangeGateway] });
    const client = await Client.connect(url);
    expect((await client.ask('strange')).data).toMatchObject({ code: 'INTERNAL_ERROR' });
    expect(log.of('error')).toEqual([expect.stringContaining('no prototype')]);
  });

  it('go to the filter that catches them, whose result fills the frame', async () => {
    const { url } = await startApp({ providers: [FailingGateway] });
    const client = await Client.connect(url);
    expect(await client.ask('filtered')).toEqual(error('MISSING', 'no such room (filtered)'));
    expect(await client.ask('unfiltered')).toEqual(error('FORBIDDEN', 'Forbidden'));
    expect(await client.ask('named', {}, 1)).toEqual({
      ...(error('MISSING', 'no room') as object),
      id: 1,
    });
  });

  it('go there from behind an interceptor, too, which runs the handler when it is subscribed to', async () => {
    const { url } = await startApp({ providers: [FailingGateway] });
    const client = await Client.connect(url);
    expect(await client.ask('intercepted')).toEqual(error('MISSING', 'no such room (intercepted)'));
  });

  it('go to global filters too, and one that only knows HTTP hides nothing', async () => {
    const good = await startApp({
      providers: [FailingGateway, { provide: APP_FILTER, useClass: NotFoundFilter }],
    });
    const first = await Client.connect(good.url);
    expect((await first.ask('filtered')).data).toMatchObject({ code: 'MISSING' });
    const http = await startApp({
      providers: [FailingGateway],
      configure: (app) => app.useGlobalFilters(new HttpOnlyFilter()),
    });
    const second = await Client.connect(http.url);
    expect(await second.ask('http')).toEqual(error('FORBIDDEN', 'not you'));
    expect(http.log.of('error')).toEqual(['Cannot run exception filter']);
  });

  it('leave global filters alone when useGlobalFilters is false', async () => {
    const { url, log } = await startApp({
      providers: [FailingGateway],
      options: { useGlobalFilters: false },
      configure: (app) => app.useGlobalFilters(new HttpOnlyFilter()),
    });
    const client = await Client.connect(url);
    expect(await client.ask('http')).toEqual(error('FORBIDDEN', 'not you'));
    expect(await client.ask('filtered')).toEqual(error('MISSING', 'no such room (filtered)'));
    expect(log.of('error')).toEqual([]);
  });
});
