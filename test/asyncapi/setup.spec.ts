// The document as routes of an application, on Express and on Fastify.
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { IsString } from 'class-validator';
import { parse as readYaml } from 'yaml';
import type { AddressInfo } from 'node:net';
import { MessageBody, OnMessage, WsConfigurationError, WsGateway, WsModule } from 'nestwire';
import { AsyncApiModule } from 'nestwire/asyncapi';
import { parse } from './support/parsed.js';

class SayDto {
  @IsString()
  text!: string;
}

@WsGateway('/chat')
class Chat {
  @OnMessage('say')
  say(@MessageBody() _dto: SayDto): void {}
}

@Controller('hello')
class Hello {
  @Get()
  hello(): string {
    return 'hello';
  }
}

@Module({ imports: [WsModule.forRoot()], controllers: [Hello], providers: [Chat] })
class AppModule {}

const apps: INestApplication[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

async function make(platform = 'Express'): Promise<INestApplication> {
  const app =
    platform === 'Express'
      ? await NestFactory.create(AppModule, { logger: false })
      : await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false });
  apps.push(app);
  return app;
}

async function listen(app: INestApplication): Promise<(path: string) => Promise<Response>> {
  const server = await app.listen(0, '127.0.0.1');
  const { port } = server.address() as AddressInfo;
  // A connection each: none is closed for having been idle while the machine was busy.
  const headers = { connection: 'close' };
  return (path) => fetch(`http://127.0.0.1:${port}${path}`, { headers });
}

describe.each(['Express', 'Fastify'])('on %s', (platform) => {
  it('are JSON, YAML, a page and what it loads', async () => {
    const app = await make(platform);
    AsyncApiModule.setup('/asyncapi', app);
    const get = await listen(app);
    const json = await get('/asyncapi-json');
    expect(json.status).toBe(200);
    expect(json.headers.get('content-type')).toContain('application/json');
    const document: unknown = await json.json();
    expect(document).toMatchObject({ channels: { chat: { address: '/chat' } } });

    const yaml = await get('/asyncapi-yaml');
    expect(yaml.headers.get('content-type')).toContain('application/yaml');
    const text = await yaml.text();
    expect(readYaml(text)).toEqual(document);
    expect((await parse(text)).complaints).toEqual([]);

    for (const path of ['/asyncapi', '/asyncapi/', '/asyncapi?x=/']) {
      const page = await get(path);
      expect(page.status).toBe(200);
      expect(page.headers.get('content-type')).toContain('text/html');
      expect(page.headers.get('content-security-policy')).toContain(
        "default-src 'none'; script-src 'self' ",
      );
      const html = await page.text();
      const links = [...html.matchAll(/(?:src|href|data-document)="(\.[^"]*)"/g)].map(
        ([, link = '']) => link,
      );
      expect(links).toHaveLength(6);
      for (const link of links) {
        const file = await get(new URL(link, `http://a${path}`).pathname);
        expect([link, file.status]).toEqual([link, 200]);
        expect(file.headers.get('x-content-type-options')).toBe('nosniff');
        await file.text();
      }
    }
    expect(await (await get('/hello')).text()).toBe('hello');
  });

  it('may stand below the global prefix', async () => {
    const app = await make(platform);
    app.setGlobalPrefix('api');
    AsyncApiModule.setup('docs/ws', app, undefined, { useGlobalPrefix: true });
    const get = await listen(app);
    const html = await (await get('/api/docs/ws')).text();
    const [, link = ''] = /data-document="([^"]*)"/.exec(html) ?? [];
    const { pathname } = new URL(link, 'http://a/api/docs/ws');
    expect(pathname).toBe('/api/docs/ws-json');
    expect(await (await get(pathname)).json()).toMatchObject({
      channels: { 'api.chat': { address: '/api/chat' } },
    });
    expect((await get('/docs/ws')).status).toBe(404);
  });

  it('are made once, when they are first asked for, and again when that has failed', async () => {
    const app = await make(platform);
    let calls = 0;
    AsyncApiModule.setup('/asyncapi', app, async () => {
      calls += 1;
      if (calls === 1) throw new Error('not yet: secret');
      return AsyncApiModule.createDocument(app, { title: 'Chat' });
    });
    const get = await listen(app);
    expect(calls).toBe(0);
    const failed = await get('/asyncapi-json');
    expect([failed.status, await failed.text()]).toEqual([500, 'Internal Server Error']);
    const answers = await Promise.all(
      ['json', 'json', 'yaml'].map((one) => get(`/asyncapi-${one}`)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await answers[0]!.json()).toMatchObject({ info: { title: 'Chat' } });
    expect(calls).toBe(2);
  });
});

describe('options', () => {
  it('leave out the page, or a form, and say where the others are', async () => {
    const app = await make();
    const document = await AsyncApiModule.createDocument(app);
    AsyncApiModule.setup('/asyncapi', app, document, {
      ui: false,
      raw: ['yaml'],
      yamlDocumentUrl: '/asyncapi.yaml',
    });
    const get = await listen(app);
    const statuses = await Promise.all(
      ['/asyncapi', '/asyncapi-json', '/asyncapi.yaml'].map(
        async (path) => (await get(path)).status,
      ),
    );
    expect(statuses).toEqual([404, 404, 200]);
  });

  it('are checked', async () => {
    const app = await make();
    const setup = (options: object) => () =>
      AsyncApiModule.setup('/asyncapi', app, undefined, options);
    expect(setup({ raw: false })).toThrow("option of AsyncApiModule.setup: raw: expected 'json'");
    expect(setup({ raw: ['xml'] })).toThrow(WsConfigurationError);
    expect(setup({ globalPrefix: true })).toThrow('did you mean useGlobalPrefix?');
    expect(() => AsyncApiModule.setup(undefined as never, app)).toThrow('expected a path such as');
  });

  it('let a middleware stand in front', async () => {
    const app = await make();
    app.use(
      '/asyncapi',
      (_request: unknown, response: { writeHead: (status: number) => { end(): void } }) =>
        response.writeHead(401).end(),
    );
    AsyncApiModule.setup('/asyncapi', app, undefined, { jsonDocumentUrl: '/asyncapi/json' });
    const get = await listen(app);
    expect((await get('/asyncapi')).status).toBe(401);
    expect((await get('/asyncapi/json')).status).toBe(401);
  });
});
