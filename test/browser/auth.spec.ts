import { describe, expect, it } from '@jest/globals';
import type { Page, WebSocketRoute } from 'playwright-core';
import { PHONE, samplePages } from '../support/sample-page.js';

// Read by the sample when it is loaded: long enough for a slow machine, short enough to wait for.
process.env['TOKEN_SECONDS'] = '8';
const { AppModule } = await import('../../sample/03-auth/src/app.module.js');

async function signIn(page: Page, name: string, password = 'demo'): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

const connected = (page: Page) =>
  page.getByRole('status').filter({ hasText: 'Connected' }).waitFor();

async function post(page: Page, text: string): Promise<void> {
  await page.getByLabel('Notice', { exact: true }).fill(text);
  await page.getByRole('button', { name: 'Post' }).click();
}

const notice = (page: Page, text: string) => page.locator('.notices li', { hasText: text });

describe('signing in', () => {
  const { open, shoot, stop } = samplePages('auth', AppModule);

  it('says what is wrong, and lets in who is right', async () => {
    const page = await open();
    await shoot(page, 'sign-in');
    await signIn(page, 'ada', 'wrong');
    await page.getByRole('alert').filter({ hasText: 'wrong' }).waitFor();
    await signIn(page, 'ada');
    await connected(page);
    await page.getByText('admin', { exact: true }).waitFor();
  });

  it('lets everyone post and only an administrator remove; markup stays text', async () => {
    const bob = await open();
    await signIn(bob, 'bob');
    await connected(bob);
    const ada = await open({ viewport: PHONE });
    await signIn(ada, 'ada');
    await connected(ada);
    await post(bob, '<b>Tea</b> at four');
    await notice(ada, '<b>Tea</b> at four').waitFor();
    await post(ada, 'The printer works again');
    await notice(bob, 'The printer works again').waitFor();

    await notice(bob, 'The printer').getByRole('button').click();
    await bob.getByRole('alert').filter({ hasText: 'Forbidden resource' }).waitFor();
    expect(await notice(bob, 'The printer').count()).toBe(1);
    await shoot(bob, 'forbidden');
    await shoot(ada, 'phone');

    await notice(ada, 'The printer').getByRole('button').click();
    await notice(bob, 'The printer').waitFor({ state: 'detached' });
  });

  it('lasts as long as the token is renewed, on the same connection', async () => {
    const page = await open({ colorScheme: 'dark' });
    const sockets: string[] = [];
    page.on('websocket', (socket) => sockets.push(socket.url()));
    await signIn(page, 'ada');
    await connected(page);
    await post(page, 'Still here');
    // Longer than a token lives.
    await page.waitForResponse((response) => response.url().endsWith('/renew'));
    await page.waitForResponse((response) => response.url().endsWith('/renew'));
    await notice(page, 'Still here').waitFor();
    await shoot(page, 'dark');
    expect(sockets).toHaveLength(1);
  });

  it('ends with the token when it is not renewed', async () => {
    const page = await open();
    await signIn(page, 'bob');
    await connected(page);
    await page.getByLabel('Renew before it expires').uncheck();
    await page.getByRole('alert').filter({ hasText: 'Session expired' }).waitFor();
    await shoot(page, 'expired');
    await signIn(page, 'bob');
    await connected(page);
  });

  it('keeps a notice that cannot be posted, and says so', async () => {
    const page = await open();
    await signIn(page, 'ada');
    await connected(page);
    await post(page, 'On the board');
    await notice(page, 'On the board').waitFor();
    expect(await page.getByLabel('Notice', { exact: true }).inputValue()).toBe('');

    await stop();
    await page.getByRole('status').filter({ hasText: 'Connection lost' }).waitFor();
    await post(page, 'Written while offline');
    await page.getByRole('alert').filter({ hasText: 'Not posted' }).waitFor();
    expect(await page.getByLabel('Notice', { exact: true }).inputValue()).toBe(
      'Written while offline',
    );
    await shoot(page, 'offline');
    await page.getByRole('button', { name: 'Renew now' }).click();
    await page.getByRole('alert').filter({ hasText: 'The server cannot be reached' }).waitFor();
  });

  it('says nothing of a lost connection any more once there is one again', async () => {
    const page = await open();
    let board: WebSocketRoute | undefined;
    await page.routeWebSocket(/\/board$/, (socket) => {
      socket.connectToServer();
      board = socket;
    });
    await page.reload();
    await signIn(page, 'ada');
    await connected(page);
    await page.context().setOffline(true);
    await board?.close({ code: 4000 });
    await page.getByRole('status').filter({ hasText: 'Connection lost' }).waitFor();
    await post(page, 'Written while offline');
    await page.getByRole('alert').filter({ hasText: 'Not posted' }).waitFor();
    await page.context().setOffline(false);
    await connected(page);
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.getByRole('button', { name: 'Post' }).click();
    await notice(page, 'Written while offline').waitFor();
  });
});
