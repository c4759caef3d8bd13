import { afterEach, describe, expect, it } from '@jest/globals';
import { ParseIntPipe, UsePipes, ValidationPipe } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { IsInt, IsString, Length, Min } from 'class-validator';
import { Connection, MessageBody, OnMessage, WsGateway } from 'nestwire';
import { closeApps, startApp } from './support/app.js';
import { Client } from './support/client.js';

afterEach(closeApps);

class SayDto {
  @IsString()
  @Length(1, 5)
  text!: string;
}

class CountDto {
  @IsInt()
  @Min(1)
  count!: number;
}

describe('pipes', () => {
  @UsePipes(new ValidationPipe({ transform: true }))
  @WsGateway('/')
  class ValidatingGateway {
    @OnMessage('say')
    say(@MessageBody() dto: SayDto): unknown {
      return { dto: dto instanceof SayDto, text: dto.text };
    }
    @OnMessage('positional')
    positional(_connection: Connection, dto: SayDto): unknown {
      return { dto: dto instanceof SayDto };
    }
    @OnMessage('count')
    count(@MessageBody('count', ParseIntPipe) count: number): unknown {
      return { count };
    }
  }

  it('validate and transform a DTO', async () => {
    const { url } = await startApp({ providers: [ValidatingGateway] });
    const client = await Client.connect(url);
    expect((await client.ask('say', { text: 'hi' })).data).toEqual({ dto: true, text: 'hi' });
  });

  it('answer a violation with BAD_REQUEST and the sentences, not the payload, and the connection stays', async () => {
    const { url } = await startApp({ providers: [ValidatingGateway] });
    const client = await Client.connect(url);
    const frame = await client.ask('say', { text: 'much too long: secret' }, 3);
    expect(frame).toEqual({
      event: 'exception',
      id: 3,
      data: {
        status: 'error',
        code: 'BAD_REQUEST',
        message: 'Bad Request',
        details: ['text must be shorter than or equal to 5 characters'],
      },
    });
    expect((await client.ask('say', { text: 'ok' })).data).toEqual({ dto: true, text: 'ok' });
  });

  it('run on a handler without parameter decorators', async () => {
    const { url } = await startApp({ providers: [ValidatingGateway] });
    const client = await Client.connect(url);
    expect((await client.ask('positional', {})).event).toBe('exception');
    expect((await client.ask('positional', { text: 'a' })).data).toEqual({ dto: true });
  });

  it('of a parameter run on the property it picks', async () => {
    const { url } = await startApp({ providers: [ValidatingGateway] });
    const client = await Client.connect(url);
    expect((await client.ask('count', { count: '12' })).data).toEqual({ count: 12 });
    expect((await client.ask('count', { count: 'x' })).data).toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('set globally reach gateways: with app.useGlobalPipes and as APP_PIPE', async () => {
    @WsGateway('/')
    class PlainGateway {
      @OnMessage('count')
      count(@MessageBody() dto: CountDto): number {
        return dto.count;
      }
    }
    const used = await startApp({
      providers: [PlainGateway],
      configure: (app) => app.useGlobalPipes(new ValidationPipe()),
    });
    const first = await Client.connect(used.url);
    expect((await first.ask('count', { count: 0 })).data).toMatchObject({
      details: ['count must not be less than 1'],
    });
    const provided = await startApp({
      providers: [PlainGateway, { provide: APP_PIPE, useClass: ValidationPipe }],
    });
    const second = await Client.connect(provided.url);
    expect((await second.ask('count', { count: 'a' })).event).toBe('exception');
  });
});
