import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { findProgram } from '../cluster/support/debian-program.js';
import { launchChromium } from '../support/chromium.js';
import { TranslatedSample, type RunningSample } from '../support/running-sample.js';
import { DESKTOP, PHONE } from '../support/sample-page.js';
import { ROOT } from '../support/sources.js';

const SHOTS = join(ROOT, 'test-results');
/** Installing a browser or a server, when there is none, takes minutes. */
const INSTALL_TIMEOUT = 300_000;

let browser: Browser;
let sample: TranslatedSample;
let running: RunningSample | undefined;
let contexts: BrowserContext[];
/** What a page reported that no page should: exceptions, and refused scripts or styles. */
let faults: string[];

beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true });
  findProgram('redis-server');
  sample = new TranslatedSample('04-cluster');
  browser = await launchChromium();
}, INSTALL_TIMEOUT);

afterAll(async () => {
  await browser?.close();
  sample?.remove();
});

beforeEach(() => {
  contexts = [];
  faults = [];
});

afterEach(async () => {
  await Promise.all(contexts.map((context) => context.close()));
  const code = await running?.end();
  running = undefined;
  expect(faults).toEqual([]);
  // Null: it was killed.
  expect([0, null]).toContain(code);
});

async function open(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: DESKTOP, ...options });
  context.setDefaultTimeout(30_000);
  contexts.push(context);
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (line) => {
    if (line.text().includes('Content Security Policy')) faults.push(line.text());
  });
  await page.goto(running?.url ?? '');
  await person(page, 'you').waitFor();
  return page;
}

const person = (page: Page, text: string) => page.locator('#people li', { hasText: text });
const happened = (page: Page, text: string | RegExp) =>
  page.locator('#happened li', { hasText: text }).first();
const node = (page: Page, number: number) => page.locator(`.part[data-node="${number}"]`);
const button = (page: Page, name: string) => page.getByRole('button', { name });
const texts = (page: Page) => page.locator('.line .text').allTextContents();
const line = (page: Page, text: string) => page.locator('.line:not(.waiting)', { hasText: text });

const isShown = (element: unknown) => (element as { isConnected: boolean }).isConnected;

/** All nodes run, are linked, and see one another. */
async function allUp(page: Page, nodes: number): Promise<void> {
  for (let number = 1; number <= nodes; number++) {
    const part = page.locator(`.part[data-node="${number}"][data-state="up"]`);
    // Those that were killed a moment ago are still seen for a while.
    const sees = new RegExp(`sees node \\d(, node \\d){${nodes - 2}}$`);
    await part.locator('.small').filter({ hasText: sees }).waitFor();
  }
}

async function nodeOf(page: Page): Promise<number> {
  const status = await page.getByText(/Connected to node \d/).textContent();
  return Number(/\d+/.exec(status ?? '')?.[0]);
}

async function changeNode(page: Page): Promise<void> {
  const before = await nodeOf(page);
  await button(page, 'Change node').click();
  await page.getByText(new RegExp(`Connected to node (?!${before}$)\\d`)).waitFor();
  await person(page, 'you')
    .filter({ hasText: `node ${await nodeOf(page)}` })
    .waitFor();
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message', { exact: true }).fill(text);
  await page.getByLabel('Message', { exact: true }).press('Enter');
}

async function rename(page: Page, name: string): Promise<void> {
  await page.getByLabel('You are').fill(name);
  await page.getByLabel('You are').press('Enter');
  await person(page, 'you').filter({ hasText: name }).waitFor();
}

function shoot(page: Page, name: string): Promise<unknown> {
  return page.screenshot({ path: join(SHOTS, `04-cluster-${name}.png`) });
}

/** The command lines of everything that runs. */
function allProcesses(): string {
  const ps = ['-A', '-o', 'args'];
  return spawnSync('ps', ps, { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 }).stdout;
}

describe('the chat on many nodes', () => {
  it('over node:cluster: tabs on different nodes talk, and outlive theirs', async () => {
    running = await sample.run('--workers', '3');
    const ada = await open();
    await allUp(ada, 3);
    const grace = await open({ viewport: PHONE, colorScheme: 'dark' });
    const [first, second] = [await nodeOf(ada), await nodeOf(grace)];
    expect(second).not.toBe(first);
    await rename(ada, 'Ada L.');
    await rename(grace, 'Grace H.');
    await person(ada, 'Grace H.').waitFor();
    await person(grace, 'Ada L.').waitFor();
    await ada.getByText('It lives in the primary process').waitFor();
    expect(await button(ada, 'Kill node:cluster').count()).toBe(0);

    // Another name takes another connection, which the port hands to any node.
    const place = await nodeOf(ada);
    if ((await nodeOf(grace)) === place) await changeNode(grace);
    await say(ada, 'Is anybody there?');
    await line(grace, 'Is anybody there?')
      .filter({ hasText: `node ${place}` })
      .waitFor();
    await button(grace, `Kill Node ${place}`).click();
    await node(grace, place).filter({ hasText: 'killed' }).waitFor();
    await say(grace, 'Ada?');
    await happened(ada, /in place of node \d after .* Recovered: true/).waitFor();
    await say(ada, 'I am back');
    for (const page of [ada, grace]) {
      await line(page, 'I am back').waitFor();
      expect(await texts(page)).toEqual(['Is anybody there?', 'Ada?', 'I am back']);
      expect(await person(page, 'Ada L.').count()).toBe(1);
    }
    expect(await nodeOf(ada)).not.toBe(place);

    await button(ada, `Start Node ${place}`).click();
    await allUp(grace, 3);
    await changeNode(grace);
    await happened(grace, 'nothing was missed').waitFor();
    // Nothing sticks out: a page that scrolls sideways is a broken page on a phone.
    expect(await grace.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width);
  }, 60_000);

  it('over Redis: loses nothing with a node, nor with the broker', async () => {
    running = await sample.run();
    const ada = await open();
    await allUp(ada, 2);
    const grace = await open();
    const place = await nodeOf(ada);
    expect(await nodeOf(grace)).not.toBe(place);
    await say(ada, 'one');
    await line(grace, 'one').waitFor();
    await say(grace, 'two');
    await line(ada, 'two').waitFor();
    await shoot(ada, 'up');
    // What a finger may be on: the nodes report all the time.
    const buttons = await ada.locator('.part button').elementHandles();

    await button(grace, `Kill Node ${place}`).click();
    await say(grace, 'three');
    await happened(ada, 'Recovered: true').waitFor();
    await line(ada, 'three').waitFor();
    await node(ada, place).filter({ hasText: 'killed' }).waitFor();
    expect(await button(ada, `Kill Node ${await nodeOf(ada)}`).isDisabled()).toBe(true);
    await shoot(ada, 'node-killed');
    await button(ada, `Start Node ${place}`).click();
    await ada.locator(`.part[data-node="${place}"][data-state="up"]`).waitFor();
    await changeNode(ada);
    await happened(ada, 'nothing was missed').waitFor();

    for (const one of buttons) expect(await one.evaluate(isShown)).toBe(true);
    await button(ada, 'Kill Redis').click();
    for (const page of [ada, grace])
      await page.getByText('alone: the broker is away').nth(1).waitFor();
    await say(ada, 'four');
    await ada.locator('.waiting', { hasText: 'four' }).waitFor();
    await button(grace, 'Wave').click();
    // Whoever is on the same node need not wait for the broker.
    await grace.getByText('waves from node').waitFor();
    expect(await ada.getByText('waves from node').count()).toBe(0);
    await shoot(ada, 'broker-away');
    await button(grace, 'Start Redis').click();
    for (const page of [ada, grace]) {
      await line(page, 'four').waitFor();
      await page.getByText('waves from node').waitFor();
      await happened(page, 'Gap').waitFor();
      expect(await texts(page)).toEqual(['one', 'two', 'three', 'four']);
      expect(await page.getByText('waves from node').count()).toBe(1);
    }
    await shoot(ada, 'broker-back');
  }, 60_000);

  it('leaves nothing behind when it is killed', async () => {
    const doomed = await sample.run();
    running = doomed;
    const ours = (): string[] =>
      allProcesses()
        .split('\n')
        .filter((one) => one.includes(sample.folder));
    while (ours().filter((one) => one.includes('main.js')).length < 3) await delay(50);
    // Redis changes its own words, and the port stays.
    const port = /--port (\d+)/.exec(ours().join('\n'))?.[1];
    const server = `redis-server 127.0.0.1:${port}`;
    expect(allProcesses()).toContain(server);
    await doomed.kill();
    while (ours().length > 0 || allProcesses().includes(server)) await delay(50);
  });
});
