import { describe, expect, it } from '@jest/globals';
import { NestwireAdapter } from 'nestwire';
import { AppModule } from '../../sample/07-platform-ws/src/app.module.js';
import { PHONE, samplePages } from '../support/sample-page.js';

describe('the poll, a gateway of platform-ws on NestwireAdapter', () => {
  const { open, shoot, stop } = samplePages('poll', AppModule, (app) => {
    app.useWebSocketAdapter(new NestwireAdapter(app));
  });

  it('shows the votes of one tab in the other', async () => {
    const page = await open();
    const other = await open({ viewport: PHONE, colorScheme: 'dark' });
    await page.getByText('2 people are here').waitFor();
    const first = (tab: typeof page) => tab.locator('#options button').first();
    expect(await first(other).locator('.votes').textContent()).toBe('0');
    await first(page).click();
    for (const tab of [page, other]) {
      await first(tab).locator('.votes').filter({ hasText: '1' }).waitFor();
    }
    await page.locator('#options button[aria-pressed=true]').waitFor();
    expect(await other.locator('#options button[aria-pressed=true]').count()).toBe(0);
    await shoot(page, 'desktop');
    await shoot(other, 'phone');
  });

  it('says whether it is connected, and leaves the keyboard where it is', async () => {
    const page = await open();
    await page.getByText('Only you are here').waitFor();
    await page.getByRole('status').filter({ hasText: 'Connected' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Wednesday', pressed: true }).waitFor();
    const focused = page.locator('#options button:focus-visible');
    expect(await focused.locator('.name').textContent()).toBe('Wednesday');

    await stop();
    await page.getByRole('status').filter({ hasText: 'Connection lost' }).waitFor();
    expect(await focused.getAttribute('aria-disabled')).toBe('true');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'The vote was not sent' }).waitFor();
    expect(await focused.locator('.name').textContent()).toBe('Wednesday');
    await shoot(page, 'offline');
  });
});
