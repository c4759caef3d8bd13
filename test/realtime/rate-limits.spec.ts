import { afterEach, describe, expect, it } from '@jest/globals';
import * as common from '@nestjs/common';
import * as core from '@nestjs/core';
import { UseGuards } from '@nestjs/common';
import {
  Hub,
  OnMessage,
  RateLimit,
  throttleMessages,
  WsConfigurationError,
  WsGateway,
} from 'nestwire';
import { closeApps, startApp } from '../e2e/support/app.js';
import { Client } from '../e2e/support/client.js';
import { loadCommonJs } from '../support/common-js.js';

const { SkipThrottle, Throttle, ThrottlerGuard, ThrottlerModule } = loadCommonJs(
  '@nestjs/throttler',
  { '@nestjs/common': common, '@nestjs/core': core },
) as typeof import('@nestjs/throttler');

afterEach(closeApps);

describe('@RateLimit', () => {
  @WsGateway('/limited')
  class LimitedGateway {
    @RateLimit({ messages: 2, per: 60_000 })
    @OnMessage('say')
    say(): string {
      return 'said';
    }

    @OnMessage('other')
    other(): string {
      return 'fine';
    }
  }

  it('lets a handler be called so often, and answers the rest with an exception', async () => {
    const { url } = await startApp({ providers: [LimitedGateway] });
    const client = await Client.connect(`${url}/limited`);
    for (const id of [1, 2, 3]) client.send('say', null, id);
    client.send('other', null, 4);
    const frames = [];
    while (frames.length < 4) frames.push(await client.next());
    expect(frames).toMatchObject([
      { event: 'say', id: 1 },
      { event: 'say', id: 2 },
      { event: 'exception', id: 3, data: { code: 'RATE_LIMITED' } },
      { event: 'other', id: 4 },
    ]);
  });

  it('is checked where it is written', () => {
    expect(() => RateLimit(0)).toThrow(WsConfigurationError);
    expect(() => RateLimit({ messages: 1, per: -1 })).toThrow(WsConfigurationError);
  });
});

describe('the rate of the module', () => {
  @WsGateway('/plain')
  class PlainGateway {
    @OnMessage('say')
    say(): string {
      return 'said';
    }
  }

  it('closes with 1008 who sends more where it says so', async () => {
    const { app, url } = await startApp({
      providers: [PlainGateway],
      options: { rate: { connection: { messages: 3, per: 60_000 }, onViolation: 'close' } },
    });
    const client = await Client.connect(`${url}/plain`);
    for (let n = 0; n < 5; n++) client.send('say');
    expect(await client.closed).toEqual({ code: 1008, reason: 'Rate limit exceeded' });
    expect(app.get(Hub).stats.rateLimited.connection).toBe(1);
  });
});

describe('guards of @nestjs/throttler', () => {
  const MessageThrottlerGuard = throttleMessages(ThrottlerGuard);

  @UseGuards(MessageThrottlerGuard)
  @WsGateway('/throttled')
  class ThrottledGateway {
    @OnMessage('say')
    say(): string {
      return 'said';
    }

    @Throttle({ default: { limit: 1, ttl: 60_000 } })
    @OnMessage('rare')
    rare(): string {
      return 'once';
    }

    @SkipThrottle()
    @OnMessage('often')
    often(): string {
      return 'always';
    }
  }

  it('count messages as they count requests, by address and handler', async () => {
    const { url } = await startApp({
      imports: [ThrottlerModule.forRoot([{ limit: 2, ttl: 60_000 }])],
      providers: [ThrottledGateway],
    });
    const client = await Client.connect(`${url}/throttled`);
    const ask = async (event: string, id: number): Promise<unknown> => {
      client.send(event, null, id);
      const frame = await client.next();
      expect(frame.id).toBe(id);
      return frame.event === 'exception' ? (frame.data as { code: string }).code : frame.data;
    };
    const answers = [];
    for (const event of ['say', 'say', 'say', 'rare', 'rare', 'often', 'often', 'often']) {
      answers.push(await ask(event, answers.length));
    }
    expect(answers).toEqual([
      'said',
      'said',
      'TOO_MANY_REQUESTS',
      'once',
      'TOO_MANY_REQUESTS',
      'always',
      'always',
      'always',
    ]);
    const other = await Client.connect(`${url}/throttled`);
    other.send('say', null, 1);
    expect(await other.next()).toMatchObject({ data: { code: 'TOO_MANY_REQUESTS' } });
  });
});
