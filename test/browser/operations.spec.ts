import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AppModule } from '../../sample/10-operations/src/app.module.js';
import { PHONE, samplePages } from '../support/sample-page.js';

const connected = (page: Page) =>
  page.getByRole('status').filter({ hasText: 'Connected' }).waitFor();
const line = (page: Page, text: string) =>
  page.getByRole('log').getByRole('listitem').filter({ hasText: text }).first();

describe('the page of operations', () => {
  const { open, shoot } = samplePages('operations', AppModule);

  it('does work of each kind, and says what came of it', async () => {
    const page = await open();
    const phone = await open({ viewport: PHONE, colorScheme: 'dark' });
    for (const tab of [page, phone]) await connected(tab);
    const expected = {
      Say: 'Said: hello',
      'Think for': 'think: done',
      Break: 'break: INTERNAL_ERROR',
      Press: 'press: pressed',
      'Send what': 'UNKNOWN_EVENT',
      'Say nothing': 'BAD_REQUEST',
      'Load a pallet': 'A pallet of 65',
    };
    for (const [name, text] of Object.entries(expected)) {
      await page.getByRole('button', { name, exact: name === 'Say' }).click();
      await line(page, text).waitFor();
    }
    await line(phone, 'Said: hello').waitFor();
    expect(await phone.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width);
    await shoot(page, 'desktop');
    await shoot(phone, 'phone-dark');
  });

  it('survives a rush', async () => {
    const page = await open();
    await connected(page);
    await page.getByRole('button', { name: 'A rush' }).click();
    await line(page, 'rush 999').waitFor();
  });
});
