import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page, WebSocketRoute } from 'playwright-core';
import { AppModule } from '../../sample/06-binary/src/app.module.js';
import { PHONE, samplePages } from '../support/sample-page.js';

const MIB = 1024 * 1024;
/** Bytes, some of the server's chunks. */
const HELD_AT = 128 * 1024;
/** Has the page gather bars that went back. */
const WATCH = `
  var wentBack = [];
  const last = new Map();
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      const now = Number(target.ariaValueNow);
      if (now < (last.get(target) ?? 0)) wentBack.push(target.ariaLabel);
      last.set(target, now);
    }
  }).observe(document.querySelector('#uploads'), {
    subtree: true,
    attributeFilter: ['aria-valuenow'],
  });
`;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nestwire-upload-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function choose(page: Page, ...files: [name: string, bytes: Buffer][]): Promise<void> {
  await page.getByRole('status').filter({ hasText: 'Connected' }).waitFor();
  // Inline, large ones take the browser seconds before the page has any of them.
  const large = files.some(([, bytes]) => bytes.length > 4 * MIB);
  await page
    .locator('#files')
    .setInputFiles(
      large
        ? files.map(([name, bytes]) => onDisk(name, bytes))
        : files.map(([name, buffer]) => ({ name, mimeType: 'application/octet-stream', buffer })),
    );
}

function onDisk(name: string, bytes: Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const row = (page: Page, name: string) => page.locator('.upload', { hasText: name });
const note = (page: Page, name: string, text: string) =>
  row(page, name).locator('.note', { hasText: text });

describe('uploading', () => {
  const { open, restart, shoot } = samplePages('upload', AppModule);

  /** A page whose server lets no upload go further than `HELD_AT` until `goOn` is called. */
  async function openHeld() {
    const page = await open();
    let isHeld = true;
    let socket: WebSocketRoute | undefined;
    const kept: (() => void)[] = [];
    await page.routeWebSocket(/\/upload$/, (route) => {
      socket = route;
      route.connectToServer().onMessage((message) => {
        const [, received = 0] = /"\$upload".*"received":(\d+)/.exec(String(message)) ?? [];
        if (isHeld && Number(received) > HELD_AT) kept.push(() => route.send(message));
        else route.send(message);
      });
    });
    await page.reload();
    return {
      page,
      goOn: (): void => {
        isHeld = false;
        for (const send of kept.splice(0)) send();
      },
      cut: () => socket?.close({ code: 4000 }),
    };
  }

  it('brings files over whole, and tells everyone', async () => {
    const page = await open();
    const other = await open({ viewport: PHONE, colorScheme: 'dark' });
    await choose(
      page,
      ['photo.raw', randomBytes(3 * MIB + 17)],
      ['empty.txt', Buffer.alloc(0)],
      ['<b>bold</b>.txt', Buffer.from('hello')],
    );
    await note(page, 'photo.raw', 'same SHA-256 on both ends').waitFor();
    await note(page, 'empty.txt', 'same SHA-256').waitFor();
    await note(page, '<b>bold</b>.txt', 'same SHA-256').waitFor();
    expect(
      await page
        .getByRole('progressbar', { name: 'Upload of photo.raw' })
        .getAttribute('aria-valuenow'),
    ).toBe('100');
    for (const name of ['photo.raw', 'empty.txt', '<b>bold</b>.txt']) {
      await other.locator('#received li', { hasText: name }).waitFor();
    }
    expect(await page.locator('#uploads b b, #received b').count()).toBe(0);
    await shoot(page, 'desktop');
    await shoot(other, 'phone-dark');
  });

  it('refuses a file that is too large before its first byte, and goes on with the next', async () => {
    const page = await open();
    await choose(page, ['huge.bin', Buffer.alloc(8 * MIB + 1)], ['small.bin', Buffer.alloc(10)]);
    await note(page, 'huge.bin', 'The file is larger than 8 MiB').waitFor();
    expect(await row(page, 'huge.bin').getByRole('button').count()).toBe(0);
    await note(page, 'small.bin', 'same SHA-256').waitFor();
    await shoot(page, 'too-large');
  });

  it('fits long names into a phone, and rounds no size to 1024 KiB', async () => {
    const page = await open({ viewport: PHONE });
    const name = `${'long-'.repeat(40)}name.bin`;
    await choose(page, [name, Buffer.alloc(MIB - 1)]);
    await note(page, name, '1 MiB, same SHA-256').waitFor();
    await page.locator('#received li', { hasText: name }).waitFor();
    await shoot(page, 'long-name');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width);
  });

  it('stops in the middle when it is told to, and begins anew when it is told to', async () => {
    const { page, goOn } = await openHeld();
    await choose(page, ['long.bin', randomBytes(8 * MIB)]);
    await note(page, 'long.bin', `${HELD_AT / 1024} KiB of 8 MiB`).waitFor();
    await shoot(page, 'progress');
    await row(page, 'long.bin').getByRole('button', { name: 'Stop' }).click();
    await note(page, 'long.bin', 'Stopped').waitFor();
    await shoot(page, 'stopped');
    goOn();
    await choose(page, ['next.bin', Buffer.from('next')]);
    await note(page, 'next.bin', 'same SHA-256').waitFor();
    expect(await page.locator('#received li').count()).toBe(1);
    await page.getByRole('button', { name: 'Try again: long.bin' }).click();
    await note(page, 'long.bin', 'same SHA-256').waitFor();
    expect(await row(page, 'long.bin').getByRole('button').count()).toBe(0);
  });

  it('goes on after a lost connection where it was, of several files at a time', async () => {
    const { page, goOn, cut } = await openHeld();
    const files = ['a.bin', 'b.bin', 'c.bin', 'd.bin'];
    await choose(page, ...files.map((name): [string, Buffer] => [name, randomBytes(2 * MIB)]));
    for (const name of ['a.bin', 'b.bin', 'c.bin']) {
      await note(page, name, `${HELD_AT / 1024} KiB of 2 MiB`).waitFor();
    }
    // Three go at a time.
    await note(page, 'd.bin', 'Waiting').waitFor();
    await shoot(page, 'several');
    await page.evaluate(WATCH);
    goOn();
    await cut();
    for (const name of files) await note(page, name, 'same SHA-256').waitFor();
    expect(await page.locator('#received li').count()).toBe(4);
    // A bar that went back would be of an upload that began anew.
    expect(await page.evaluate('wentBack')).toEqual([]);
  });

  it('begins anew at a server that was started again', async () => {
    const { page, goOn } = await openHeld();
    await choose(page, ['long.bin', randomBytes(4 * MIB)]);
    await note(page, 'long.bin', `${HELD_AT / 1024} KiB of 4 MiB`).waitFor();
    goOn();
    await restart();
    await note(page, 'long.bin', 'same SHA-256').waitFor();
  });

  it('says so when a file has changed since it was chosen', async () => {
    const { page, goOn } = await openHeld();
    await choose(page, ['long.bin', randomBytes(8 * MIB)]);
    await note(page, 'long.bin', `${HELD_AT / 1024} KiB of 8 MiB`).waitFor();
    await row(page, 'long.bin').getByRole('button', { name: 'Stop' }).click();
    await note(page, 'long.bin', 'Stopped').waitFor();
    goOn();
    onDisk('long.bin', Buffer.from('something else'));
    await page.getByRole('button', { name: 'Try again: long.bin' }).click();
    await note(page, 'long.bin', 'could not be read').waitFor();
    await shoot(page, 'failed');
    await choose(page, ['next.bin', Buffer.from('next')]);
    await note(page, 'next.bin', 'same SHA-256').waitFor();
  });
});
