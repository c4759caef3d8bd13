import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConnectionRegistry, type Connection } from 'nestwire';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { AppModule } from '../../sample/02-chat/src/app.module.js';
import { launchChromium } from '../support/chromium.js';
import { serveClient } from '../support/client-bundle.js';
import { ROOT } from '../support/sources.js';

const SHOTS = join(ROOT, 'test-results');
/** Installing a browser, when there is none, takes minutes. */
const INSTALL_TIMEOUT = 300_000;
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 800 };

async function startChat(port = 0): Promise<{ app: INestApplication; port: number }> {
  const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
  const server = await app.listen(port, '127.0.0.1');
  return { app, port: (server.address() as AddressInfo).port };
}

async function enter(page: Page, name: string, room = 'lobby'): Promise<Page> {
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('Room name').fill(room);
  await page.getByRole('button', { name: 'Join' }).click();
  return page;
}

const connected = (page: Page) =>
  page.getByRole('status').filter({ hasText: 'Connected' }).waitFor();

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message', { exact: true }).fill(text);
  await page.getByLabel('Message', { exact: true }).press('Enter');
}

const message = (page: Page, text: string) => page.locator('.message', { hasText: text });
const person = (page: Page, name: string) => page.locator('#people li', { hasText: name });
const note = (page: Page, text: string) => page.locator('.note', { hasText: text });

/** Finds the connection of a guest by name. */
const isGuest = (name: string) => (one: Connection) =>
  (one.user as { guest: string }).guest === name;

function shoot(page: Page, name: string): Promise<unknown> {
  return page.screenshot({ path: join(SHOTS, `chat-${name}.png`) });
}

describe('the chat in a browser', () => {
  let browser: Browser;
  let app: INestApplication;
  let port: number;
  let contexts: BrowserContext[];
  /** What a page reported that no page should: exceptions, and refused scripts or styles. */
  let faults: string[];

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
    ({ app, port } = await startChat());
  });

  afterEach(async () => {
    await Promise.all(contexts.map((context) => context.close()));
    await app.close();
    expect(faults).toEqual([]);
  });

  async function open(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: DESKTOP, ...options });
    context.setDefaultTimeout(30_000);
    contexts.push(context);
    await serveClient(context);
    const page = await context.newPage();
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (line) => {
      if (line.text().includes('Content Security Policy')) faults.push(line.text());
    });
    await page.goto(`http://127.0.0.1:${port}/`);
    return page;
  }

  async function guest(name: string, options?: Parameters<Browser['newContext']>[0]) {
    const page = await enter(await open(options), name);
    await connected(page);
    return page;
  }

  it('lets two people talk, and tells each who else is there', async () => {
    const ada = await guest('Ada');
    await ada.getByText('Nothing said here yet').waitFor();
    await shoot(ada, 'empty');
    await say(ada, 'Is anybody here?');
    await message(ada, 'Is anybody here?').waitFor();

    const grace = await guest('Grace');
    // The newcomer reads what was said before.
    await message(grace, 'Is anybody here?').waitFor();
    await note(ada, 'Grace joined').waitFor();
    for (const page of [ada, grace]) {
      await person(page, 'Ada').waitFor();
      await person(page, 'Grace').waitFor();
    }

    await say(grace, 'Yes, both of us');
    await message(ada, 'Yes, both of us').waitFor();
    expect(await message(ada, 'Yes, both of us').locator('.from').textContent()).toBe('Grace');
    expect(await message(grace, 'Yes, both of us').getAttribute('class')).toContain('mine');
    await shoot(ada, 'desktop-light');

    await grace.getByRole('button', { name: 'Leave' }).click();
    await note(ada, 'Grace left').waitFor();
    await person(ada, 'Grace').waitFor({ state: 'detached' });
  });

  it('shows names and messages as text, whatever they contain', async () => {
    const ada = await guest('<b>Ada</b>');
    await say(ada, '<img src=x onerror="document.title = 1">');
    await message(ada, '<img src=x').waitFor();
    expect(await ada.locator('.messages img, .messages b, .people b').count()).toBe(0);
    expect(await person(ada, '<b>Ada</b>').count()).toBe(1);
  });

  it('says why a name is refused, and takes another one', async () => {
    await guest('Ada');
    const second = await enter(await open(), 'Ada');
    const alert = second.getByRole('alert');
    await alert.filter({ hasText: 'The name Ada is taken in this room' }).waitFor();
    await shoot(second, 'name-taken');
    await enter(second, 'Ada II');
    await connected(second);
    await person(second, 'Ada II').waitFor();
  });

  it('shows the error of a text that is too long, and gives the text back', async () => {
    const ada = await guest('Ada');
    await say(ada, 'x'.repeat(2001));
    await ada.getByRole('alert').filter({ hasText: '2000 characters' }).waitFor();
    await shoot(ada, 'too-long');
    const field = ada.getByLabel('Message', { exact: true });
    expect(await field.inputValue()).toBe('x'.repeat(2001));
    expect(await message(ada, 'xxx').count()).toBe(0);

    // The connection is none the worse for it, and the limit itself is allowed.
    await say(ada, 'x'.repeat(2000));
    await message(ada, 'xxx').waitFor();
    expect(await ada.getByRole('alert').isVisible()).toBe(false);
  });

  it('comes back by itself when the server does, without losing what is on the page', async () => {
    const ada = await guest('Ada');
    await say(ada, 'Said before the restart');
    await message(ada, 'Said before the restart').waitFor();

    await app.close();
    await ada.getByText(/Trying again in \d+ s/).waitFor();
    await ada.getByRole('button', { name: 'Try now' }).waitFor();
    expect(await ada.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true);
    await shoot(ada, 'disconnected');

    ({ app, port } = await startChat(port));
    await connected(ada);
    await note(ada, 'Connected again').waitFor();
    expect(await message(ada, 'Said before the restart').count()).toBe(1);
    await say(ada, 'Said after the restart');
    await message(ada, 'Said after the restart').waitFor();
  });

  it('misses nothing of what is said while it is cut off', async () => {
    const ada = await guest('Ada');
    const grace = await guest('Grace');
    await say(grace, 'Before the cut');
    await message(ada, 'Before the cut').waitFor();
    app.get(ConnectionRegistry).find(isGuest('Ada'))?.terminate();
    await note(grace, 'Ada left').waitFor();
    for (const text of ['While Ada is away', 'Still away']) {
      await say(grace, text);
      await message(grace, text).waitFor();
    }
    await note(ada, 'Connected again').waitFor();
    await message(ada, 'Still away').waitFor();
    await say(grace, 'Welcome back');
    await message(ada, 'Welcome back').waitFor();
    const texts = await ada.locator('.message .text').allTextContents();
    expect(texts).toEqual(['Before the cut', 'While Ada is away', 'Still away', 'Welcome back']);
    expect(await note(ada, 'may be missing').count()).toBe(0);
    await shoot(ada, 'recovered');
  });

  it('moves to another room, and hears nothing of the first one', async () => {
    const ada = await guest('Ada');
    const grace = await guest('Grace');
    await ada.getByLabel('Another room').fill('tea & cake/ünïcode');
    await ada.getByRole('button', { name: 'Open' }).click();
    await note(grace, 'Ada left').waitFor();
    await ada.getByRole('heading', { name: 'tea & cake/ünïcode' }).waitFor();
    await person(ada, 'Grace').waitFor({ state: 'detached' });
    await say(grace, 'Only for the lobby');
    await message(grace, 'Only for the lobby').waitFor();
    await say(ada, 'Only for tea');
    await message(ada, 'Only for tea').waitFor();
    expect(await message(ada, 'Only for the lobby').count()).toBe(0);
    // The new room is listed for others, with the number of people in it.
    await grace.reload();
    await enter(grace, 'Grace');
    await grace.locator('#rooms button', { hasText: 'tea & cake/ünïcode' }).waitFor();
  });

  it('keeps what was said when the last person has left, as the page says', async () => {
    const ada = await open();
    await ada.getByText('lines of a room are kept for an hour').waitFor();
    await enter(ada, 'Ada');
    await connected(ada);
    await say(ada, 'Is anybody here?');
    await message(ada, 'Is anybody here?').waitFor();
    await ada.getByRole('button', { name: 'Leave' }).click();
    await message(await guest('Grace'), 'Is anybody here?').waitFor();
  });

  it('fits a phone, in the dark too, with rooms and people one touch away', async () => {
    await guest('Grace Hopper');
    const ada = await guest('Ada', { viewport: PHONE, colorScheme: 'dark', hasTouch: true });
    await say(ada, `A long word: ${'wonderfully'.repeat(8)}`);
    await message(ada, 'A long word').waitFor();
    await shoot(ada, 'phone-dark');

    expect(await ada.getByRole('heading', { name: 'People' }).isVisible()).toBe(false);
    await ada.getByRole('button', { name: /people in this room/ }).click();
    await ada.getByRole('heading', { name: 'People' }).waitFor();
    await person(ada, 'Grace Hopper').waitFor();
    await ada.keyboard.press('Escape');
    await ada.getByRole('heading', { name: 'People' }).waitFor({ state: 'hidden' });

    // Nothing sticks out: a page that scrolls sideways is a broken page on a phone.
    expect(await ada.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width);
  });

  it('can be used with the keyboard alone', async () => {
    const page = await open();
    await page.keyboard.type('Ada');
    await page.keyboard.press('Enter');
    await connected(page);
    await page.keyboard.type('Hello');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('there');
    await page.keyboard.press('Enter');
    await message(page, 'Hello').waitFor();
    expect(await message(page, 'Hello').locator('.text').textContent()).toBe('Hello\nthere');
  });
});
