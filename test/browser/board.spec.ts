import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import type { Locator, Page, WebSocketRoute } from 'playwright-core';
import { bundlePage } from '../../scripts/bundle-page.mjs';
import { PHONE, samplePages } from '../support/sample-page.js';
import { ROOT } from '../support/sources.js';

/** What the functions below that run in the page see of it. */
declare const document: {
  readonly activeElement: unknown;
  querySelector(selector: string): { readonly value: unknown } | null;
};
/** Bytes of an upload: what the server asks for at a time. */
const HELD_AT = 128 * 1024;

// Two pages of a browser, on a machine that is busy with other tests.
jest.setTimeout(60_000);
// Before the application is loaded, which reads the files of its page.
await bundlePage('09-board', join(ROOT, 'sample/09-board/public/page.js'));
const { AppModule } = await import('../../sample/09-board/src/app.module.js');

async function signIn(page: Page, name: string, password = 'demo'): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

const connected = (page: Page) =>
  page.getByRole('status').filter({ hasText: 'Connected' }).waitFor();
const column = (page: Page, title: string): Locator => page.getByRole('region', { name: title });
const task = (page: Page, title: string, name: string): Locator =>
  column(page, title).getByRole('listitem').filter({ hasText: name });

async function attach(page: Page, title: string, name: string, buffer: Buffer): Promise<void> {
  await page
    .locator('.task', { hasText: title })
    .locator('input[type=file]')
    .setInputFiles({ name, mimeType: 'text/plain', buffer });
}

async function enter(page: Page, name: string): Promise<void> {
  await signIn(page, name);
  await connected(page);
  await task(page, 'To do', 'Invite the team').waitFor();
}

it('takes at most 65 lines for all that a page has to do with its server', () => {
  const code = ['use-board.ts', 'post.ts'].flatMap((name) =>
    readFileSync(join(ROOT, 'sample/09-board/page', name), 'utf8').split('\n'),
  );
  const lines = code.filter((line) => !/^\s*(\/\/|\/?\*|$)/.test(line));
  expect(lines.length).toBeLessThanOrEqual(65);
  expect(lines.length).toBeGreaterThan(30);
});

describe('a board of several people', () => {
  const { open, shoot } = samplePages('board', AppModule);

  /** Ada's page; its server lets no upload go beyond the first of it until `goOn` is called. */
  async function openHeld() {
    const page = await open();
    let isHeld = true;
    let socket: WebSocketRoute | undefined;
    const kept: (() => void)[] = [];
    await page.routeWebSocket(/\/board$/, (route) => {
      socket = route;
      route.connectToServer().onMessage((message) => {
        const [, received = 0] = /"\$upload".*"received":(\d+)/.exec(String(message)) ?? [];
        if (isHeld && Number(received) > HELD_AT) kept.push(() => route.send(message));
        else route.send(message);
      });
    });
    await page.reload();
    await enter(page, 'ada');
    return {
      page,
      goOn: (): void => {
        isHeld = false;
        for (const send of kept.splice(0)) send();
      },
      cut: () => socket?.close({ code: 4000 }),
    };
  }

  it('says that the password is wrong, and lets in who is right', async () => {
    const page = await open();
    await shoot(page, 'sign-in');
    await signIn(page, 'ada', 'wrong');
    await page.getByRole('alert').filter({ hasText: 'wrong' }).waitFor();
    await shoot(page, 'wrong');
    await enter(page, 'ada');
    await shoot(page, 'desktop');
  });

  it('shows what others do, who they are, and that they have moved a card of mine', async () => {
    const ada = await open();
    await enter(ada, 'ada');
    const bob = await open({ viewport: PHONE, colorScheme: 'dark' });
    await enter(bob, 'bob');
    await ada.getByLabel('Here now').getByText('bob').waitFor();

    await bob.getByLabel('New card').fill('<b>Tea</b> at four');
    await bob.getByRole('button', { name: 'Add' }).click();
    await task(ada, 'To do', '<b>Tea</b> at four').waitFor();
    expect(await bob.getByLabel('New card').inputValue()).toBe('');

    await bob.getByRole('button', { name: 'Move Draw the login page right' }).click();
    await task(ada, 'Done', 'Draw the login page').waitFor();
    await ada.getByText('bob moved “Draw the login page” to done').waitFor();
    await shoot(ada, 'notified');
    await shoot(bob, 'phone-dark');

    await bob.getByRole('button', { name: 'Sign out' }).click();
    await ada.getByLabel('Here now').getByText('bob').waitFor({ state: 'detached' });
  });

  it('is moved by keys, which keep the focus, and by dragging', async () => {
    const ada = await open();
    await enter(ada, 'ada');
    await task(ada, 'To do', 'Invite the team').focus();
    await ada.keyboard.press('ArrowLeft');
    await ada.keyboard.press('ArrowRight');
    await task(ada, 'Doing', 'Invite the team').waitFor();
    await ada.getByText('“Invite the team” is in Doing now').waitFor();
    await ada.keyboard.press('ArrowRight');
    await task(ada, 'Done', 'Invite the team').waitFor();
    const focused = await ada.evaluate('document.activeElement.textContent');
    expect(focused).toContain('Invite the team');
    await shoot(ada, 'keys');

    await task(ada, 'Done', 'Choose a framework').dragTo(column(ada, 'To do'));
    await task(ada, 'To do', 'Choose a framework').waitFor();
  });

  it('has a file on a card, which everybody may fetch', async () => {
    const ada = await open();
    await enter(ada, 'ada');
    const bob = await open({ viewport: PHONE, colorScheme: 'dark' });
    await enter(bob, 'bob');
    const bytes = randomBytes(300_000);
    await attach(ada, 'Invite the team', "Ada's <b>plan</b> (1)*.txt", bytes);
    await ada.getByText("“Invite the team” has Ada's <b>plan</b> (1)*.txt now").waitFor();
    const link = task(bob, 'To do', 'Invite the team').getByRole('link', { name: '293 KiB' });
    const [download] = await Promise.all([bob.waitForEvent('download'), link.click()]);
    expect(download.suggestedFilename()).toMatch(/^Ada's .b.plan..b. \(1\).\.txt$/);
    expect(readFileSync(await download.path())).toEqual(bytes);
    await shoot(ada, 'attached');
    await shoot(bob, 'attached-phone-dark');
    expect(await bob.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width);

    // A card that moves keeps it, and another file takes its place.
    await bob.getByRole('button', { name: 'Move Invite the team right' }).click();
    await task(ada, 'Doing', 'Invite the team').getByRole('link').waitFor();
    await attach(ada, 'Invite the team', 'new.txt', Buffer.from('new'));
    await task(bob, 'Doing', 'Invite the team').getByRole('link', { name: 'new.txt' }).waitFor();
    const gone = await ada.request.get(download.url());
    expect(gone.status()).toBe(404);
  });

  it('shows how far a file has come, on whichever column its card is, and is stopped', async () => {
    const { page, goOn } = await openHeld();
    await attach(page, 'Invite the team', 'plan.bin', randomBytes(1_000_000));
    const bar = page.getByRole('progressbar', { name: 'Upload to Invite the team' });
    await page.waitForFunction(() => Number(document.querySelector('progress')?.value) > 0);
    expect(await page.getByRole('button', { name: 'Attach a file to Write' }).isDisabled()).toBe(
      true,
    );
    await shoot(page, 'attaching');
    await page.getByRole('button', { name: 'Move Invite the team right' }).click();
    await column(page, 'Doing').getByRole('progressbar').waitFor();
    const stop = page.getByRole('button', { name: 'Stop the upload to Invite the team' });
    await stop.focus();
    await page.keyboard.press('Enter');
    await page.getByText('The upload was stopped').waitFor();
    await bar.waitFor({ state: 'detached' });
    // The button is another one's now, and has the focus.
    const again = page.getByRole('button', { name: 'Attach a file to Invite the team' });
    expect(await again.evaluate((button) => button === document.activeElement)).toBe(true);
    goOn();
    await attach(page, 'Invite the team', 'plan.bin', Buffer.from('shorter'));
    await task(page, 'Doing', 'Invite the team').getByRole('link', { name: 'plan.bin' }).waitFor();

    await attach(page, 'Invite the team', 'huge.bin', Buffer.alloc(2 * 1024 * 1024 + 1));
    await page.getByText('The file is too large').waitFor();
    await shoot(page, 'attachment-too-large');
  });

  it('brings a file over a cut, and leaves none of it when somebody signs out meanwhile', async () => {
    const { page, goOn, cut } = await openHeld();
    await attach(page, 'Invite the team', 'plan.bin', randomBytes(1_000_000));
    await page.waitForFunction(() => Number(document.querySelector('progress')?.value) > 0);
    goOn();
    await cut();
    await page.getByText('“Invite the team” has plan.bin now').waitFor();

    const { page: other } = await openHeld();
    await attach(other, 'Write the first test', 'gone.bin', randomBytes(1_000_000));
    await other.waitForFunction(() => Number(document.querySelector('progress')?.value) > 0);
    await other.getByRole('button', { name: 'Sign out' }).click();
    await enter(other, 'bob');
    expect(await task(other, 'To do', 'Write the first test').getByRole('link').count()).toBe(0);
  });

  it('gets what it has missed after a cut, and sends what was done meanwhile', async () => {
    const page = await open();
    let socket: WebSocketRoute | undefined;
    await page.routeWebSocket(/\/board$/, (route) => {
      route.connectToServer();
      socket = route;
    });
    await page.reload();
    await enter(page, 'ada');
    const bob = await open();
    await enter(bob, 'bob');

    await page.context().setOffline(true);
    await socket?.close({ code: 4000 });
    await page.getByRole('status').filter({ hasText: 'Connection lost' }).waitFor();
    await bob.getByRole('button', { name: 'Move Draw the login page left' }).click();
    await task(bob, 'To do', 'Draw the login page').waitFor();
    await page.getByRole('button', { name: 'Move Write the first test right' }).click();
    await shoot(page, 'lost');
    expect(await task(page, 'Doing', 'Draw the login page').count()).toBe(1);
    await page.context().setOffline(false);
    await connected(page);
    await task(page, 'To do', 'Draw the login page').waitFor();
    await task(bob, 'Doing', 'Write the first test').waitFor();
  });

  it('tells at the next visit what was moved meanwhile', async () => {
    const bob = await open();
    await enter(bob, 'bob');
    await bob.getByRole('button', { name: 'Move Write the first test right' }).click();
    await task(bob, 'Doing', 'Write the first test').waitFor();
    const ada = await open({ colorScheme: 'dark' });
    await enter(ada, 'ada');
    await ada.getByText('bob moved “Write the first test” to doing').waitFor();
    await shoot(ada, 'dark');
  });
});
