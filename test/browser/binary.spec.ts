import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AppModule } from '../../sample/06-binary/src/app.module.js';
import { PHONE, samplePages } from '../support/sample-page.js';

const MIB = 1024 * 1024;
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
  const { open, shoot } = samplePages('upload', AppModule);

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

  it('stops in the middle when it is told to', async () => {
    const page = await open();
    // Each answer of the server waits for a while, as on a long line.
    await page.routeWebSocket(/\/upload$/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((message) => {
        if (String(message).includes('progress')) setTimeout(() => socket.send(message), 50);
        else socket.send(message);
      });
    });
    await page.reload();
    await choose(page, ['long.bin', randomBytes(8 * MIB)]);
    await note(page, 'long.bin', ' of 8 MiB').waitFor();
    await shoot(page, 'progress');
    await row(page, 'long.bin').getByRole('button', { name: 'Stop' }).click();
    await note(page, 'long.bin', 'Stopped').waitFor();
    await choose(page, ['next.bin', Buffer.from('next')]);
    await note(page, 'next.bin', 'same SHA-256').waitFor();
    expect(await page.locator('#received li').count()).toBe(1);
  });

  it('tries a file again after a failure', async () => {
    const page = await open();
    let lose = true;
    await page.routeWebSocket(/\/upload$/, (socket) => {
      const server = socket.connectToServer();
      socket.onMessage((message) => {
        if (lose && typeof message !== 'string') void socket.close();
        else server.send(message);
      });
    });
    await page.reload();
    await choose(page, ['notes.txt', Buffer.from('notes')]);
    await note(page, 'notes.txt', 'The connection was lost').waitFor();
    await shoot(page, 'failed');
    lose = false;
    await page.getByRole('status').filter({ hasText: 'Connected' }).waitFor();
    await page.getByRole('button', { name: 'Try again: notes.txt' }).click();
    await note(page, 'notes.txt', 'same SHA-256').waitFor();
    expect(await row(page, 'notes.txt').getByRole('button').count()).toBe(0);
  });
});
