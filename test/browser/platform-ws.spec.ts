import { describe, expect, it } from '@jest/globals';
import { NestwireAdapter } from 'nestwire';
import { AppModule } from '../../sample/07-platform-ws/src/app.module.js';
import { PHONE, samplePages } from '../support/sample-page.js';

describe('the poll, a gateway of platform-ws on NestwireAdapter', () => {
  const { open, shoot } = samplePages('poll', AppModule, (app) => {
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
});
