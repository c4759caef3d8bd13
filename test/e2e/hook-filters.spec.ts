// Filters on the methods around a connection: whatever they return, what was thrown still refuses.
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Catch,
  ForbiddenException,
  UnauthorizedException,
  UseFilters,
  UseGuards,
  type ArgumentsHost,
  type CanActivate,
  type ExceptionFilter,
} from '@nestjs/common';
import { CanJoin, OnConnect, OnMessage, VerifyClient, WsGateway, type Connection } from 'nestwire';
import { closeApps, startApp } from './support/app.js';
import { Client, refusal } from './support/client.js';

afterEach(closeApps);

/** As one is written for messages: it says what is to be sent. */
@Catch()
class MessageFilter implements ExceptionFilter {
  catch(exception: Error): unknown {
    return { event: 'failed', data: exception.message };
  }
}

/** Its answer fills the exception frame. */
@Catch()
class WordingFilter implements ExceptionFilter {
  catch(exception: Error, _host: ArgumentsHost): unknown {
    return { code: 'CLOSED_DOOR', message: `Sorry: ${exception.message}` };
  }
}

class NoGuard implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

describe('a filter on a verifying method', () => {
  @WsGateway('/thrown')
  class ThrownGateway {
    @UseFilters(MessageFilter)
    @VerifyClient()
    verify(): boolean {
      throw new UnauthorizedException('no token');
    }
  }
  @WsGateway('/guarded')
  class GuardedGateway {
    @UseFilters(MessageFilter)
    @UseGuards(NoGuard)
    @VerifyClient()
    verify(): boolean {
      return true;
    }
  }
  @WsGateway('/worded')
  class WordedGateway {
    @UseFilters(WordingFilter)
    @VerifyClient()
    verify(): boolean {
      throw new UnauthorizedException('no token');
    }
  }

  it.each([
    ['/thrown', 401],
    ['/guarded', 403],
    ['/worded', 401],
  ])('lets nobody in by what it returns (%s)', async (path, status) => {
    const { url, log } = await startApp({
      providers: [ThrownGateway, GuardedGateway, WordedGateway],
    });
    expect(await refusal(`${url}${path}`)).toMatchObject({ status });
    expect(log.of('error')).toEqual([]);
  });
});

describe('a filter on a connect hook', () => {
  @WsGateway('/message')
  class MessageGateway {
    @UseFilters(MessageFilter)
    @OnConnect()
    connect(): never {
      throw new ForbiddenException('not you');
    }
    @OnMessage('in')
    in(): boolean {
      return true;
    }
  }
  @WsGateway('/worded')
  class WordedGateway {
    @UseFilters(WordingFilter)
    @OnConnect()
    connect(): never {
      throw new ForbiddenException('not you');
    }
  }

  it('words the exception, and the connection closes all the same', async () => {
    const { url } = await startApp({ providers: [MessageGateway, WordedGateway] });
    const client = await Client.connect(`${url}/message`);
    expect(await client.next()).toMatchObject({
      event: 'exception',
      data: { code: 'FORBIDDEN', message: 'not you' },
    });
    expect(await client.closed).toEqual({ code: 1008, reason: 'not you' });
    const worded = await Client.connect(`${url}/worded`);
    expect(await worded.next()).toMatchObject({
      event: 'exception',
      data: { code: 'CLOSED_DOOR' },
    });
    expect(await worded.closed).toEqual({ code: 1008, reason: 'Sorry: not you' });
  });
});

describe('a filter on a @CanJoin method', () => {
  @WsGateway('/')
  class RoomGateway {
    @UseFilters(MessageFilter)
    @CanJoin()
    enter(_connection: Connection): boolean {
      throw new ForbiddenException('members only');
    }
  }

  it('lets nobody into the room by what it returns', async () => {
    const { url } = await startApp({ providers: [RoomGateway] });
    const client = await Client.connect(url);
    expect(await client.ask('$join', { room: 'club' }, 1)).toMatchObject({
      event: 'exception',
      id: 1,
      data: { code: 'FORBIDDEN', message: 'members only' },
    });
    await client.close();
  });
});
