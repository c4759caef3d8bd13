// The page of the inspector in Chromium: what it shows, by mouse, by keyboard, and to whom cannot see it.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { AxeResults, RunOptions } from 'axe-core';
import type { CanActivate } from '@nestjs/common';
import { ConnectionRegistry, Rooms } from 'nestwire';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { InspectorOptions } from 'nestwire/inspector';
import { Inspectors } from '../../src/inspector/inspectors.js';
import { closeApps, type TestApp } from '../e2e/support/app.js';
import { Client } from '../e2e/support/client.js';
import { startInspected } from '../inspector/support/inspected.js';
import { launchChromium } from '../support/chromium.js';
import { DESKTOP, PHONE } from '../support/sample-page.js';
import { ROOT } from '../support/sources.js';

/** Installing a browser, when there is none, takes minutes. */
const INSTALL_TIMEOUT = 300_000;
const SHOTS = join(ROOT, 'test-results');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Over there. */
declare const axe: { run(options: RunOptions): Promise<AxeResults> };
declare const document: {
  readonly activeElement: { readonly id: string; readonly className: string } | null;
};

let browser: Browser | undefined;
let contexts: BrowserContext[] = [];
let faults: string[] = [];

beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true });
  browser = await launchChromium();
}, INSTALL_TIMEOUT);

afterAll(async () => {
  await browser?.close();
});

afterEach(async () => {
  await Promise.all(contexts.map((context) => context.close()));
  contexts = [];
  await closeApps();
  expect(faults).toEqual([]);
  faults = [];
});

async function open(
  { port }: TestApp,
  options: Parameters<Browser['newContext']>[0] = {},
  hash = '',
): Promise<Page> {
  if (browser === undefined) throw new Error('Cannot open page: there is no browser');
  const context = await browser.newContext({ viewport: DESKTOP, ...options });
  contexts.push(context);
  context.setDefaultTimeout(30_000);
  const url = `http://127.0.0.1:${port}`;
  await context.addCookies([{ name: 'admin', value: 'grace', url }]);
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (line) => {
    if (line.type() === 'error' || line.text().includes('Content Security Policy')) {
      faults.push(line.text());
    }
  });
  await page.goto(`${url}/inspector${hash}`);
  await page.getByRole('status').filter({ hasText: 'Live' }).first().waitFor();
  return page;
}

const PEOPLE = ['ada', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi', 'ivan', 'judy'];
const ROOMS = ['lobby', 'support', 'orders:eu', 'orders:us', 'match:4711'];

/** An application with something to look at. */
async function busyApp(options: Partial<InspectorOptions> = {}, count = 120) {
  const app = await startInspected(options);
  const clients: Client[] = [];
  for (let at = 0; at < count; at++) {
    const query = new URLSearchParams();
    if (at % 6 !== 5) query.append('user', `${PEOPLE[at % PEOPLE.length]}-${Math.floor(at / 10)}`);
    for (let room = 0; room <= at % 3; room++)
      query.append('room', ROOMS[(at + room) % ROOMS.length]!);
    clients.push(await Client.connect(`${app.url}/live?${query.toString()}`));
  }
  return { ...app, clients };
}

/** Has clients talk until it is stopped. */
function talk({ app, clients }: { app: TestApp['app']; clients: readonly Client[] }): () => void {
  let at = 0;
  const timer = setInterval(() => {
    at = (at * 31 + 7) % 9_973;
    clients[at % clients.length]!.send('say', 'x'.repeat(at % 100), at);
    app.get(Rooms).to(ROOMS).send('told', { text: 'hello' });
  }, 200);
  return () => clearInterval(timer);
}

/** @param rules default all */
async function violations(page: Page, rules: readonly string[]): Promise<string[]> {
  await page.evaluate(AXE);
  const options: RunOptions = rules.length === 0 ? {} : { runOnly: [...rules] };
  const { violations: found } = await page.evaluate((given) => axe.run(given), options);
  return found.map(({ id, nodes }) => {
    const where = nodes.map(({ html }) => html).join(' | ');
    return `${id}: ${where.slice(0, 400)}`;
  });
}

const rows = (page: Page) => page.locator('.grid-body .row');
const tab = (page: Page, name: string) => page.getByRole('tab', { name });

describe('the page of the inspector', () => {
  // All of it in two of the four; in the others colours are what differs.
  it.each([
    ['desktop', 'light', DESKTOP, true],
    ['desktop', 'dark', DESKTOP, false],
    ['phone', 'light', PHONE, false],
    ['phone', 'dark', PHONE, true],
  ] as const)(
    'is for everybody: %s, %s',
    async (device, colorScheme, viewport, isWhole) => {
      const app = await busyApp({ payloads: true, actions: true }, 12);
      const stop = talk(app);
      try {
        const page = await open(app, { viewport, colorScheme });
        await rows(page).first().waitFor();
        // For pictures of something that has been going on for a while.
        await page.waitForTimeout(Number(process.env['INSPECTOR_PICTURES'] ?? 0));
        const see = async (name: string, ...rules: string[]): Promise<void> => {
          const path = join(SHOTS, `inspector-${name}-${device}-${colorScheme}.png`);
          await page.screenshot({ path });
          expect([name, ...(await violations(page, rules))]).toEqual([name]);
        };
        await rows(page).nth(2).click();
        await page.getByRole('button', { name: 'Follow' }).click();
        await page.locator('.frame').nth(2).waitFor();
        if (!isWhole) {
          await see('details', 'color-contrast');
          await page.keyboard.press('Escape');
          await see('connections', 'color-contrast');
          return;
        }
        await see('details');
        await page.keyboard.press('Escape');
        await see('connections');
        for (const name of ['Events', 'Incidents']) {
          await tab(page, name).click();
          await page.getByRole('grid', { name }).waitFor();
          await see(name.toLowerCase());
        }
      } finally {
        stop();
      }
    },
    180_000,
  );

  it('is used without a mouse', async () => {
    const page = await open(await busyApp({}, 30));
    await rows(page).first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('ada');
    await page.getByText('3 rows').waitFor();
    await page.getByRole('columnheader', { name: 'User' }).getByRole('button').press('Enter');
    await rows(page).first().filter({ hasText: 'ada-0' }).waitFor();
    await page.getByRole('columnheader', { name: 'User' }).getByRole('button').press('Enter');
    await rows(page).first().filter({ hasText: 'ada-2' }).waitFor();
    const grid = page.getByRole('grid');
    await grid.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const details = page.getByRole('region', { name: 'Connection' });
    await details.getByText('ada-1').waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('drawer-title');
    await page.keyboard.press('Escape');
    await details.waitFor({ state: 'hidden' });
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('grid');
    await tab(page, 'Connections').focus();
    await page.keyboard.press('ArrowRight');
    const room = await page.getByRole('grid', { name: 'Rooms' }).locator('bdi').first().innerText();
    await page.getByRole('grid').press('Enter');
    await page.getByRole('button', { name: `Room ${room}` }).waitFor();
  });

  it('has a list of any length, of which only what is seen is there', async () => {
    const page = await open(await busyApp({}, 300));
    await page.getByText('300 rows').waitFor();
    expect(await rows(page).count()).toBeLessThan(60);
    await page.getByRole('columnheader', { name: 'User' }).getByRole('button').click();
    await page.getByRole('grid').press('End');
    await rows(page).filter({ hasText: 'judy-9' }).first().waitFor();
    expect(await rows(page).count()).toBeLessThan(60);
    await page.getByRole('grid').press('Home');
    await rows(page).filter({ hasText: 'anonymous' }).first().waitFor();
  });

  it('shows hostile names as the texts they are', async () => {
    const app = await startInspected();
    const hostile = ['<img src=x onerror=alert(1)>', '\u202Egnp.exe', 'a\u0000b', '<b>'.repeat(85)];
    for (const name of hostile) {
      await Client.connect(
        `${app.url}/live?${new URLSearchParams({ user: name, room: name }).toString()}`,
      );
    }
    const page = await open(app);
    page.on('dialog', () => faults.push('a dialog'));
    await page.getByText('<img src=x onerror=alert(1)>').first().waitFor();
    await page.getByText('⟨202E⟩gnp.exe').first().waitFor();
    await page.getByText('a⟨0000⟩b').first().waitFor();
    expect(await page.locator('img, .grid b').count()).toBe(0);
    for (const name of ['Rooms', 'Users']) {
      await tab(page, name).click();
      await page.getByRole('grid', { name }).getByText('⟨202E⟩gnp.exe').waitFor();
    }
    await page.getByRole('grid').getByText('<b><b>').click();
    await page.getByRole('button', { name: 'User <b><b>' }).waitFor();
    await rows(page).first().click();
    await page.locator('.chip').getByText('<b><b>').waitFor();
    expect(await page.locator('img, .grid b, .drawer b').count()).toBe(0);
    // Nothing is wider than the window.
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
  });

  it('acts where it may, when asked twice, and says what came of it', async () => {
    const app = await startInspected({ actions: true, payloads: true });
    const client = await Client.connect(`${app.url}/live?user=ada&room=lobby`);
    const page = await open(app);
    await rows(page).first().click();
    await page.getByRole('button', { name: 'Follow' }).click();
    client.send('say', 'hello there', 1);
    await page.locator('.frame.in').getByText('hello there').waitFor();
    await page.locator('.frame.out').getByText('heard hello there').waitFor();
    const leave = page.getByRole('button', { name: 'Take out of room lobby' });
    await leave.click();
    expect(app.app.get(Rooms).size('lobby')).toBe(1);
    await leave.click();
    await page.getByText('No rooms').waitFor();
    expect(app.app.get(Rooms).size('lobby')).toBe(0);
    await page.getByRole('button', { name: 'Disconnect' }).click();
    await page.getByRole('button', { name: 'Click again to disconnect' }).click();
    expect(await client.closed).toMatchObject({ code: 1008 });
    await page.getByText('This connection has closed').waitFor();
    expect(app.app.get(ConnectionRegistry).size).toBe(0);
    await page.keyboard.press('Escape');
    await tab(page, 'Incidents').click();
    await page.getByText('grace disconnected user "ada"').waitFor();
  });

  it('has no buttons for what it may not do, and hides payloads', async () => {
    const app = await startInspected();
    const client = await Client.connect(`${app.url}/live?user=ada&room=lobby`);
    const page = await open(app);
    await rows(page).first().click();
    await page.locator('.chip').getByText('lobby').waitFor();
    await page.getByRole('button', { name: 'Follow' }).click();
    client.send('say', 'a secret', 1);
    await page.locator('.frame.in').getByText('say').waitFor();
    await page.getByText('Payloads are hidden.').waitFor();
    expect(await page.getByText('secret').count()).toBe(0);
    expect(await page.getByRole('button', { name: /Disconnect|Take out/ }).count()).toBe(0);
  });

  it('says when the right to look has ended, and comes back by itself from a lost connection', async () => {
    let lasts = 4;
    const guard: CanActivate = {
      canActivate(context) {
        const exp = Math.floor(Date.now() / 1_000) + lasts;
        Object.assign(context.switchToHttp().getRequest<object>(), { user: { id: 'grace', exp } });
        return true;
      },
    };
    const app = await startInspected({ guard });
    const page = await open(app);
    await page.getByText('Your session has ended').waitFor();
    lasts = 60;
    await page.reload();
    const live = page.getByRole('status').filter({ hasText: 'Live' }).first();
    await live.waitFor();
    for (const one of app.app.get(Inspectors).own.registry) one.terminate();
    await page
      .getByRole('status')
      .filter({ hasText: /Away|Connecting/ })
      .first()
      .waitFor();
    await live.waitFor();
  });
});
