import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { PageAppModule } from '../../sample/01-first-gateway/src/page-app.module.js';
import { PHONE, samplePages } from '../support/sample-page.js';

const connected = (page: Page) =>
  page.getByRole('status').filter({ hasText: 'Connected' }).waitFor();
const received = (page: Page, text: string) => page.locator('#frames .received', { hasText: text });

describe('the first gateway', () => {
  const { open, shoot } = samplePages('first', PageAppModule);

  it('answers everyone in the room, with text as text', async () => {
    const page = await open();
    const other = await open({ viewport: PHONE, colorScheme: 'dark' });
    for (const tab of [page, other]) await connected(tab);
    await page.getByLabel('Text').fill(`<b>hello</b>${'o'.repeat(100)}`);
    await page.getByRole('button', { name: 'Say' }).click();
    for (const tab of [page, other]) await received(tab, '<b>hello</b>').waitFor();
    expect(await page.locator('#frames b').count()).toBe(0);
    expect(await other.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width);
    await shoot(page, 'desktop');
    await shoot(other, 'phone-dark');
  });

  it('says what is wrong with a message, and goes on', async () => {
    const page = await open();
    await connected(page);
    await page.getByLabel('Text').fill('');
    await page.getByLabel('Text').press('Enter');
    await page.getByRole('alert').filter({ hasText: 'longer than or equal to 1' }).waitFor();
    await received(page, 'BAD_REQUEST').waitFor();
    await shoot(page, 'refused');
    await page.keyboard.type('now with text');
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.keyboard.press('Enter');
    await received(page, 'now with text').waitFor();
  });

  it('can be used with the keyboard alone', async () => {
    const page = await open();
    await connected(page);
    await page.keyboard.press('Enter');
    await received(page, 'hello').waitFor();
    // The text is selected: the next one replaces it.
    await page.keyboard.type('again');
    await page.keyboard.press('Enter');
    await received(page, 'again').waitFor();
    expect(await received(page, 'helloagain').count()).toBe(0);
  });
});
