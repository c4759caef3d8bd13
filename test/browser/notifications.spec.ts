import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AppModule } from '../../sample/08-notifications/src/app.module.js';
import { PHONE, samplePages } from '../support/sample-page.js';

async function openInbox(page: Page, user: string): Promise<Page> {
  await page.getByLabel('User').fill(user);
  await page.getByRole('button', { name: 'Open inbox' }).click();
  await page.getByRole('status').filter({ hasText: 'Connected' }).waitFor();
  return page;
}

async function send(page: Page, to: string, title: string, text = ''): Promise<void> {
  await page.getByLabel('To').fill(to);
  await page.getByLabel('Title').fill(title);
  await page.getByLabel('Text').fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
}

const sent = (page: Page, text: string) => page.locator('#sent', { hasText: text }).waitFor();
const notification = (page: Page, text: string) => page.locator('.notification', { hasText: text });

describe('notifications', () => {
  const { open, shoot, stop } = samplePages('notifications', AppModule);

  it('reach every tab of the user, and nobody else', async () => {
    const tabs = [await openInbox(await open(), 'ada'), await openInbox(await open(), 'ada')];
    const bob = await openInbox(await open({ viewport: PHONE, colorScheme: 'dark' }), 'bob');
    await send(bob, 'ada', 'Tea is ready', 'In the kitchen, while it is hot');
    await sent(bob, 'Delivered to 2 tabs of ada');
    for (const tab of tabs) await notification(tab, 'Tea is ready').waitFor();
    expect(await notification(bob, 'Tea').count()).toBe(0);
    await send(bob, 'bob', 'A note to myself');
    await notification(bob, 'A note to myself').waitFor();
    const [first] = tabs;
    if (first !== undefined) await shoot(first, 'desktop');
    await shoot(bob, 'phone-dark');
    expect(await bob.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width);
  });

  it('wait for who is away, come in order on return, and only once', async () => {
    const page = await open();
    for (const title of ['First', 'Second', 'Third']) {
      await send(page, 'ada', title);
      await sent(page, 'ada is away: it waits');
    }
    await shoot(page, 'waiting');
    await openInbox(page, 'ada');
    await notification(page, 'Third').waitFor();
    expect(await page.locator('.notification b').allTextContents()).toEqual([
      'Third',
      'Second',
      'First',
    ]);
    await page.getByRole('button', { name: 'Close' }).click();
    await openInbox(page, 'ada');
    await send(page, 'ada', 'Fourth');
    await notification(page, 'Fourth').waitFor();
    expect(await page.locator('.notification').count()).toBe(1);
  });

  it('show what they contain as text, and what is wrong with what is sent', async () => {
    const page = await openInbox(await open(), 'ada');
    await send(page, 'ada', '<b>bold</b>', '<img src=x onerror="document.title = 1">');
    await notification(page, '<b>bold</b>').waitFor();
    expect(await page.locator('.notification img, .notification b b').count()).toBe(0);
    await send(page, 'ada', '');
    await page.getByRole('alert').filter({ hasText: 'A title has 1 to 80 characters' }).waitFor();
    await send(page, 'Ada Lovelace', 'Hello');
    await page.getByRole('alert').filter({ hasText: 'lower-case letters' }).waitFor();
    await send(page, '..', 'Hello');
    await page.getByRole('alert').filter({ hasText: 'lower-case letters' }).waitFor();
    expect(await page.getByText('Cannot POST').count()).toBe(0);
    await shoot(page, 'refused');
  });

  it('leave nothing said that is not true any more', async () => {
    const page = await open();
    await page.getByLabel('User').fill('Ada Lovelace');
    await page.getByRole('button', { name: 'Open inbox' }).click();
    await page.getByRole('alert').filter({ hasText: 'Lower-case' }).waitFor();
    await page.getByLabel('User').fill('ada');
    expect(await page.getByRole('alert').count()).toBe(0);

    await send(page, 'bob', 'Hello');
    await sent(page, 'bob is away: it waits');
    await page.getByLabel('To').fill('grace');
    await page.locator('#sent').waitFor({ state: 'hidden' });
    await send(page, '', 'Hello');
    await page.getByRole('alert').filter({ hasText: 'to whom?' }).waitFor();

    await openInbox(page, 'ada');
    await stop();
    await page.getByRole('status').filter({ hasText: 'Connection lost' }).waitFor();
    await send(page, 'bob', 'Hello again');
    await page.getByRole('alert').filter({ hasText: 'The server cannot be reached' }).waitFor();
    expect(await page.getByLabel('Title').inputValue()).toBe('Hello again');
    await shoot(page, 'offline');
    await page.getByLabel('Text').fill('Are you there?');
    expect(await page.getByRole('alert').count()).toBe(0);
  });
});
