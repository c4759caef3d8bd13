import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import type { INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchChromium } from './chromium.js';
import { serveClient } from './client-bundle.js';
import { ROOT } from './sources.js';

const SHOTS = join(ROOT, 'test-results');
/** Installing a browser, when there is none, takes minutes. */
const INSTALL_TIMEOUT = 300_000;
export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 800 };

/** A sample that runs for one test, and its pages in a browser. */
export interface SamplePages {
  /** A tab of its own, with no memory of the others. */
  readonly open: (options?: Parameters<Browser['newContext']>[0]) => Promise<Page>;
  /** Ends the sample's server; its pages stay open. */
  readonly stop: () => Promise<void>;
  /** Starts it again, where it was: with no memory of what was before. */
  readonly restart: () => Promise<void>;
  readonly shoot: (page: Page, name: string) => Promise<unknown>;
}

/**
 * Starts the sample anew for each test of the surrounding `describe`. A page that throws, or breaks its
 * own content security policy, fails the test.
 * @param prepare what its `main.ts` does with the application before it listens
 */
export function samplePages(
  name: string,
  module: Type,
  prepare: (app: INestApplication) => void = () => {},
): SamplePages {
  let browser: Browser | undefined;
  let app: INestApplication | undefined;
  let port = 0;
  let url: string;
  let contexts: BrowserContext[] = [];
  let faults: string[] = [];

  beforeAll(async () => {
    mkdirSync(SHOTS, { recursive: true });
    browser = await launchChromium();
  }, INSTALL_TIMEOUT);

  afterAll(async () => {
    await browser?.close();
  });

  beforeEach(async () => {
    contexts = [];
    faults = [];
    port = 0;
    await start();
    url = `http://127.0.0.1:${port}/`;
  });

  async function start(): Promise<void> {
    app = await NestFactory.create(module, { logger: ['error', 'warn'] });
    prepare(app);
    const server = await app.listen(port, '127.0.0.1');
    port = (server.address() as AddressInfo).port;
  }

  async function stop(): Promise<void> {
    await app?.close();
    app = undefined;
  }

  afterEach(async () => {
    await Promise.all(contexts.map((context) => context.close()));
    await app?.close();
    expect(faults).toEqual([]);
  });

  return {
    async open(options = {}) {
      if (browser === undefined) throw new Error('Cannot open page: there is no browser');
      const context = await browser.newContext({ viewport: DESKTOP, ...options });
      context.setDefaultTimeout(30_000);
      contexts.push(context);
      await serveClient(context);
      const page = await context.newPage();
      page.on('pageerror', (error) => faults.push(error.message));
      page.on('console', (line) => {
        if (line.text().includes('Content Security Policy')) faults.push(line.text());
      });
      await page.goto(url);
      return page;
    },
    stop,
    async restart() {
      await stop();
      await start();
    },
    shoot: (page, shot) => page.screenshot({ path: join(SHOTS, `${name}-${shot}.png`) }),
  };
}
