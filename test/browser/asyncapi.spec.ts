// The page of AsyncAPI in a real browser: AsyncAPI's own component, from this server alone.
import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { Module, type INestApplication, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IsOptional, IsString, ValidateNested } from 'class-validator';
import { MessageBody, OnMessage, WsGateway, WsModule } from 'nestwire';
import { ApiChannel, ApiEmits, ApiOperation, ApiReply, AsyncApiModule } from 'nestwire/asyncapi';
import type { Browser, Page } from 'playwright-core';
import { AppModule as BoardModule } from '../../sample/09-board/src/app.module.js';
import { launchChromium } from '../support/chromium.js';
import { DESKTOP, PHONE } from '../support/sample-page.js';
import { ROOT } from '../support/sources.js';

const SHOTS = join(ROOT, 'test-results');
const HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script> **bold**';

class Branch {
  @IsOptional()
  @ValidateNested()
  inner?: Branch;

  @IsString()
  text!: string;
}

@ApiChannel({ title: HOSTILE, description: HOSTILE, tags: [HOSTILE] })
@ApiEmits(HOSTILE.slice(0, 100), Branch, { summary: HOSTILE, description: HOSTILE })
@WsGateway('/hostile/:room')
class Hostile {
  @ApiOperation({ summary: HOSTILE, description: HOSTILE, tags: [HOSTILE], examples: [HOSTILE] })
  @ApiReply(Branch)
  @OnMessage('<b>say</b>')
  say(@MessageBody() _data: Branch): void {}
}

@Module({ imports: [WsModule.forRoot()], providers: [Hostile] })
class HostileModule {}

let browser: Browser;
let app: INestApplication | undefined;
let faults: string[] = [];
let requests: string[] = [];

beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true });
  browser = await launchChromium();
}, 300_000);

afterAll(async () => {
  await browser.close();
});

afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  await app?.close();
  app = undefined;
});

async function open(module: Type, viewport = DESKTOP): Promise<Page> {
  faults = [];
  requests = [];
  app = await NestFactory.create(module, { logger: ['error', 'warn'] });
  AsyncApiModule.setup('/asyncapi', app, undefined, {});
  const server = await app.listen(0, '127.0.0.1');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const context = await browser.newContext({ viewport });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (line) => {
    if (line.type() === 'error' || line.text().includes('Content Security Policy')) {
      faults.push(line.text());
    }
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(`${url}/asyncapi`) && !request.url().startsWith('data:')) {
      requests.push(request.url());
    }
  });
  await page.goto(`${url}/asyncapi`);
  return page;
}

it.each([
  ['desktop', DESKTOP],
  ['phone', PHONE],
])('shows what a sample takes and sends, on a %s', async (name, viewport) => {
  const page = await open(BoardModule, viewport);
  await page.locator('#operations').waitFor();
  expect(await page.title()).toBe('WebSocket API');
  const text = await page.locator('#operations').innerText();
  for (const part of ['/board', 'move', 'attach']) expect(text).toContain(part);
  await page.screenshot({ path: join(SHOTS, `asyncapi-${name}.png`) });
  await page.locator('#operations').scrollIntoViewIfNeeded();
  await page.screenshot({ path: join(SHOTS, `asyncapi-${name}-operations.png`) });
  expect(faults).toEqual([]);
  expect(requests).toEqual([]);
});

it('shows words of an application as text', async () => {
  const page = await open(HostileModule);
  await page.locator('#operations').waitFor();
  expect(await page.title()).toBe('WebSocket API');
  expect(await page.locator('#asyncapi script, #asyncapi [onerror]').count()).toBe(0);
  expect(await page.locator('#operations').innerText()).toContain('<b>say</b>');
  await page.screenshot({ path: join(SHOTS, 'asyncapi-hostile.png'), fullPage: true });
  expect(requests).toEqual([]);
  expect(faults).toEqual([]);
});
