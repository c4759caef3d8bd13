import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { Module, type INestApplication } from '@nestjs/common';
import { WebSocket } from 'ws';
import { MessageBody, OnMessage, WsGateway, WsModule, type WsModuleOptions } from 'nestwire';

@WsGateway('/echo')
class EchoGateway {
  @OnMessage('echo')
  echo(@MessageBody() data: unknown) {
    return data;
  }
}

@WsGateway({ path: '/plain', compression: 'disabled' })
class PlainGateway {
  @OnMessage('echo')
  echo(@MessageBody() data: unknown) {
    return data;
  }
}

let app: INestApplication | undefined;

async function start(options: WsModuleOptions): Promise<string> {
  @Module({ imports: [WsModule.forRoot(options)], providers: [EchoGateway, PlainGateway] })
  class AppModule {}
  app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
  return `ws://127.0.0.1:${port}`;
}

async function exchange(url: string, text: string): Promise<{ extensions: string; data: unknown }> {
  const client = new WebSocket(url, { perMessageDeflate: { threshold: 0 } });
  await once(client, 'open');
  client.send(JSON.stringify({ event: 'echo', data: text }));
  const [reply] = (await once(client, 'message')) as [Buffer];
  const { data } = JSON.parse(reply.toString()) as { data: unknown };
  const { extensions } = client;
  client.close();
  await once(client, 'close');
  return { extensions, data };
}

const TEXT = 'the same words again and again, '.repeat(500);

describe('compression of gateways', () => {
  afterEach(async () => {
    await app?.close();
    app = undefined;
  });

  it.each(['shared', 'dedicated'] as const)('is agreed on and works: %s', async (compression) => {
    const url = await start({ compression });
    expect(await exchange(`${url}/echo`, TEXT)).toEqual({
      extensions: 'permessage-deflate',
      data: TEXT,
    });
  });

  it('takes its options in detail', async () => {
    const url = await start({ compression: { threshold: 0, serverMaxWindowBits: 10 } });
    expect(await exchange(`${url}/echo`, TEXT)).toMatchObject({ extensions: 'permessage-deflate' });
  });

  it('is off by default', async () => {
    const url = await start({});
    expect(await exchange(`${url}/echo`, TEXT)).toEqual({ extensions: '', data: TEXT });
  });

  it('is a choice of each gateway', async () => {
    const url = await start({ compression: 'shared' });
    expect(await exchange(`${url}/plain`, TEXT)).toEqual({ extensions: '', data: TEXT });
  });

  it('refuses another word at start, naming the option', async () => {
    const options = { compression: 'much' } as unknown as WsModuleOptions;
    await expect(start(options)).rejects.toThrow(/compression.*much.*shared/s);
  });
});
