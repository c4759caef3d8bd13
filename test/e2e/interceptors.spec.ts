import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  createParamDecorator,
  Injectable,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import {
  ConnectedSocket as NestConnectedSocket,
  MessageBody as NestMessageBody,
} from '@nestjs/websockets';
import { Connection, MessageBody, OnMessage, WsGateway } from 'nestwire';
import { map, type Observable } from 'rxjs';
import { closeApps, startApp } from './support/app.js';
import { Client } from './support/client.js';

afterEach(closeApps);

const Sender = createParamDecorator((key: string, context: ExecutionContext) => {
  const client = context.switchToWs().getClient<Connection>();
  return client.handshake.query[key];
});

describe('parameters', () => {
  it('of createParamDecorator and of @nestjs/websockets work beside ours', async () => {
    @WsGateway('/')
    class MixedGateway {
      @OnMessage('mix')
      mix(
        @NestMessageBody('text') text: string,
        @NestConnectedSocket() client: Connection,
        @Sender('name') name: string,
        @MessageBody() body: unknown,
      ): unknown {
        return { text, name, body, client: client instanceof Connection };
      }
    }
    const { url } = await startApp({ providers: [MixedGateway] });
    const client = await Client.connect(`${url}/?name=Ada`);
    expect((await client.ask('mix', { text: 'a' })).data).toEqual({
      text: 'a',
      name: 'Ada',
      body: { text: 'a' },
      client: true,
    });
  });
});

const store = new AsyncLocalStorage<string>();

@Injectable()
class StoreInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return store.run('kept', () => next.handle());
  }
}

@Injectable()
class WrapInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((value: unknown) => ({ wrapped: value })));
  }
}

describe('interceptors', () => {
  @WsGateway('/')
  class InterceptedGateway {
    @UseInterceptors(WrapInterceptor)
    @OnMessage('value')
    value(): number {
      return 1;
    }
    @UseInterceptors(StoreInterceptor)
    @OnMessage('store')
    async store(): Promise<unknown> {
      await Promise.resolve();
      return store.getStore();
    }
  }

  it('change what a handler returns, which is still one answer', async () => {
    const { url } = await startApp({ providers: [InterceptedGateway] });
    const client = await Client.connect(url);
    expect(await client.ask('value', null, 1)).toEqual({
      event: 'value',
      data: { wrapped: 1 },
      id: 1,
    });
  });

  it('keep an AsyncLocalStorage store through the handler', async () => {
    const { url } = await startApp({ providers: [InterceptedGateway] });
    const client = await Client.connect(url);
    expect((await client.ask('store')).data).toBe('kept');
  });

  it('set globally reach gateways', async () => {
    @WsGateway('/')
    class PlainGateway {
      @OnMessage('value')
      value(): number {
        return 1;
      }
    }
    const { url } = await startApp({
      providers: [PlainGateway, { provide: APP_INTERCEPTOR, useClass: WrapInterceptor }],
    });
    const client = await Client.connect(url);
    expect((await client.ask('value')).data).toEqual({ wrapped: 1 });
  });
});
