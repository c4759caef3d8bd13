import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AppModule } from '../../sample/05-streaming/src/app.module.js';
import { PHONE, samplePages } from '../support/sample-page.js';

/** What the functions below that run in the page see of it. */
declare const document: {
  querySelector(selector: string): {
    readonly textContent: string;
    getAttribute(name: string): string;
  } | null;
};

const card = (page: Page, symbol: string) => page.locator(`.quote[data-symbol=${symbol}]`);

/** Waits until the price on a card is another one. */
async function moves(page: Page, symbol: string): Promise<void> {
  const price = card(page, symbol).locator('.price');
  await price.filter({ hasText: /^\d/ }).waitFor();
  const before = await price.textContent();
  await page.waitForFunction(
    ([name, text]) =>
      document.querySelector(`.quote[data-symbol=${name}] .price`)?.textContent !== text,
    [symbol, before ?? ''] as const,
  );
}

async function figure(page: Page, id: string): Promise<number> {
  return Number.parseInt((await page.locator(`#${id}`).textContent()) ?? '', 10);
}

function above(page: Page, id: string, limit: number): Promise<unknown> {
  return page.waitForFunction(
    ({ figureId, least }) => Number(document.querySelector(`#${figureId}`)?.textContent) > least,
    { figureId: id, least: limit },
  );
}

/** Waits until the prices are older or younger than so many milliseconds when they are shown. */
function age(page: Page, side: 'above' | 'below', limit: number): Promise<unknown> {
  return page.waitForFunction(
    ({ above: over, least }) => {
      const text = document.querySelector('#age')?.textContent ?? '';
      const milliseconds = Number.parseInt(text, 10);
      return over ? milliseconds > least : milliseconds < least;
    },
    { above: side === 'above', least: limit },
    { polling: 100 },
  );
}

function drawn(page: Page, points: number): Promise<unknown> {
  return page.waitForFunction(
    (least) =>
      (document.querySelector('.quote polyline')?.getAttribute('points') ?? '').split(' ').length >
      least,
    points,
  );
}

const slow = (page: Page, milliseconds: number) => page.locator('#work').fill(String(milliseconds));

describe('the ticker', () => {
  const { open, shoot } = samplePages('ticker', AppModule);

  it('streams prices until they are stopped, one by one', async () => {
    const page = await open();
    await moves(page, 'ACME');
    await moves(page, 'STARK');
    await drawn(page, 50);
    await shoot(page, 'desktop');
    await page.getByRole('button', { name: 'Stop ACME' }).click();
    const price = await card(page, 'ACME').locator('.price').textContent();
    await moves(page, 'GLOBEX');
    await moves(page, 'GLOBEX');
    expect(await card(page, 'ACME').locator('.price').textContent()).toBe(price);
    await page.getByRole('button', { name: 'Start ACME' }).click();
    await moves(page, 'ACME');
  });

  it('keeps a slow tab up to date by leaving prices out, and no other tab notices', async () => {
    const page = await open();
    await moves(page, 'ACME');
    await page.getByLabel('Latest price').check();
    await slow(page, 60);
    await above(page, 'skipped', 20);
    expect(await figure(page, 'age')).toBeLessThan(2_000);

    const other = await open({ viewport: PHONE, colorScheme: 'dark' });
    await moves(other, 'ACME');
    await above(other, 'rate', 60);
    expect(await figure(other, 'skipped')).toBe(0);
    await shoot(page, 'slow');
    await shoot(other, 'phone-dark');
  });

  it('is up to date at once when a tab that has fallen behind asks for the latest price', async () => {
    const page = await open();
    await moves(page, 'ACME');
    await slow(page, 40);
    // By then several times as much work waits for the tab.
    await age(page, 'above', 2_000);
    await page.getByLabel('Latest price').check();
    await age(page, 'below', 1_500);
    for (const symbol of ['ACME', 'STARK']) await moves(page, symbol);
  });
});
