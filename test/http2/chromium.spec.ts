import type { Http2SecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Connection, MessageBody, OnConnect, OnMessage, WsGateway, WsModule } from 'nestwire';
import type { Browser } from 'playwright-core';
import { TEST_CERTIFICATE } from '../../libs/engine/src/testing-fixtures/test-certificate.js';
import { launchChromium } from '../support/chromium.js';

/** Installing a browser, when there is none, takes minutes. */
const INSTALL_TIMEOUT = 300_000;

@WsGateway('/echo')
class EchoGateway {
  @OnMessage('say')
  say(@MessageBody() data: unknown): unknown {
    return data;
  }
}

@WsGateway('/news')
class NewsGateway {
  @OnConnect()
  entered(connection: Connection): void {
    connection.send('hello', 'from the news');
  }
}

@Controller('page')
class PageController {
  @Get()
  page(): string {
    return '<!doctype html><title>One connection</title>';
  }
}

@Module({
  imports: [WsModule.forRoot()],
  providers: [EchoGateway, NewsGateway],
  controllers: [PageController],
})
class AppModule {}

/** Runs in the page: two WebSockets and ten requests. */
const IN_PAGE = `async () => {
  const open = (path) => new Promise((resolve, reject) => {
    const socket = new WebSocket('wss://' + location.host + path);
    socket.onerror = () => reject(new Error('cannot open ' + path));
    socket.onopen = () => resolve(socket);
  });
  const heard = (socket) => new Promise((resolve) => {
    socket.onmessage = ({ data }) => resolve(JSON.parse(data));
  });
  const news = open('/news').then(heard);
  const echo = await open('/echo');
  const answer = heard(echo);
  echo.send(JSON.stringify({ event: 'say', data: 'ä'.repeat(40_000), id: 1 }));
  const pages = await Promise.all(
    Array.from({ length: 10 }, () => fetch('/page').then((response) => response.status)),
  );
  const result = { news: await news, length: (await answer).data.length, pages };
  const closed = new Promise((resolve) => (echo.onclose = ({ code, wasClean }) => resolve([code, wasClean])));
  echo.close(4001, 'done');
  return { ...result, closed: await closed };
}`;

describe('Chromium over TLS', () => {
  let browser: Browser;
  let app: NestFastifyApplication;
  const sessions: string[] = [];
  const asked: string[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
    app = await NestFactory.create<NestFastifyApplication>(
      AppModule,
      new FastifyAdapter({ http2: true, https: { ...TEST_CERTIFICATE, allowHTTP1: true } }),
      { logger: false },
    );
    const server = app.getHttpServer() as unknown as Http2SecureServer;
    server.on('session', (session) => {
      sessions.push(String(session.alpnProtocol));
      session.on('stream', (_stream, headers) => {
        asked.push(`${String(headers[':method'])} ${headers[':path']}`);
      });
    });
    server.on('upgrade', () => asked.push('an upgrade of HTTP/1.1'));
    await app.listen(0, '127.0.0.1');
  }, INSTALL_TIMEOUT);

  afterAll(async () => {
    await browser?.close();
    await app?.close();
  });

  it('has two gateways and its requests on one connection', async () => {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    const { port } = app.getHttpServer().address() as AddressInfo;
    await page.goto(`https://127.0.0.1:${port}/page`);
    expect(await page.evaluate(`(${IN_PAGE})()`)).toEqual({
      news: { event: 'hello', data: 'from the news' },
      length: 40_000,
      pages: Array.from({ length: 10 }, () => 200),
      closed: [4001, true],
    });
    expect(sessions).toEqual(['h2']);
    expect(asked.filter((line) => line.startsWith('CONNECT')).toSorted()).toEqual([
      'CONNECT /echo',
      'CONNECT /news',
    ]);
    expect(asked).toContain('GET /page');
    expect(asked).not.toContain('an upgrade of HTTP/1.1');
  });
});
