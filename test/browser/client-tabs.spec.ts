// Tabs of one browser, which share what Web Locks share, and a file of a page: mail and uploads of nestwire/client in
// Chromium. Each function that is given to `evaluate` runs over there.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Header } from '@nestjs/common';
import { Mailbox } from 'nestwire';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { MailGateway, type MailContract } from '../client/support/mail-gateway.js';
import { sha256, UploadGateway } from '../client/support/upload-gateway.js';
import { closeApps, startApp, type TestApp } from '../e2e/support/app.js';
import { launchChromium } from '../support/chromium.js';
import { bundleForBrowser } from '../support/client-bundle.js';

/** Over there. */
declare const nestwire: typeof import('nestwire/client');
declare const handled: number[];

/** Installing a browser, when there is none, takes minutes. */
const INSTALL_TIMEOUT = 300_000;

let script: string;
let browser: Browser | undefined;
let context: BrowserContext | undefined;

@Controller()
class PageController {
  @Get()
  @Header('content-type', 'text/html')
  page(): string {
    return '<!doctype html><title>tab</title><script type="module" src="client.js"></script>';
  }

  @Get('client.js')
  @Header('content-type', 'text/javascript')
  script(): string {
    return script;
  }
}

beforeAll(async () => {
  script = await bundleForBrowser(`
    import * as client from 'nestwire/client';
    Object.assign(globalThis, { nestwire: client, handled: [] });
  `);
  browser = await launchChromium();
}, INSTALL_TIMEOUT);

afterAll(async () => {
  await browser?.close();
});

afterEach(async () => {
  await context?.close();
  await closeApps();
});

async function serve(): Promise<TestApp & { readonly mailbox: Mailbox<MailContract> }> {
  const app = await startApp({
    controllers: [PageController],
    providers: [MailGateway, UploadGateway],
  });
  context = await browser?.newContext();
  return { ...app, mailbox: app.app.get<Mailbox<MailContract>>(Mailbox) };
}

async function openTab({ port }: TestApp): Promise<Page> {
  if (context === undefined) throw new Error('There is no browser');
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${port}/`);
  await page.waitForFunction('globalThis.nestwire !== undefined');
  return page;
}

/** Handles mail in a tab, as whoever it is. */
async function handles(page: Page, user: string): Promise<void> {
  await page.evaluate(async (name) => {
    const client = nestwire.connect<MailContract>('/mail', { query: { user: name } });
    client.onMail('note', async (n) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      handled.push(n);
    });
    await client.opened();
  }, user);
}

const handledBy = (page: Page): Promise<number[]> => page.evaluate(() => handled);

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 600; turn += 1) {
    if (await holds()) return;
    await sleep(20);
  }
  throw new Error(`It never came to this: ${what}`);
}

describe('tabs of Chromium', () => {
  it('handle mail once together; when the one that did is closed another goes on', async () => {
    const app = await serve();
    const { mailbox } = app;
    const send = async (user: string, n: number): Promise<void> => {
      await mailbox.send(user, 'note', n, { acknowledge: true });
    };
    const isEmpty = async (): Promise<boolean> => (await mailbox.waiting('ada')).length === 0;
    for (const n of [1, 2, 3]) await send('ada', n);
    const first = await openTab(app);
    await handles(first, 'ada');
    await until('what waited is handled', isEmpty);
    const second = await openTab(app);
    const bob = await openTab(app);
    await handles(second, 'ada');
    await handles(bob, 'bob');
    for (const n of [4, 5]) await send('ada', n);
    await send('bob', 6);
    await until('what came is handled', isEmpty);
    await until("bob's is, too", async () => (await mailbox.waiting('bob')).length === 0);
    expect([await handledBy(first), await handledBy(second), await handledBy(bob)]).toEqual([
      [1, 2, 3, 4, 5],
      [],
      [6],
    ]);
    await first.close();
    await send('ada', 7);
    await until('the other one goes on', isEmpty);
    expect(await handledBy(second)).toEqual([7]);
  });

  it('upload a file, and a stream of it', async () => {
    const app = await serve();
    const page = await openTab(app);
    const taken = await page.evaluate(async () => {
      const bytes = Uint8Array.from({ length: 700_000 }, (_, at) => at % 251);
      const client = nestwire.connect('/upload');
      const file = new File([bytes], 'a.bin');
      const steps: number[] = [];
      const whole: unknown = await client.upload(
        'file',
        file,
        { name: file.name },
        {
          onProgress: ({ sent }) => steps.push(sent),
        },
      );
      const streamed: unknown = await client.upload('file', file.stream(), { name: 'b' });
      return { whole, streamed, last: steps.at(-1) };
    });
    const bytes = Uint8Array.from({ length: 700_000 }, (_, at) => at % 251);
    const expected = { bytes: bytes.length, sha256: sha256(bytes) };
    expect(taken).toEqual({
      whole: { name: 'a.bin', ...expected },
      streamed: { name: 'b', ...expected },
      last: bytes.length,
    });
  });
});
